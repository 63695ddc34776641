import { type HostCode, hostCodes } from "@metricast/protocol";

/** Every error that metricast throws at a host or hands to its `error` listeners. */
export class MetricastError extends Error {
  readonly code: HostCode;
  /** What the error is about: option, value, source, channel. Never secrets. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: HostCode, message?: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(`${code}: ${message ?? hostCodes[code]}`, cause === undefined ? undefined : { cause });
    this.name = "MetricastError";
    this.code = code;
    this.details = details;
  }
}
