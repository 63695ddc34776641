/**
 * A position as clients see it: `v1.<lineage>.<number>`. The lineage says whose log it is a place in, here one writer's
 * epoch; the number is a tick, or an event's number. Clients put the tick of the last frame after the last dot.
 */
export interface Position {
  readonly epoch: string;
  readonly number: number;
}

const version = "v1";

export function formatPosition(epoch: string, number: number): string {
  return `${version}.${epoch}.${number}`;
}

/** Undefined for anything that this server did not give out. */
export function parsePosition(text: string): Position | undefined {
  const parts = text.split(".");
  const [head, epoch, digits] = parts;
  if (parts.length !== 3 || head !== version || !epoch || !digits || digits.length > 16) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) && number >= 0 && String(number) === digits
    ? { epoch, number }
    : undefined;
}
