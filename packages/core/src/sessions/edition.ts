import { type EncodedFrame, Packet } from "../contracts/connection.js";
import type { Stats } from "../health/stats.js";
import type { Step, Subscription } from "./subscription.js";

/** Making one piece of so many bytes costs about what it saves each session: several writes, or a cork. */
const bytesWorthACork = 16_384;

/** One step of each view of a set: made once, for all sessions that watch the set and are at its beginning. */
export class Edition {
  /** Of the fan-out: when it was made. */
  readonly round: number;
  /** Of each view of the set, from where a session must be to where it is brought. */
  readonly steps: readonly Step[];
  /** How many messages it is, and of how many bytes. */
  messages = 0;
  bytes = 0;
  /** The round of the edition before, where that led to this one's beginning. */
  readonly #after: number | undefined;
  #events = 0;
  #metricFrames = 0;
  readonly #isShared: boolean;
  readonly #position: string | undefined;
  #packet: Packet | undefined;
  #pinging: Packet | undefined;

  /** `before`: the last edition of the set. `sessions`: how many watch it. `position`: that it leads to. */
  constructor(
    steps: readonly Step[],
    round: number,
    before: Edition | undefined,
    sessions: number,
    position?: string,
  ) {
    this.round = round;
    this.steps = steps;
    this.#after =
      before && steps.every(({ from }, at) => from === before.steps[at]?.to) ? before.round : undefined;
    for (const { frame, events } of steps) {
      this.#events += events ?? 0;
      if (frame === undefined) continue;
      this.messages += 1;
      this.bytes += frame.length;
      if (events === undefined) this.#metricFrames += 1;
    }
    this.#position = position;
    this.#isShared = sessions > 1 && this.bytes <= sessions * bytesWorthACork;
  }

  /** Whether it is what comes next for whoever has the other. */
  follows(other: Edition): boolean {
    return this.#after === other.round;
  }

  /** Whether somebody is where it begins; whether somebody has it already. `list`: whose cursors, by their views. */
  beginsAt(list: readonly Subscription[]): boolean {
    return this.steps.every(({ from }, at) => list[at]?.isAt(from));
  }

  endsAt(list: readonly Subscription[]): boolean {
    return this.steps.every(({ to }, at) => list[at]?.isAt(to));
  }

  get packet(): Packet {
    this.#packet ??= this.#packetWith();
    return this.#packet;
  }

  /** The same with a ping behind it. */
  get pinging(): Packet {
    this.#pinging ??= this.#packetWith(Buffer.from(String(this.round)));
    return this.#pinging;
  }

  #packetWith(ping?: Uint8Array): Packet {
    const frames: EncodedFrame[] = [];
    for (const { frame } of this.steps) if (frame) frames.push(frame);
    return new Packet(frames, ping, this.#isShared, this.#position);
  }

  /** Lets go of what was made of its frames. */
  release(): void {
    this.#packet = undefined;
    this.#pinging = undefined;
  }

  /** It was sent to a session. */
  countInto(stats: Stats): void {
    stats.messagesOut += this.messages;
    stats.bytesOut += this.bytes;
    stats.framesSent += this.#metricFrames;
    stats.eventsSent += this.#events;
  }
}
