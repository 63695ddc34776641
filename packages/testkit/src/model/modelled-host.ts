import type { Clock, HistogramValue, Sample, Source } from "@metricast/core";
import { type ModelledSeries, modelledBounds, modelledSeries, observe } from "./modelled-series.js";
import { Oracle } from "./oracle.js";

/** Time between the ticks of a modelled host. */
export const modelIntervalMs = 1_000;

/** A host with sources whose values change, appear, vanish, fail or take time, and the log of what they gave. */
export class ModelledHost {
  readonly series: readonly ModelledSeries[] = modelledSeries();
  /** Of the server that runs now. */
  oracle = new Oracle(this.series);
  /** Whether values move from tick to tick. */
  drifts = true;
  failing = false;
  /** Whether the flaky source takes time to answer. */
  isSlow = false;
  /** Whether the wall clock always went with the monotonic one: else the next tick may come before a slow answer. */
  isSteady = true;
  readonly #clock: Clock;
  #failed = false;
  #steps = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Another server is going to ask. */
  restart(): void {
    this.oracle = new Oracle(this.series);
    this.#failed = false;
  }

  sources(): Source[] {
    return [
      { name: "steady", read: ({ now }) => this.#readSteady(now / modelIntervalMs) },
      { name: "flaky", read: ({ now }) => this.#readFlaky(now / modelIntervalMs) },
      { name: "lazy", lazy: true, read: ({ now }) => this.#readLazy(now / modelIntervalMs) },
    ];
  }

  /** Gives a gauge a value, lets a counter grow or start over, lets a histogram observe. */
  set(index: number, value: number): void {
    const { info, slots } = this.series[index] ?? { slots: [] };
    if (info?.kind === "gauge") slots[0] = value;
    else if (info?.kind === "counter") slots[0] = value > 0 && value < Infinity ? (slots[0] ?? 0) + value : 0;
    else if (info) observe(slots, Math.abs(value) % 4 || 0);
  }

  /** A series appears or vanishes. */
  toggle(index: number): void {
    const series = this.series[index];
    if (series) series.present = !series.present;
  }

  /** Asked first, at every tick. */
  #readSteady(tick: number): Sample[] {
    if (this.drifts) this.#drift();
    this.oracle.begin(tick);
    if (this.#failed) this.oracle.setStale(this.#of("flaky"));
    return this.#give(tick, "steady");
  }

  async #readFlaky(tick: number): Promise<Sample[]> {
    const { oracle } = this;
    await this.#wait(tick);
    if (oracle !== this.oracle) return [];
    this.#failed = this.failing;
    if (this.failing) {
      oracle.setStale(this.#of("flaky"));
      throw new Error("flaky");
    }
    return this.#give(tick, "flaky");
  }

  /** An answer that takes time comes well before the deadline, where the tick came in time. */
  #wait(tick: number): Promise<void> {
    const onTime = Math.abs(this.#clock.dateMs() - tick * modelIntervalMs) < 50;
    return new Promise((resolve) => {
      if (this.isSlow && this.isSteady && onTime) this.#clock.after(100, resolve);
      else this.#clock.soon(resolve);
    });
  }

  #readLazy(tick: number): Sample[] {
    return this.#give(tick, "lazy");
  }

  #of(from: ModelledSeries["from"]): ModelledSeries[] {
    return this.series.filter((one) => one.from === from);
  }

  #give(tick: number, from: ModelledSeries["from"]): Sample[] {
    const given = this.#of(from).filter(({ present }) => present);
    for (const one of this.#of(from)) {
      this.oracle.set(tick, one, one.present ? [...one.slots] : undefined);
    }
    return given.map(({ info: { name, labels, kind }, slots }) => ({
      name,
      labels,
      kind,
      value: kind === "histogram" ? histogramValue(slots) : (slots[0] ?? 0),
    }));
  }

  #drift(): void {
    const step = ++this.#steps;
    for (const [index, { info, slots }] of this.series.entries()) {
      if (info.kind === "gauge") slots[0] = ((step * (index + 3) * 7919) % 201) - 100;
      else if (info.kind === "counter") slots[0] = (slots[0] ?? 0) + (step % (index + 2));
      else observe(slots, step % 4);
    }
  }
}

function histogramValue([low = 0, middle = 0, high = 0, sum = 0]: readonly number[]): HistogramValue {
  return { bounds: modelledBounds, counts: [low, middle, high], sum, count: low + middle + high };
}
