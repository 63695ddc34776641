import type { Source, SourceFunction } from "../contracts/source.js";
import { MetricastError } from "../errors.js";
import { isObject } from "./label-set.js";

/** A source as the feed takes it; `number` names a function that has no name. Throws MC_SOURCE_INVALID. */
export function checkedSource(source: Source | SourceFunction, number: number): Source {
  let cause: unknown;
  try {
    if (typeof source === "function") {
      return { name: source.name || `source-${number}`, read: (context) => source(context) };
    }
    if (isUsable(source)) return source;
  } catch (thrown) {
    cause = thrown;
  }
  throw new MetricastError("MC_SOURCE_INVALID", undefined, { type: typeof source }, cause);
}

function isUsable(source: unknown): boolean {
  if (!isObject(source)) return false;
  const { name, read } = source;
  return typeof name === "string" && name !== "" && name.length <= 255 && typeof read === "function";
}
