import { type Acceptor, EncodedFrame, Packet } from "@metricast/core";
import { expect } from "vitest";
import { type RawResponse, rawHttp } from "./raw-http.js";
import { type RecordedSession, RecordingAcceptor, type RecordingOptions } from "./recording-acceptor.js";
import type { Emitters } from "./resources.js";
import type { TransportClients, TransportPeer } from "./transport-clients.js";
import { until } from "./until.js";
import type { PeerOptions } from "./ws-peer.js";

/** Starts a real server of the transport with this acceptor, on 127.0.0.1. */
export type Listen = (acceptor: Acceptor) => Promise<ListeningTransport>;

export interface ListeningTransport {
  /** Where clients connect, as `ws://127.0.0.1:1234/metricast`; of streams as `http://127.0.0.1:1234/metricast/stream`. */
  readonly url: string;
  /** What clients that come and go may leave no listener on. */
  readonly emitters?: Emitters;
  close(): Promise<void>;
}

export interface TransportContractOptions {
  /**
   * Whether anything comes back from a client after its request. False where clients only read a stream of events: those have no
   * messages, pings, subprotocols or close codes; a goodbye is an event as others are, and positions are the ids of events.
   * Default true.
   */
  readonly receives?: boolean;
  /** Close code for a message over `maxFrameBytes`. Default 1009; 1006 for libraries that drop the socket. */
  readonly oversizeClose?: number;
  /** Unsent bytes after which `send` must have answered false. Default 20 MiB. */
  readonly highBoundBytes?: number;
  /** Whether header names may have underscores; some parsers end the connection. Default true. */
  readonly underscoreInHeaders?: boolean;
  /** Whether messages are taken that came before the upgrade was answered, which no client may send. Default true. */
  readonly earlyMessages?: boolean;
}

/** What one test opened. */
export class TransportStage<P extends TransportPeer = TransportPeer> {
  readonly #listen: Listen;
  readonly #clients: TransportClients<P>;
  readonly #peers: P[] = [];
  #transport: ListeningTransport | undefined;
  #acceptor: RecordingAcceptor | undefined;

  constructor(listen: Listen, clients: TransportClients<P>) {
    this.#listen = listen;
    this.#clients = clients;
  }

  async start(
    recording: RecordingOptions = {},
  ): Promise<{ url: string; acceptor: RecordingAcceptor; emitters: Emitters }> {
    const { answer } = this.#clients;
    const acceptor = new RecordingAcceptor({ ...recording, ...(answer !== undefined && { answer }) });
    this.#acceptor = acceptor;
    this.#transport = await this.#listen(acceptor);
    const { url, emitters = {} } = this.#transport;
    return { url, acceptor, emitters };
  }

  async peer(url: string, options?: PeerOptions): Promise<P> {
    const peer = await this.#clients.open(url, options);
    this.#peers.push(peer);
    return peer;
  }

  /** A server with one client on it. */
  async pair(recording?: RecordingOptions): Promise<{ peer: P; session: RecordedSession }> {
    const { url, acceptor } = await this.start(recording);
    const peer = await this.peer(url);
    return { peer, session: sessionOf(acceptor) };
  }

  /** A server with two clients on it. */
  async pairs(): Promise<
    readonly [{ peer: P; session: RecordedSession }, { peer: P; session: RecordedSession }]
  > {
    const { url, acceptor } = await this.start();
    const one = async () => ({ peer: await this.peer(url), session: sessionOf(acceptor) });
    return [await one(), await one()];
  }

  /** What a client opens with, as bytes to cut. */
  request(url: string): string {
    return this.#clients.request(url);
  }

  /** For what is answered with a whole response. */
  ask(url: string): Promise<RawResponse> {
    return rawHttp(Number(new URL(url).port), this.request(url));
  }

  async clear(): Promise<void> {
    const acceptor = this.#acceptor;
    for (const peer of this.#peers.splice(0)) peer.destroy();
    if (acceptor !== undefined) await until(() => acceptor.open.length === 0, 5_000, "sessions are closed");
    await this.#transport?.close();
    for (const session of acceptor?.sessions ?? []) expect(session.closes).toHaveLength(1);
    this.#transport = undefined;
    this.#acceptor = undefined;
  }
}

export function sessionOf(acceptor: RecordingAcceptor): RecordedSession {
  const session = acceptor.sessions.at(-1);
  if (session === undefined) throw new Error("no session was accepted");
  return session;
}

export function textFrame(text: string): EncodedFrame {
  return new EncodedFrame(Buffer.from(text), false);
}

/** Texts for one session, to go out together. */
export function texts(...all: readonly string[]): Packet {
  return new Packet(all.map(textFrame));
}
