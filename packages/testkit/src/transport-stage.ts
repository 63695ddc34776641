import { type Acceptor, EncodedFrame, Packet } from "@metricast/core";
import { expect } from "vitest";
import { type RecordedSession, RecordingAcceptor, type RecordingOptions } from "./recording-acceptor.js";
import { until } from "./until.js";
import { openPeer, type PeerOptions, type WsPeer } from "./ws-peer.js";

/** Starts a real server of the transport with this acceptor, on 127.0.0.1. */
export type Listen = (acceptor: Acceptor) => Promise<ListeningTransport>;

export interface ListeningTransport {
  /** Where clients connect, as `ws://127.0.0.1:1234/metricast`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface TransportContractOptions {
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
export class TransportStage {
  readonly #listen: Listen;
  readonly #peers: WsPeer[] = [];
  #transport: ListeningTransport | undefined;
  #acceptor: RecordingAcceptor | undefined;

  constructor(listen: Listen) {
    this.#listen = listen;
  }

  async start(recording: RecordingOptions = {}): Promise<{ url: string; acceptor: RecordingAcceptor }> {
    const acceptor = new RecordingAcceptor(recording);
    this.#acceptor = acceptor;
    this.#transport = await this.#listen(acceptor);
    return { url: this.#transport.url, acceptor };
  }

  async peer(url: string, peerOptions?: PeerOptions): Promise<WsPeer> {
    const peer = await openPeer(url, peerOptions);
    this.#peers.push(peer);
    return peer;
  }

  /** A server with one client on it. */
  async pair(recording?: RecordingOptions): Promise<{ peer: WsPeer; session: RecordedSession }> {
    const { url, acceptor } = await this.start(recording);
    const peer = await this.peer(url);
    return { peer, session: sessionOf(acceptor) };
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
