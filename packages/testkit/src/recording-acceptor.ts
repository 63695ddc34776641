import { setTimeout as sleep } from "node:timers/promises";
import {
  type Acceptor,
  type Admission,
  type Admitted,
  type Connection,
  EncodedFrame,
  type Handshake,
  Packet,
  type Receiver,
} from "@metricast/core";

export interface RecordingOptions {
  readonly maxFrameBytes?: number;
  /** Default: accept, with the first subprotocol that was offered. */
  readonly decide?: (handshake: Handshake) => Admission;
  /** How long each admission waits; never less than a turn of the event loop. Default 1. */
  readonly admitMs?: number;
  /** What each session answers to a message, as core does to a stream's request. Default: nothing. */
  readonly answer?: string;
}

/** Stands where core stands: admits after a timer, as a host's own check does, and writes down what it is told. */
export class RecordingAcceptor implements Acceptor {
  readonly maxFrameBytes: number;
  readonly deadAfterMs = 30_000;
  readonly handshakes: Handshake[] = [];
  readonly sessions: RecordedSession[] = [];
  admissions = 0;
  /** Called with every session, before its transport has it. */
  onAccept: (session: RecordedSession) => void = () => {};
  readonly #decide: (handshake: Handshake) => Admission;
  readonly #admitMs: number;
  readonly #answer: Packet | undefined;

  constructor({ maxFrameBytes = 16_384, decide = acceptFirst, admitMs = 1, answer }: RecordingOptions = {}) {
    this.maxFrameBytes = maxFrameBytes;
    this.#decide = decide;
    this.#admitMs = admitMs;
    this.#answer = answer === undefined ? undefined : new Packet([EncodedFrame.text(answer)]);
  }

  async admit(handshake: Handshake): Promise<Admission> {
    this.handshakes.push(handshake);
    await sleep(this.#admitMs);
    this.admissions += 1;
    return this.#decide(handshake);
  }

  accept(connection: Connection, admitted: Admitted): Receiver {
    const session = new RecordedSession(connection, admitted);
    this.sessions.push(session);
    const answer = this.#answer;
    if (answer !== undefined) session.onMessage = () => connection.send(answer);
    this.onAccept(session);
    return session;
  }

  get open(): readonly RecordedSession[] {
    return this.sessions.filter((session) => session.closes.length === 0);
  }
}

export class RecordedSession implements Receiver {
  readonly connection: Connection;
  readonly admitted: Admitted;
  readonly messages: (string | Uint8Array)[] = [];
  readonly pongs: Uint8Array[] = [];
  drains = 0;
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  /** Called with every message, after it was written down. */
  onMessage: (data: string | Uint8Array) => void = () => {};

  constructor(connection: Connection, admitted: Admitted) {
    this.connection = connection;
    this.admitted = admitted;
  }

  message(data: string | Uint8Array): void {
    // Copied: a transport may reuse its buffer once the call is over.
    this.messages.push(typeof data === "string" ? data : Uint8Array.from(data));
    this.onMessage(data);
  }

  pong(payload: Uint8Array): void {
    this.pongs.push(Uint8Array.from(payload));
  }

  drained(): void {
    this.drains += 1;
  }

  closed(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }
}

function acceptFirst(handshake: Handshake): Admission {
  return { accepted: true, protocol: handshake.protocols[0] ?? "", ticket: {} };
}
