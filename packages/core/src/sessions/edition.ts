import { type EncodedFrame, Packet } from "../contracts/connection.js";
import type { Stats } from "../health/stats.js";
import type { Step } from "./subscription.js";

/** Making one piece of so many bytes costs about what it saves each session: several writes, or a cork. */
const bytesWorthACork = 16_384;

/** One step of each view of a set: made once, for all sessions that watch the set and are at its beginning. */
export class Edition {
  /** Of the fan-out: when it was made. */
  readonly round: number;
  /** Places that a session must be at, and is brought to, by the set's views. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly bytes: number;
  /** The round of the edition before, where that led to this one's beginning. */
  readonly #after: number | undefined;
  readonly #frames: readonly EncodedFrame[];
  readonly #events: number;
  readonly #metricFrames: number;
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
    this.from = steps.map(({ from }) => from);
    this.to = steps.map(({ to }) => to);
    this.#after =
      before && this.from.every((place, at) => place === before.to[at]) ? before.round : undefined;
    this.#frames = steps.flatMap(({ frame }) => frame ?? []);
    this.bytes = this.#frames.reduce((sum, { length }) => sum + length, 0);
    this.#events = steps.reduce((sum, { events = 0 }) => sum + events, 0);
    this.#metricFrames = steps.filter(({ frame, events }) => frame && events === undefined).length;
    this.#position = position;
    this.#isShared = sessions > 1 && this.bytes <= sessions * bytesWorthACork;
  }

  /** Whether it is what comes next for whoever has the other. */
  follows(other: Edition): boolean {
    return this.#after === other.round;
  }

  /** How many messages it is. */
  get messages(): number {
    return this.#frames.length;
  }

  get packet(): Packet {
    this.#packet ??= new Packet(this.#frames, undefined, this.#isShared, this.#position);
    return this.#packet;
  }

  /** The same with a ping behind it. */
  get pinging(): Packet {
    this.#pinging ??= new Packet(
      this.#frames,
      Buffer.from(String(this.round)),
      this.#isShared,
      this.#position,
    );
    return this.#pinging;
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
