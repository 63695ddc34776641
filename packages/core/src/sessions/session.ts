import { type CloseCode, closeCodes, type ServerMessage } from "@metricast/protocol";
import { type Connection, EncodedFrame, Packet } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import type { Stats } from "../health/stats.js";
import type { Codec } from "../views/frames.js";
import { Cursor } from "./cursor.js";
import type { Edition } from "./edition.js";
import { Flight } from "./flight.js";
import { HeldFlight } from "./held-flight.js";
import { Room } from "./room.js";
import { nothing, Subscriptions } from "./subscriptions.js";
import type { ViewSets } from "./view-set.js";

/** What all sessions of one desk have in common. */
export interface SessionSetting {
  readonly maxInFlightBytes: number;
  readonly heartbeatMs: number;
  readonly stats: Stats;
  readonly sets: ViewSets;
  /** The monotonic clock, read where a message comes or goes. Whole numbers, which take no memory beside the session. */
  readonly now: () => number;
}

export interface SessionParts {
  readonly id: string;
  readonly connection: Connection;
  readonly address: string;
  readonly identity: Identity | undefined;
  /** How it takes frames and blocks. */
  readonly codec: Codec;
  readonly setting: SessionSetting;
  readonly nowMs: number;
  /** When it has to end whatever happens, on the monotonic clock. */
  readonly endsMs: number;
  /** When it is asked again what it may watch, on the monotonic clock. Default: never. */
  readonly recheckAtMs?: number;
}

/** A ping goes out ahead of the heartbeat after so much of the bound on bytes in flight. */
const pingAfterShare = 3 / 4;
/** A ping that is nearly due goes out with a message, where it costs no write of its own. */
const pingEarlyShare = 9 / 10;
/** While so many bytes of replies are in flight, nothing that takes a large one is answered. */
const maxLaneBytes = 262_144;
/** A client that asks on without reading is closed. Room for one reply of any size beside the bound above. */
const endLaneBytes = 2_097_152;

/** One client: who it is, what it watches, what is in flight to it. Holds no timer. */
export class Session {
  // First what every round looks at: it lies together, as by the time of a visit the caches hold other things.
  readonly connection: Connection;
  readonly subscriptions: Subscriptions;
  readonly flight: Flight | HeldFlight;
  readonly #setting: SessionSetting;
  isOpen = true;
  /** Whether something waits for room: until then, or until the pong, there is nothing to do. */
  #waits = false;
  lastSentMs: number;
  /** When the last ping was sent. */
  pingedMs: number;
  lastHeardMs: number;
  readonly id: string;
  readonly address: string;
  /** When it was opened; later where our own standstill took from the time it has to authenticate. */
  openedMs: number;
  readonly endsMs: number;
  recheckAtMs: number;
  readonly codec: Codec;
  /** Set once the client has authenticated. */
  identity: Identity | undefined;
  /** Whether a `hello` was taken. */
  greeted = false;
  /** The code it was ended with from this side. */
  endCode: number | undefined;
  #serving = false;
  #isStalled = false;

  constructor({ id, connection, address, identity, codec, setting, nowMs, ...due }: SessionParts) {
    this.id = id;
    this.connection = connection;
    this.address = address;
    this.identity = identity;
    this.codec = codec;
    this.openedMs = nowMs;
    this.endsMs = due.endsMs;
    this.recheckAtMs = due.recheckAtMs ?? Infinity;
    this.lastHeardMs = nowMs;
    this.lastSentMs = nowMs;
    this.pingedMs = nowMs;
    this.flight = connection.oneWay ? new HeldFlight(connection) : new Flight();
    this.subscriptions = new Subscriptions(setting.sets);
    this.#setting = setting;
  }

  /**
   * Serves it in a round of the fan-out: what all who watch the same get, where it is level with them, as nearly all are.
   * Answers how many bytes were sent, Infinity where that says nothing of the time it took.
   */
  visit(round: number, nowMs: number): number {
    // There is no more room than when it was last looked for.
    if (!this.isOpen || (this.#waits && this.flight.isPinging)) return 0;
    const next = this.subscriptions.next(round);
    if (next === nothing) return 0;
    if (next && this.#takes(next)) return this.#give(next, Math.floor(nowMs));
    this.serve();
    return Infinity;
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
    this.lastHeardMs = this.#setting.now();
  }

  pong(payload: Uint8Array): void {
    this.heard();
    if (!this.flight.pong(payload)) return;
    const waited = this.#waits || this.#isStalled;
    this.#progress();
    if (waited) this.serve();
    if (this.isOpen && this.#wantsPing(0)) this.ping();
  }

  /** For how long nothing of what is in flight has arrived. */
  stalledMs(nowMs: number): number {
    const { flight } = this;
    if (!(flight instanceof HeldFlight))
      return flight.isPinging && flight.bytes > 0 ? nowMs - this.pingedMs : 0;
    if (flight.hasMoved()) {
      this.lastHeardMs = nowMs;
      this.#progress();
    }
    return nowMs - this.lastHeardMs;
  }

  ping(): void {
    if (this.flight.isPinging) return;
    const payload = this.flight.ownPayload();
    this.#pinged(payload, this.#setting.now());
    this.connection.ping(payload);
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
    for (const subscription of this.subscriptions) subscription.leave(this.#setting.now());
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
    for (const subscription of this.subscriptions) if (subscription instanceof Cursor) yield subscription;
  }

  /** As a room would say; a single message of any size goes where nothing is in flight. */
  #takes({ bytes, messages }: Edition): boolean {
    const { maxInFlightBytes } = this.#setting;
    const inFlight = this.flight.bytes;
    const fits = inFlight + bytes <= maxInFlightBytes || (inFlight === 0 && messages === 1);
    return fits && inFlight < maxInFlightBytes && this.connection.bufferedBytes < maxInFlightBytes;
  }

  #give(edition: Edition, nowMs: number): number {
    const { bytes } = edition;
    const before = this.subscriptions.moveTo(edition);
    if (bytes === 0) return 0;
    const packet = this.#wantsPing(bytes, nowMs) ? edition.pinging : edition.packet;
    if (!this.#write(packet, bytes, 0, nowMs)) {
      this.subscriptions.moveTo(before);
      return 0;
    }
    edition.countInto(this.#setting.stats);
    return bytes;
  }

  /** One write of whatever there is room for; true when another may follow. */
  #serveOnce(): boolean {
    const { maxInFlightBytes, stats } = this.#setting;
    const inFlight = this.flight.bytes;
    const left = maxInFlightBytes - inFlight;
    const room = new Room(left, inFlight === 0);
    const takes = left > 0 && this.connection.bufferedBytes < maxInFlightBytes;
    if (takes) for (const subscription of this.subscriptions.inTurn()) subscription.collect(room);
    // Coming back with its position, the client is told what can still be given.
    if (room.isLost) this.end(closeCodes.insufficientState, 0);
    if (!this.isOpen) return false;
    const { frames, bytes } = room;
    const sent = frames.length > 0 && this.#send(frames, bytes);
    if (sent) room.countInto(stats);
    else if (frames.length > 0) for (const subscription of this.subscriptions) subscription.rollback();
    this.#waits = room.isShort || !takes;
    // Whoever waits for room is not to wait for the heartbeat's ping as well.
    if (this.#waits) this.ping();
    if (room.isShort) this.subscriptions.rotate();
    return sent && this.isOpen;
  }

  #sendControl(message: ServerMessage): boolean {
    const frame = EncodedFrame.text(JSON.stringify(message), false);
    return this.#send([frame], frame.length, frame.length);
  }

  #send(frames: readonly EncodedFrame[], bytes: number, laneBytes = 0): boolean {
    const { stats, now } = this.#setting;
    const nowMs = now();
    const ping = this.#wantsPing(bytes, nowMs) ? this.flight.ownPayload() : undefined;
    const position = this.connection.oneWay ? this.subscriptions.position : undefined;
    if (!this.#write(new Packet(frames, ping, false, position), bytes, laneBytes, nowMs)) return false;
    stats.messagesOut += frames.length;
    stats.bytesOut += bytes;
    return true;
  }

  #write(packet: Packet, bytes: number, laneBytes: number, nowMs: number): boolean {
    const { flight, lastSentMs } = this;
    const { ping } = packet;
    // Written down ahead: a send takes the session out of the processor's caches.
    flight.sent(bytes, laneBytes);
    this.lastSentMs = nowMs;
    if (this.connection.send(packet)) {
      if (ping) this.#pinged(ping, nowMs);
      return true;
    }
    flight.sent(-bytes, -laneBytes);
    this.lastSentMs = lastSentMs;
    this.#setting.stats.sendsRefused++;
    return false;
  }

  #pinged(payload: Uint8Array, nowMs: number): void {
    this.pingedMs = nowMs;
    this.flight.pinged(payload);
  }

  /** Whether a ping is to follow so many bytes more: enough is unconfirmed, or the heartbeat's is nearly due. */
  #wantsPing(moreBytes: number, nowMs = this.pingedMs): boolean {
    const { maxInFlightBytes, heartbeatMs } = this.#setting;
    if (this.flight.isPinging) return false;
    const unpinged = this.flight.unpingedBytes + moreBytes;
    return (
      unpinged >= maxInFlightBytes * pingAfterShare || nowMs - this.pingedMs >= heartbeatMs * pingEarlyShare
    );
  }
}
