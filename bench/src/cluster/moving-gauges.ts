import type { Sample } from "metricast";

/** Gauges and counters of which a third move at every tick, as those of real services do. */
export class MovingGauges {
  readonly #samples: { name: string; kind: "gauge" | "counter"; value: number }[];
  #turn = 0;

  constructor(count: number) {
    this.#samples = Array.from({ length: count }, (_, k) => ({
      name: k % 2 === 0 ? `moving_${k}` : `moving_${k}_total`,
      kind: k % 2 === 0 ? "gauge" : "counter",
      value: k,
    }));
  }

  read(): readonly Sample[] {
    this.#turn += 1;
    for (const [k, sample] of this.#samples.entries()) {
      if ((k + this.#turn) % 3 === 0) sample.value += sample.kind === "counter" ? 1 + (k % 5) : (k % 7) - 3;
    }
    return this.#samples;
  }
}
