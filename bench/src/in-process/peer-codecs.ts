import { deflateRawSync } from "node:zlib";
import { Packr } from "msgpackr";
import type { Trace } from "../../../packages/testkit/src/traces.js";
import { GorillaEncoder } from "./gorilla.js";

/** What others would send of a tick, in bytes. */
export interface PeerBytes {
  /** The whole snapshot as JSON, by name. */
  readonly json: number;
  /** The same, deflated by itself. */
  readonly deflated: number;
  /** Ids and values of what changed, by msgpackr. */
  readonly msgpackr: number;
  /** What changed, as XOR of the bits. */
  readonly gorilla: number;
}

const deflateLevel = 6;

/** Names as an exposition has them, without quotes: so JSON has nothing to escape. */
export function plainNames({ series }: Trace): string[] {
  return series.map(({ name, labels }) => {
    const inner = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return inner.length === 0 ? name : `${name}{${inner.join(",")}}`;
  });
}

/** The snapshot as people send it; what JSON has no word for travels as text. */
export function snapshotOf(
  names: readonly string[],
  row: readonly (number | null)[],
): Record<string, unknown> {
  return Object.fromEntries(
    row.flatMap((value, index) => (value === null ? [] : [[names[index], jsonValue(value)]])),
  );
}

function jsonValue(value: number): number | string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

export class PeerCodecs {
  readonly #names: readonly string[];
  readonly #packr = new Packr({ useRecords: false });
  readonly #gorilla: GorillaEncoder;
  #last: readonly (number | null)[] = [];

  constructor(trace: Trace) {
    this.#names = plainNames(trace);
    this.#gorilla = new GorillaEncoder(trace.series.length);
  }

  bytes(row: readonly (number | null)[]): PeerBytes {
    const text = JSON.stringify(snapshotOf(this.#names, row));
    const delta = row.flatMap((value, id) => (Object.is(value, this.#last[id]) ? [] : [id, value]));
    this.#last = row;
    return {
      json: Buffer.byteLength(text),
      deflated: deflateRawSync(text, { level: deflateLevel }).length,
      msgpackr: this.#packr.pack(delta).length,
      gorilla: this.#gorilla.encode(row.map((value) => value ?? Number.NaN)).length,
    };
  }
}
