/** Whether a close frame may carry a code: those that mean something on the wire, and those left to applications. */
export function isSendableCode(code: number): boolean {
  const isReserved = code === 1004 || code === 1005 || code === 1006;
  return (code >= 1000 && code <= 1014 && !isReserved) || (code >= 3000 && code <= 4999);
}

/** What a control frame may carry at most. */
export const maxControlBytes = 125;

/** Undefined for a code or a reason that may not be sent. */
export function closePayload(code: number, reason: string): Uint8Array | undefined {
  const text = Buffer.from(reason);
  if (!isSendableCode(code) || text.length > maxControlBytes - 2) return undefined;
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code);
  payload.set(text, 2);
  return payload;
}
