import { connect, type MetricastClient, type Subscription, type SubscriptionEvents } from "@metricast/client";
import { WebSocket } from "ws";

export interface FrameSeen {
  readonly timeMs: number;
  /** How long after its tick it came. */
  readonly lateMs: number;
  readonly missing: readonly string[];
  /** After a reconnect it may be of an older tick: another instance can be one behind. */
  readonly isKeyframe: boolean;
  /** By series. */
  readonly values: ReadonlyMap<string, number>;
}

/** A client with a chart of all instances, and one of the instance that it is connected to. */
export class ChartClient {
  readonly frames: FrameSeen[] = [];
  /** How long after its tick each frame of the own instance came. */
  readonly ownLateMs: number[] = [];
  readonly gaps: string[] = [];
  connections = 0;
  readonly #client: MetricastClient;
  readonly #chart: Subscription;
  readonly #revised: SubscriptionEvents["revised"][] = [];

  constructor(url: string) {
    this.#client = connect(url, { WebSocket });
    this.#client.on("state", ({ name }) => {
      if (name === "live") this.connections += 1;
    });
    this.#chart = this.#client.subscribe({ select: "number_*" });
    this.#chart.on("frame", ({ timeMs, missing, isKeyframe }) => {
      const latest = this.#chart.series.latest();
      const values = new Map(Array.from(latest, ([key, { value }]) => [key, value]));
      this.frames.push({ timeMs, lateMs: Date.now() - timeMs, missing, isKeyframe, values });
    });
    this.#chart.on("gap", ({ reason }) => this.gaps.push(reason));
    this.#chart.on("revised", (range) => this.#revised.push(range));
    const own = this.#client.subscribe({ select: "number_*", merge: "instance" });
    own.on("frame", ({ timeMs, isKeyframe }) => {
      if (!isKeyframe) this.ownLateMs.push(Date.now() - timeMs);
    });
  }

  /** The chart as it is drawn: live points, and the past asked for again where it has changed. By series, then time. */
  async points(): Promise<Map<string, Map<number, number>>> {
    const charts = new Map<string, Map<number, number>>();
    const chartOf = (key: string) => {
      const chart = charts.get(key) ?? new Map<number, number>();
      charts.set(key, chart);
      return chart;
    };
    const { times, series } = this.#chart.series.columns();
    for (const one of series) {
      if (one.kind !== "gauge") continue;
      for (const [at, timeMs] of times.entries())
        if (one.count[at]) chartOf(one.key).set(timeMs, one.last[at] ?? Number.NaN);
    }
    if (this.#revised.length > 0) await this.#revise(chartOf);
    return charts;
  }

  /** For who looks for what went wrong. */
  describe(): string {
    const newest = this.frames.slice(-3).map(({ values, ...rest }) => ({ ...rest, values: [...values] }));
    const { connections, gaps } = this;
    return JSON.stringify({ state: this.#client.state, chart: this.#chart.state, connections, gaps, newest });
  }

  close(): void {
    this.#client.close();
  }

  async #revise(chartOf: (key: string) => Map<number, number>): Promise<void> {
    const from = Math.min(...this.#revised.map(({ fromMs }) => fromMs));
    const to = Math.max(...this.#revised.map(({ toMs }) => toMs));
    const [block] = await this.#client.query({ select: "number_*", from, to, points: 2_000 });
    if (block === undefined) return;
    for (const { info, count, columns } of block.series) {
      const chart = chartOf(info.name);
      for (const [at, samples] of count.entries()) {
        const timeMs = (block.fromTick + (at + 1) * block.stepTicks) * block.intervalMs;
        const value = columns[0]?.last[at];
        if (samples > 0 && value !== undefined) chart.set(timeMs, value);
      }
    }
  }
}
