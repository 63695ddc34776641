import type { SeriesInfo } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import { Layout } from "./layout.js";

/** What tells a series of one process in another: name, labels, kind and bounds. Two with one key are the same series. */
export class SeriesNames {
  readonly #keys = new WeakMap<SeriesInfo, string>();

  keyOf(info: SeriesInfo): string {
    const known = this.#keys.get(info);
    if (known !== undefined) return known;
    const labels = Object.entries(info.labels).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([info.name, labels, info.kind, info.bounds ?? []]);
    this.#keys.set(info, key);
    return key;
  }
}

/** A layout of another process: its series are found by name, not by index. */
export class NamedLayout extends Layout {
  readonly #names: SeriesNames;
  readonly #ordinals = new Map<string, number>();

  constructor(names: SeriesNames) {
    super();
    this.#names = names;
  }

  override add(series: Series): number {
    const ordinal = super.add(series);
    this.#ordinals.set(this.#names.keyOf(series.info), ordinal);
    return ordinal;
  }

  override ordinalOf({ info }: Series): number {
    return this.#ordinals.get(this.#names.keyOf(info)) ?? -1;
  }
}
