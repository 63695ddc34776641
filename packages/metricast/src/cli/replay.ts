import { numberOptions } from "@metricast/core";
import { metricast } from "../cast.js";
import type { RecordedChannel } from "../recording/recording-line.js";
import { openRecording } from "../recording/recording-reader.js";
import { replaySource } from "../recording/replay-source.js";
import { type ServeCastOptions, serveCast } from "./serve-cast.js";

export interface ReplayCommand extends ServeCastOptions {
  readonly file: string;
  readonly speed: number | "max";
  readonly isPublic: boolean;
}

/** Where the service shows itself: what was recorded of another's own metrics goes beside it. */
const ownChannel = "metricast";
const besideOwn = "recorded";

/** Serves a recording as the service it is of, until the signal. Rejects where it is none, or cannot be read on. */
export async function replay(command: ReplayCommand): Promise<void> {
  const { file, speed, isPublic, out, signal } = command;
  const { channels } = await openRecording(file);
  const failed = new AbortController();
  let fault: Error | undefined;
  const [main, ...others] = channels.filter(({ kind }) => kind === "metrics");
  if (main === undefined) throw new Error("the recording has no channel of metrics");
  const serve = (one: RecordedChannel, isMain: boolean) => ({
    kind: "metrics" as const,
    intervalMs: intervalOf(one, speed),
    sources: [
      replaySource(file, {
        channel: one.channel,
        speed,
        ...(isMain && {
          onEvent: (channel: string, type: string, data: unknown) => cast.event(type, data, { channel }),
          onEnd: (cause?: Error) => {
            fault = cause;
            if (cause) failed.abort();
            else out.write("the recording is over: its last values stand\n");
          },
        }),
      }),
    ],
  });
  const events = channels.filter(({ kind }) => kind === "events");
  const cast = metricast({
    service: "metricast-replay",
    production: false,
    public: isPublic,
    defaultSources: false,
    channels: Object.fromEntries([
      ...events.map(({ channel }) => [channel, { kind: "events" as const }]),
      ...others.map((one) => [placeOf(one), serve(one, false)]),
      [placeOf(main), serve(main, true)],
    ]),
  });
  await serveCast(cast, { ...command, signal: AbortSignal.any([signal, failed.signal]) });
  if (fault) throw fault;
}

function placeOf({ channel }: RecordedChannel): string {
  return channel === ownChannel ? besideOwn : channel;
}

/** A tick for each of the recording, as far as a service ticks that fast. */
function intervalOf({ intervalMs = 1_000 }: RecordedChannel, speed: number | "max"): number {
  const { min, max } = numberOptions.intervalMs;
  return speed === "max" ? min : Math.min(max, Math.max(min, Math.round(intervalMs / speed)));
}
