import type { MergeWish } from "@metricast/protocol";
import { MetricastError } from "../errors.js";
import type { MetricsChannel } from "./metrics-channel.js";
import type { SeriesChannel } from "./series-channel.js";

/**
 * Whose series of a channel somebody asks for: those of all instances, of this one, or of another by its name; undefined
 * where nobody of that name is known. `self`: what this instance is called.
 */
export function pickedSeries(
  channel: MetricsChannel,
  { merge = "cluster", instance }: MergeWish,
  self: string,
): SeriesChannel | undefined {
  if (merge === "cluster") return channel.merged;
  return instance === undefined || instance === self ? channel : channel.merged.ofInstance?.(instance);
}

/** What the host is told who names an instance that nobody knows. */
export function unknownInstance(value: string | undefined): MetricastError {
  return new MetricastError("MC_OPTION_INVALID", `no instance "${value}" is known`, {
    option: "instance",
    value,
  });
}
