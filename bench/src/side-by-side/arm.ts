import type { FaultProxy } from "@metricast/testkit";

/** Ports of the proxies by which the two servers of an arm reach the one Redis. */
export interface RedisWays {
  readonly sender: number;
  readonly reader: number;
}

/** Two servers on one Redis: numbers are sent at the first, ten a second, and clients of the second get them. */
export interface Arm {
  readonly name: string;
  /** The newest number that was sent: 1, 2, 3 … */
  readonly sent: number;
  readonly readers: readonly Reader[];
  /** Between the second server and its clients. */
  readonly clientProxy: FaultProxy;
  stop(): Promise<void>;
}

/** One client of the second server. */
export interface Reader {
  /** The largest number it was given so far. */
  readonly highest: number;
  /** The numbers that it holds in the end: each as often as it was given, or as it stands in a chart. */
  held(): Promise<readonly number[]>;
  close(): void;
}

export const sendEveryMs = 100;
export const readersPerArm = 5;

export interface Tally {
  readonly sent: number;
  readonly lost: number;
  readonly duplicated: number;
}

/** Of the numbers after `after` up to `last`, for one reader. */
export async function tallyOf(reader: Reader, after: number, last: number): Promise<Tally> {
  const held = (await reader.held()).filter((number) => number > after && number <= last);
  const distinct = new Set(held).size;
  return { sent: last - after, lost: last - after - distinct, duplicated: held.length - distinct };
}
