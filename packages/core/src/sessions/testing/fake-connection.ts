import type { ServerMessage } from "@metricast/protocol";
import type { Connection, EncodedFrame, Packet } from "../../contracts/connection.js";
import { Stats } from "../../health/stats.js";
import { Session } from "../session.js";
import { ViewSets } from "../view-set.js";

/** A socket that writes down what it is asked to do. */
export class FakeConnection implements Connection {
  bufferedBytes = 0;
  accepts = true;
  /** What was sent, one write after the other. */
  readonly packets: Packet[] = [];
  /** Payloads, whether sent with messages or without. */
  readonly pings: Uint8Array[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  terminations = 0;
  /** Called with each ping, whether sent with messages or without. */
  onPing: (payload: Uint8Array) => void = () => {};
  /** Everything in the order it happened: message types, "ping", "close". */
  readonly order: string[] = [];

  send(packet: Packet): boolean {
    if (!this.accepts) return false;
    this.packets.push(packet);
    this.order.push(...packet.frames.map((frame) => messageOf(frame).type));
    if (packet.ping) this.ping(packet.ping);
    return true;
  }

  ping(payload: Uint8Array): void {
    this.pings.push(payload);
    this.order.push("ping");
    this.onPing(payload);
  }

  close(code: number, reason: string): void {
    this.closes.push({ code, reason });
    this.order.push("close");
  }

  terminate(): void {
    this.terminations += 1;
  }

  get writes(): readonly (readonly EncodedFrame[])[] {
    return this.packets.map(({ frames }) => frames);
  }

  get frames(): readonly EncodedFrame[] {
    return this.writes.flat();
  }

  get messages(): readonly ServerMessage[] {
    return this.frames.map(messageOf);
  }

  get bytes(): number {
    return this.frames.reduce((sum, frame) => sum + frame.length, 0);
  }

  /** Messages of a type, as they came. */
  of<T extends ServerMessage["type"]>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.messages.filter(
      (message): message is Extract<ServerMessage, { type: T }> => message.type === type,
    );
  }

  forget(): void {
    this.packets.length = 0;
    this.pings.length = 0;
    this.order.length = 0;
  }
}

export function messageOf(frame: EncodedFrame): ServerMessage {
  return JSON.parse(Buffer.from(frame.bytes).toString());
}

/** A session on such a socket; authenticated unless told otherwise. */
export function fakeSession({
  connection = new FakeConnection(),
  maxInFlightBytes = 65_536,
  heartbeatMs = 10_000,
  identity = { id: "visitor" },
  now = () => 0,
  endsMs = Infinity,
  stats = new Stats(),
  sets = new ViewSets(),
}: Partial<{
  connection: FakeConnection;
  maxInFlightBytes: number;
  heartbeatMs: number;
  identity: Session["identity"] | null;
  now: () => number;
  endsMs: number;
  stats: Stats;
  sets: ViewSets;
}> = {}) {
  const session = new Session({
    id: "s1",
    connection,
    address: "127.0.0.1",
    identity: identity ?? undefined,
    codec: "json",
    setting: { maxInFlightBytes, heartbeatMs, stats, sets, now },
    nowMs: now(),
    endsMs,
  });
  /** Answers the ping that is outstanding. */
  const pong = () => session.pong(connection.pings.at(-1) ?? new Uint8Array());
  return { session, connection, stats, sets, pong };
}
