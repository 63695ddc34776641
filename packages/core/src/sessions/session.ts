import { type CloseCode, closeCodes, type ServerMessage } from "@metricast/protocol";
import { type Connection, EncodedFrame } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import type { Stats } from "../health/stats.js";
import { Cursor } from "./cursor.js";
import { Flight } from "./flight.js";
import { Room } from "./room.js";
import type { Subscription } from "./subscription.js";

export interface SessionParts {
  readonly id: string;
  readonly connection: Connection;
  readonly address: string;
  readonly identity: Identity | undefined;
  readonly maxInFlightBytes: number;
  readonly nowMs: number;
  /** When it has to end whatever happens, on the monotonic clock. */
  readonly endsMs: number;
  readonly stats: Stats;
  /** The monotonic clock, read where a message comes or goes. */
  readonly now: () => number;
}

/** A ping goes out ahead of the heartbeat after so many bytes, or a quarter of the bound on those in flight. */
const pingAfterBytes = 16_384;
/** While so many bytes of replies are in flight, nothing that takes a large one is answered. */
const maxLaneBytes = 262_144;
/** A client that asks on without reading is closed. Room for one reply of any size beside the bound above. */
const endLaneBytes = 2_097_152;

/** One client: who it is, what it watches, what is in flight to it. Holds no timer. */
export class Session {
  readonly id: string;
  readonly connection: Connection;
  readonly address: string;
  /** When it was opened; later where our own standstill took from the time it has to authenticate. */
  openedMs: number;
  readonly endsMs: number;
  /** Set once the client has authenticated. */
  identity: Identity | undefined;
  /** Whether a `hello` was taken. */
  greeted = false;
  isOpen = true;
  /** The code it was ended with from this side. */
  endCode: number | undefined;
  lastHeardMs: number;
  lastSentMs: number;
  /** When the last ping was sent. */
  pingedMs: number;
  readonly subscriptions = new Map<number, Subscription>();
  readonly flight = new Flight();
  readonly #maxInFlightBytes: number;
  readonly #pingAfterBytes: number;
  readonly #stats: Stats;
  readonly #now: () => number;
  readonly #room = new Room();
  #serving = false;
  #isStalled = false;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.connection = parts.connection;
    this.address = parts.address;
    this.identity = parts.identity;
    this.openedMs = parts.nowMs;
    this.endsMs = parts.endsMs;
    this.lastHeardMs = parts.nowMs;
    this.lastSentMs = parts.nowMs;
    this.pingedMs = parts.nowMs;
    this.#maxInFlightBytes = parts.maxInFlightBytes;
    this.#pingAfterBytes = Math.min(pingAfterBytes, parts.maxInFlightBytes / 4);
    this.#stats = parts.stats;
    this.#now = parts.now;
  }

  /** Sends what comes next of everything it watches, in one write, as far as there is room. */
  serve(): void {
    if (!this.isOpen || this.#serving || this.subscriptions.size === 0) return;
    this.#serving = true;
    while (this.#serveOnce());
    this.#serving = false;
  }

  /** A message of the control lane: replies, errors, notices. It goes at once, ahead of data. */
  tell(message: ServerMessage): void {
    if (!this.isOpen) return;
    // A message that does not go out would leave a request without its reply.
    const sent = this.flight.laneBytes <= endLaneBytes && this.#sendControl(message);
    if (!sent) this.end(closeCodes.slow);
  }

  /** Whether a large reply may be asked for: not while earlier ones are still on their way. */
  get takesLargeReply(): boolean {
    return this.flight.laneBytes <= maxLaneBytes;
  }

  heard(): void {
    this.lastHeardMs = this.#now();
  }

  pong(payload: Uint8Array): void {
    this.heard();
    if (!this.flight.pong(payload)) return;
    this.#progress();
    this.#pingIfWanted();
    this.serve();
  }

  ping(): void {
    if (this.flight.isPinging) return;
    this.pingedMs = this.#now();
    this.connection.ping(this.flight.ping());
  }

  /** Says goodbye and closes; everything it watched is left at once. */
  end(code: CloseCode, reconnectAfterMs?: number): void {
    if (!this.isOpen) return;
    this.#sendControl({
      type: "bye",
      code: code.code,
      reason: code.reason,
      ...(reconnectAfterMs !== undefined && { reconnectAfterMs: Math.round(reconnectAfterMs) }),
    });
    this.isOpen = false;
    this.endCode = code.code;
    this.leaveAll();
    this.connection.close(code.code, code.reason);
  }

  leaveAll(): void {
    this.isOpen = false;
    for (const subscription of this.subscriptions.values()) subscription.leave(this.#now());
    this.subscriptions.clear();
  }

  giveLastValuesOnly(): void {
    this.#isStalled = true;
    for (const cursor of this.#cursors()) cursor.giveLastValuesOnly();
  }

  #progress(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    for (const cursor of this.#cursors()) cursor.endLastValuesOnly();
  }

  *#cursors(): Generator<Cursor> {
    for (const subscription of this.subscriptions.values()) {
      if (subscription instanceof Cursor) yield subscription;
    }
  }

  /** One write of whatever there is room for; true when another may follow. */
  #serveOnce(): boolean {
    const inFlight = this.flight.bytes;
    const left = this.#maxInFlightBytes - inFlight;
    const room = this.#room;
    room.open(left, inFlight === 0);
    if (left > 0 && this.connection.bufferedBytes < this.#maxInFlightBytes) {
      for (const subscription of this.subscriptions.values()) subscription.collect(room);
    }
    // Coming back with its position, the client is told what can still be given.
    if (room.isLost) this.end(closeCodes.insufficientState, 0);
    if (!this.isOpen) return false;
    const { frames, bytes } = room;
    const sent = frames.length > 0 && this.#send(frames, bytes);
    if (sent) room.countInto(this.#stats);
    else if (frames.length > 0)
      for (const subscription of this.subscriptions.values()) subscription.rollback();
    // Whoever waits for room is not to wait for the heartbeat's ping as well.
    if (room.isShort || left <= 0) this.ping();
    if (room.isShort) this.#rotate();
    return sent && this.isOpen;
  }

  /** What had to wait for room is not always to come last. */
  #rotate(): void {
    const [first] = this.subscriptions;
    if (!first) return;
    this.subscriptions.delete(first[0]);
    this.subscriptions.set(...first);
  }

  #sendControl(message: ServerMessage): boolean {
    const frame = new EncodedFrame(Buffer.from(JSON.stringify(message)), false);
    return this.#send([frame], frame.bytes.length, frame.bytes.length);
  }

  #send(frames: readonly EncodedFrame[], bytes: number, laneBytes = 0): boolean {
    if (!this.connection.send(frames)) {
      this.#stats.sendsRefused++;
      return false;
    }
    this.lastSentMs = this.#now();
    this.flight.sent(bytes, laneBytes);
    this.#stats.messagesOut += frames.length;
    this.#stats.bytesOut += bytes;
    this.#pingIfWanted();
    return true;
  }

  #pingIfWanted(): void {
    if (this.isOpen && this.flight.wantsPing(this.#pingAfterBytes)) this.ping();
  }
}
