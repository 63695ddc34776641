import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep, setImmediate as soon } from "node:timers/promises";
import type { Arm } from "./arm.js";
import type { Barrier } from "./barrier.js";
import type { MovingSeries } from "./moving-series.js";

export interface ServerRunParts {
  readonly arm: Arm;
  readonly moving: MovingSeries;
  readonly barrier: Barrier;
}

const stallResolutionMs = 1;

/** What a server's process is told to do while it is measured. */
export class ServerRun {
  readonly #parts: ServerRunParts;
  #deadlineMs = 60_000;
  #loop: IntervalHistogram | undefined;
  #stallsMs: readonly number[] = [];
  #seconds: NodeJS.Timeout | undefined;

  constructor(parts: ServerRunParts) {
    this.#parts = parts;
  }

  async obey(line: string): Promise<object> {
    const [word = "", ...rest] = line.split(" ");
    const numbers = rest.map(Number);
    switch (word) {
      case "warmup":
        return await this.#warmUp(numbers[0] ?? 0);
      case "burst":
        return await this.#burst(numbers[0] ?? 0);
      case "paced":
        return await this.#paced(numbers[0] ?? 1, numbers[1] ?? 0, numbers[2] ?? 1_000);
      case "deadline":
        this.#deadlineMs = numbers[0] ?? this.#deadlineMs;
        return {};
      case "cpu":
        return { cpuMs: cpuMs() };
      case "memory":
        return await memory();
      case "ticked":
        return { ticks: this.#parts.moving.starts.length };
      case "truth":
        return this.#parts.moving.snapshot;
      case "stalls":
        return this.#stalls(rest[0] === "on");
      default:
        return { error: `not understood: ${line}` };
    }
  }

  /** So many ticks that nobody waits for. */
  async #warmUp(ticks: number): Promise<object> {
    const { arm, moving } = this.#parts;
    const last = moving.starts.length + ticks;
    arm.release?.();
    for (let tick = moving.starts.length; tick < last; tick = moving.starts.length) {
      arm.tick();
      // What was read is taken in before another tick begins.
      while (moving.starts.length === tick) await soon();
      await soon();
    }
    arm.hold?.();
    moving.starts.length = 0;
    return {};
  }

  /** Ticks as fast as everybody takes them, for so long, at least one. */
  async #burst(ms: number): Promise<object> {
    const { arm, barrier } = this.#parts;
    barrier.reset();
    arm.release?.();
    const cpuBefore = cpuMs();
    const begunMs = performance.now();
    let ticks = 0;
    do {
      arm.tick();
      ticks += 1;
      await barrier.reached(ticks, this.#deadlineMs);
    } while (performance.now() - begunMs < ms);
    const figures = { ticks, ms: performance.now() - begunMs, cpuMs: cpuMs() - cpuBefore };
    arm.hold?.();
    return figures;
  }

  /** So many ticks at their times, and one period after the last. */
  async #paced(ticks: number, firstDateMs: number, periodMs: number): Promise<object> {
    const { arm, moving } = this.#parts;
    moving.starts.length = 0;
    await sleep(firstDateMs - Date.now() - periodMs / 4);
    const cpuBefore = cpuMs();
    for (let tick = 0; tick < ticks && arm.ticksItself !== true; tick += 1) {
      await sleep(Math.max(0, firstDateMs + tick * periodMs - Date.now()));
      arm.tick();
    }
    await sleep(firstDateMs + (ticks - 0.25) * periodMs - Date.now());
    return { ticks: moving.starts.length, cpuMs: cpuMs() - cpuBefore, starts: moving.starts.map(String) };
  }

  /** From `on` to `off`: the longest time the loop stood still, in each second. */
  #stalls(on: boolean): object {
    this.#loop?.disable();
    clearInterval(this.#seconds);
    if (!on) return { stallsMs: this.#stallsMs };
    const loop = monitorEventLoopDelay({ resolution: stallResolutionMs });
    const stallsMs: number[] = [];
    loop.enable();
    this.#seconds = setInterval(() => {
      stallsMs.push(Math.max(0, loop.max / 1e6 - stallResolutionMs));
      loop.reset();
    }, 1_000);
    this.#loop = loop;
    this.#stallsMs = stallsMs;
    return {};
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** What is left after garbage was collected. */
async function memory(): Promise<object> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await sleep(50);
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers };
}
