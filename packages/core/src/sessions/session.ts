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

/** A ping goes out ahead of the heartbeat after so many bytes: a quarter of the default bound on bytes in flight. */
const pingAfterBytes = 16_384;
/** Replies may exceed the bound on bytes in flight by so much; a client that asks on without reading is closed. */
const controlBytes = 262_144;

/** One client: who it is, what it watches, what is in flight to it. Holds no timer. */
export class Session {
  readonly id: string;
  readonly connection: Connection;
  readonly address: string;
  readonly openedMs: number;
  readonly endsMs: number;
  /** Set once the client has authenticated. */
  identity: Identity | undefined;
  /** Whether a `hello` was taken. */
  greeted = false;
  isOpen = true;
  lastHeardMs: number;
  lastSentMs: number;
  /** When bytes were last known to arrive, or there was nothing in flight. */
  progressMs: number;
  readonly subscriptions = new Map<number, Subscription>();
  readonly flight = new Flight();
  readonly #maxInFlightBytes: number;
  readonly #stats: Stats;
  readonly #now: () => number;
  readonly #room = new Room();
  #serving = false;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.connection = parts.connection;
    this.address = parts.address;
    this.identity = parts.identity;
    this.openedMs = parts.nowMs;
    this.endsMs = parts.endsMs;
    this.lastHeardMs = parts.nowMs;
    this.lastSentMs = parts.nowMs;
    this.progressMs = parts.nowMs;
    this.#maxInFlightBytes = parts.maxInFlightBytes;
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
    const frame = new EncodedFrame(Buffer.from(JSON.stringify(message)), false);
    if (this.flight.bytes + frame.bytes.length > this.#maxInFlightBytes + controlBytes) {
      this.end(closeCodes.slow);
      return;
    }
    this.#send([frame], frame.bytes.length);
  }

  heard(): void {
    this.lastHeardMs = this.#now();
  }

  pong(payload: Uint8Array): void {
    this.heard();
    if (!this.flight.pong(payload)) return;
    this.progressMs = this.lastHeardMs;
    this.#pingIfWanted();
    this.serve();
  }

  ping(): void {
    if (!this.flight.isPinging) this.connection.ping(this.flight.ping());
  }

  /** Says goodbye and closes; everything it watched is left at once. */
  end(code: CloseCode, reconnectAfterMs?: number): void {
    if (!this.isOpen) return;
    const bye: ServerMessage = {
      type: "bye",
      code: code.code,
      reason: code.reason,
      ...(reconnectAfterMs !== undefined && { reconnectAfterMs: Math.round(reconnectAfterMs) }),
    };
    const frame = new EncodedFrame(Buffer.from(JSON.stringify(bye)), false);
    this.#send([frame], frame.bytes.length);
    this.isOpen = false;
    this.leaveAll();
    this.connection.close(code.code, code.reason);
  }

  leaveAll(): void {
    this.isOpen = false;
    for (const subscription of this.subscriptions.values()) subscription.leave(this.#now());
    this.subscriptions.clear();
  }

  giveLastValuesOnly(): void {
    for (const subscription of this.subscriptions.values()) {
      if (subscription instanceof Cursor) subscription.giveLastValuesOnly();
    }
  }

  /** One write of whatever there is room for; true when another may follow. */
  #serveOnce(): boolean {
    const inFlight = this.flight.bytes;
    const left = this.#maxInFlightBytes - inFlight;
    if (left <= 0 || this.connection.bufferedBytes >= this.#maxInFlightBytes) return false;
    this.#room.open(left, inFlight === 0);
    for (const subscription of this.subscriptions.values()) subscription.collect(this.#room);
    if (this.#room.frames.length === 0) return false;
    if (this.#send(this.#room.frames, this.#room.bytes)) return this.isOpen;
    for (const subscription of this.subscriptions.values()) subscription.rollback();
    return false;
  }

  #send(frames: readonly EncodedFrame[], bytes: number): boolean {
    if (!this.connection.send(frames)) {
      this.#stats.sendsRefused++;
      return false;
    }
    this.lastSentMs = this.#now();
    if (this.flight.bytes === 0) this.progressMs = this.lastSentMs;
    this.flight.sent(bytes);
    this.#stats.messagesOut += frames.length;
    this.#stats.bytesOut += bytes;
    this.#pingIfWanted();
    return true;
  }

  #pingIfWanted(): void {
    if (this.isOpen && this.flight.wantsPing(pingAfterBytes)) this.connection.ping(this.flight.ping());
  }
}
