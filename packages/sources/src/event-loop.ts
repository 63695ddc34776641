import {
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  performance,
} from "node:perf_hooks";
import { type Clock, type Sample, type Source, systemClock } from "@metricast/core";

const resolutionMs = 10;
const resolutionSeconds = resolutionMs / 1_000;
const nanosecondsPerSecond = 1e9;
const millisecondsPerSecond = 1_000;
/** The monitor's values are rounded to three digits; so may their sum be wrong. */
const roundingRatio = 0.002;

export interface EventLoopSourceOptions {
  readonly clock?: Pick<Clock, "monotonicMs">;
}

/**
 * How late the event loop ran since the last read (median, 99th percentile, mean, greatest) and which part of the time
 * it was busy. Measuring starts with the first read and ends with `close`; it never keeps the process alive.
 */
export function eventLoopSource(options: EventLoopSourceOptions = {}): Source {
  const watch = new EventLoopWatch(options.clock ?? systemClock);
  return { name: "event-loop", read: () => watch.read(), close: () => watch.close() };
}

interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
}

class EventLoopWatch {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #monitor: IntervalHistogram | undefined;
  #sinceMs = 0;
  #utilization: EventLoopUtilization | undefined;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  read(): Sample[] {
    return [...delaySamples(this.#readDelays()), ...this.#readUtilization()];
  }

  close(): void {
    this.#monitor?.disable();
    this.#monitor = undefined;
    this.#utilization = undefined;
  }

  /** Undefined at the first read, and where reads follow each other faster than anything is recorded. */
  #readDelays(): Delays | undefined {
    const nowMs = this.#clock.monotonicMs();
    const elapsedSeconds = (nowMs - this.#sinceMs) / millisecondsPerSecond;
    this.#sinceMs = nowMs;
    if (this.#monitor === undefined) {
      this.#monitor = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#monitor.enable();
      return undefined;
    }
    const delays = delaysOf(this.#monitor, elapsedSeconds);
    this.#monitor.reset();
    return delays;
  }

  #readUtilization(): Sample[] {
    const now = performance.eventLoopUtilization();
    const before = this.#utilization;
    this.#utilization = now;
    // Without a reading before, it is the mean since the process began.
    const { utilization } = before === undefined ? now : performance.eventLoopUtilization(now, before);
    return [
      {
        name: "event_loop_utilization_ratio",
        value: utilization,
        unit: "ratio",
        help: "Part of the time that the event loop was busy.",
        aggregator: "average",
      },
    ];
  }
}

/**
 * The monitor records how long its own timer took to fire: the delay, and its resolution on top. It records nothing up
 * to the timer's first firing after a reset, so a block that began there shows only as time that is missing.
 */
function delaysOf(monitor: IntervalHistogram, elapsedSeconds: number): Delays | undefined {
  const { count } = monitor;
  const recordedSeconds = count === 0 ? 0 : (monitor.mean * count) / nanosecondsPerSecond;
  // Before the first firing and since the last one, an idle loop too has a resolution's time unrecorded.
  const expected = 2 * resolutionSeconds + elapsedSeconds * roundingRatio;
  const missing = Math.max(0, elapsedSeconds - recordedSeconds - expected);
  if (count === 0)
    return missing === 0 ? undefined : { p50: missing, p99: missing, mean: missing, max: missing };
  const delayed = Math.max(0, recordedSeconds - count * resolutionSeconds) + missing;
  return {
    p50: withoutResolution(monitor.percentile(50)),
    p99: withoutResolution(monitor.percentile(99)),
    mean: delayed / (missing === 0 ? count : count + 1),
    max: Math.max(missing, withoutResolution(monitor.max)),
  };
}

function withoutResolution(recordedNs: number): number {
  return Math.max(0, recordedNs / nanosecondsPerSecond - resolutionSeconds);
}

function delaySamples(delays: Delays | undefined): Sample[] {
  if (delays === undefined) return [];
  return [
    delaySample("p50", delays.p50, "Median delay of the event loop since the last reading.", "average"),
    delaySample("p99", delays.p99, "99th percentile of the event loop's delay.", "max"),
    delaySample("mean", delays.mean, "Mean delay of the event loop.", "average"),
    delaySample("max", delays.max, "Greatest delay of the event loop.", "max"),
  ];
}

function delaySample(which: string, value: number, help: string, aggregator: "average" | "max"): Sample {
  return { name: `event_loop_delay_${which}_seconds`, value, unit: "seconds", help, aggregator };
}
