import { randomBytes } from "node:crypto";
import type { Random } from "./contracts/random.js";

const twoTo48 = 2 ** 48;

/** The system's strong randomness. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => randomBytes(6).readUIntBE(0, 6) / twoTo48,
};
