import type { Sample, Source, SourceContext } from "@metricast/core";
import { decodeNumber, type SeriesInfo } from "@metricast/protocol";
import { RecordingError, type RecordingLine } from "./recording-line.js";
import { openRecording, readRecording } from "./recording-reader.js";

export interface ReplayOptions {
  /** What of the recording is replayed. Default `metrics`. */
  readonly channel?: string;
  /** How many times as fast as it was recorded; `max`: a tick of the recording at each tick. Default 1. */
  readonly speed?: number | "max";
  /** An event of the recording, when its time has come. */
  readonly onEvent?: (channel: string, type: string, data: unknown) => void;
  /** Nothing comes any more: it is over, or it cannot be read on. The last values stand. */
  readonly onEnd?: (fault?: Error) => void;
}

/**
 * Gives the values of a recording, tick by tick. It begins with the first read; what cannot be read is a fault of the source,
 * told once by `onEnd` as well.
 */
export function replaySource(path: string, options: ReplayOptions = {}): Source {
  return new ReplaySource(path, options);
}

class ReplaySource implements Source {
  readonly name: string;
  readonly #path: string;
  readonly #options: ReplayOptions;
  readonly #infos: SeriesInfo[] = [];
  readonly #samples = new Map<number, Sample>();
  #lines: AsyncGenerator<RecordingLine> | undefined;
  #channels: readonly string[] = [];
  /** Read, but its time has not come. */
  #next: RecordingLine | undefined;
  /** When the first read was, and what time the recording showed then. */
  #begun: { readonly atMs: number; readonly timeMs: number } | undefined;
  #isOver = false;

  constructor(path: string, options: ReplayOptions) {
    this.name = `replay ${options.channel ?? "metrics"}`;
    this.#path = path;
    this.#options = options;
  }

  async read({ now }: SourceContext): Promise<Iterable<Sample>> {
    if (!this.#isOver) {
      try {
        await this.#advance(now);
      } catch (cause) {
        this.#end(cause instanceof Error ? cause : new RecordingError(String(cause)));
        throw cause;
      }
    }
    return this.#samples.values();
  }

  close(): void {
    void this.#lines?.return(undefined).catch(() => {});
  }

  async #advance(nowMs: number): Promise<void> {
    this.#lines ??= await this.#open();
    for (let ticks = 0; ; ) {
      const line = this.#next ?? (await this.#lines.next()).value;
      this.#next = line;
      if (line === undefined) return this.#end();
      const isTick = this.#isTick(line);
      if ("t" in line && !this.#isDue(line.t, nowMs, ticks, isTick)) return;
      this.#take(line);
      this.#next = undefined;
      if (isTick) ticks += 1;
    }
  }

  async #open(): Promise<AsyncGenerator<RecordingLine>> {
    const { channels } = await openRecording(this.#path);
    this.#channels = channels.map(({ channel }) => channel);
    const { channel = "metrics" } = this.#options;
    if (!channels.some((one) => one.channel === channel && one.kind === "metrics"))
      throw new RecordingError(`the recording has no channel "${channel}" of metrics`);
    return readRecording(this.#path);
  }

  /** What came before the first tick has no time of its own. */
  #isDue(timeMs: number, nowMs: number, ticks: number, isTick: boolean): boolean {
    const { speed = 1 } = this.#options;
    if (speed === "max") return !isTick || ticks === 0;
    if (this.#begun === undefined && isTick) this.#begun = { atMs: nowMs, timeMs };
    return this.#begun === undefined || timeMs <= this.#begun.timeMs + (nowMs - this.#begun.atMs) * speed;
  }

  #isTick(line: RecordingLine): boolean {
    return this.#isOurs(line) && "t" in line && !("event" in line);
  }

  #isOurs({ c }: RecordingLine): boolean {
    return this.#channels[c] === (this.#options.channel ?? "metrics");
  }

  #take(line: RecordingLine): void {
    if ("event" in line) this.#options.onEvent?.(this.#channels[line.c] ?? "", line.event, line.data);
    else if (!this.#isOurs(line)) return;
    else if ("series" in line) this.#infos.push(...line.series);
    else if ("t" in line) {
      const { v = [], gone = [] } = line;
      for (let at = 0; at + 1 < v.length; at += 2) this.#set(Number(v[at]), v[at + 1]);
      for (const number of gone) this.#samples.delete(number);
    }
  }

  #set(number: number, value: unknown): void {
    const info = this.#infos[number];
    if (info === undefined)
      throw new RecordingError(`a tick has a value of series ${number}, which has no name`);
    const { bounds = [], ...rest } = info;
    if (info.kind !== "histogram") {
      this.#samples.set(number, { ...rest, value: decodeNumber(value) ?? Number.NaN });
      return;
    }
    const slots = Array.isArray(value) ? value.map((slot) => decodeNumber(slot) ?? Number.NaN) : [];
    if (slots.length !== bounds.length + 2)
      throw new RecordingError(`a value of "${info.name}" is no histogram`);
    const counts = slots.slice(0, -1);
    const count = counts.reduce((sum, own) => sum + own, 0);
    this.#samples.set(number, { ...rest, value: { bounds, counts, sum: slots.at(-1) ?? 0, count } });
  }

  #end(fault?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onEnd?.(fault);
  }
}
