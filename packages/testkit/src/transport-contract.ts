import { connect } from "node:net";
import { type Acceptor, type Admission, type Connection, EncodedFrame } from "@metricast/core";
import { afterEach, describe, expect, test } from "vitest";
import { type RecordedSession, RecordingAcceptor, type RecordingOptions } from "./recording-acceptor.js";
import { allGivenBack, resources } from "./resources.js";
import { until } from "./until.js";
import { opcodes, wsFrame } from "./ws-frame.js";
import { openPeer, type PeerOptions, UpgradeRefused, upgradeRequest, type WsPeer } from "./ws-peer.js";

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
}

/** What core relies on in every WebSocket transport, with real sockets. Admission always waits on a timer. */
export function transportContract(
  name: string,
  listen: Listen,
  options: TransportContractOptions = {},
): void {
  describe(`transport contract: ${name}`, () => {
    const stage = new Stage(listen);
    afterEach(() => stage.clear());
    handshakes(stage);
    messages(stage, options);
    backpressure(stage, options);
    endings(stage);
  });
}

/** What one test opened. */
class Stage {
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

function handshakes(stage: Stage): void {
  test("the handshake is a copy that is still whole after admission waited", async () => {
    const { url, acceptor } = await stage.start();
    await stage.peer(`${url}?token=a%20b&x=1`, {
      protocols: ["metricast.v1.json", "other"],
      headers: [
        ["Origin", "https://one.example"],
        ["X-Twice", "a"],
        ["x-twice", "b"],
        ["__proto__", "polluted"],
      ],
    });
    const { handshake } = sessionOf(acceptor).connection;
    expect(handshake).toEqual(acceptor.handshakes[0]);
    expect(handshake).toMatchObject({
      method: "GET",
      path: new URL(url).pathname,
      query: "token=a%20b&x=1",
      secure: false,
      protocols: ["metricast.v1.json", "other"],
    });
    expect(handshake.remoteAddress).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
    expect(handshake.headers.get("origin")).toBe("https://one.example");
    expect(handshake.headers.get("x-twice")).toBe("a, b");
    expect(handshake.headers.get("__proto__")).toBe("polluted");
  });

  test("repeated Origin headers are both shown", async () => {
    const { url, acceptor } = await stage.start();
    const origins = ["https://a.example", "https://b.example"].map((origin) => ["Origin", origin] as const);
    await stage.peer(url, { headers: origins });
    expect(acceptor.handshakes[0]?.headers.get("origin")).toBe("https://a.example, https://b.example");
  });

  test("a refusal is answered with its status, headers and body, and ends the socket", async () => {
    const body = JSON.stringify({ code: 429, name: "rate_limited" });
    const refused: Admission = { accepted: false, status: 429, headers: { "Retry-After": "7" }, body };
    const { url, acceptor } = await stage.start({ decide: () => refused });
    const error = await openPeer(url).catch((reason: unknown) => reason);
    if (!(error instanceof UpgradeRefused)) throw error;
    expect(error.response.status).toBe(429);
    expect(error.response.headers.get("retry-after")).toBe("7");
    expect(error.response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(error.response.body).toBe(body);
    expect(acceptor.sessions).toHaveLength(0);
  });

  test("the subprotocol answered is the one admitted, not the first offered", async () => {
    const { url } = await stage.start({
      decide: ({ protocols }) => ({ accepted: true, protocol: protocols.at(-1) ?? "", ticket: {} }),
    });
    const chosen = await stage.peer(url, { protocols: ["first", "second"] });
    expect(chosen.response.headers.get("sec-websocket-protocol")).toBe("second");
    const none = await stage.peer(url);
    expect(none.response.headers.has("sec-websocket-protocol")).toBe(false);
  });

  test("no subprotocol is answered where none was admitted", async () => {
    const { url } = await stage.start({ decide: () => ({ accepted: true, protocol: "", ticket: {} }) });
    const peer = await stage.peer(url, { protocols: ["unknown"] });
    expect(peer.response.headers.has("sec-websocket-protocol")).toBe(false);
  });

  test("the ticket reaches accept", async () => {
    const ticket = { who: "me" };
    const { session } = await stage.pair({ decide: () => ({ accepted: true, protocol: "", ticket }) });
    expect(session.admitted.ticket).toBe(ticket);
  });

  test("clients that reset while admission waits leave nothing behind", async () => {
    const { url, acceptor } = await stage.start({ admitMs: 20 });
    await stage.peer(url);
    const before = resources();
    const { hostname, port } = new URL(url);
    await resetDuringAdmission(hostname, Number(port), url, () => acceptor.handshakes.length);
    await until(() => acceptor.admissions === acceptor.handshakes.length, 5_000, "admissions are over");
    await until(() => acceptor.open.length === 1, 5_000, "only the first client is left");
    await allGivenBack(before);
    expect(acceptor.handshakes.length).toBeGreaterThan(20);
    await stage.peer(url);
  });
}

function messages(stage: Stage, { oversizeClose = 1009 }: TransportContractOptions): void {
  test("text and binary come as strings and bytes, in order", async () => {
    const { peer, session } = await stage.pair();
    const sent = ["", "käse ☃ 𝄞", Uint8Array.of(0, 255, 7), '{"a":1}', new Uint8Array(0)];
    for (const data of sent) peer.send(data);
    await until(() => session.messages.length === sent.length);
    expect(session.messages).toEqual(sent);
  });

  test("what a client sent together with the handshake is not lost", async () => {
    const { url, acceptor } = await stage.start();
    const texts = Array.from({ length: 50 }, (_, n) => String(n));
    const frames = texts.map((payload) => wsFrame({ opcode: opcodes.text, payload }));
    await stage.peer(url, { early: Buffer.concat(frames) });
    const session = sessionOf(acceptor);
    await until(() => session.messages.length === texts.length);
    expect(session.messages).toEqual(texts);
  });

  test("frames of every header size arrive whole and in order, several in one send", async () => {
    const { peer, session } = await stage.pair();
    const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
    const texts = sizes.map((size, n) => String(n).repeat(size).slice(0, size));
    expect(session.connection.send(texts.map(textFrame))).toBe(true);
    expect(session.connection.send([new EncodedFrame(Uint8Array.of(1, 2, 3), true)])).toBe(true);
    expect(session.connection.send([])).toBe(true);
    await until(() => peer.messages.length === sizes.length + 1);
    expect(peer.messages.slice(0, -1).map(String)).toEqual(texts);
    expect(peer.messages.at(-1)).toEqual(Buffer.of(1, 2, 3));
  });

  test("a frame is built once for all sockets", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url), await stage.peer(url)];
    const frame = new CountingFrame("shared");
    for (const session of acceptor.sessions) session.connection.send([frame, frame]);
    await until(() => peers.every((peer) => peer.messages.length === 2));
    expect(frame.builds).toBeLessThanOrEqual(1);
    expect(new Set(frame.forms).size).toBeLessThanOrEqual(1);
  });

  test("pings carry their payload there and back, between the frames they were sent between", async () => {
    const { peer, session } = await stage.pair();
    const payload = Uint8Array.of(1, 2, 3, 250);
    session.connection.send([textFrame("before")]);
    session.connection.ping(payload);
    await until(() => session.pongs.length === 1);
    expect(peer.messages).toEqual(["before"]);
    expect(peer.pings).toEqual([Buffer.from(payload)]);
    expect(session.pongs).toEqual([payload]);
  });

  test("a client's ping is answered with its payload and is no message", async () => {
    const { peer, session } = await stage.pair();
    peer.ping("are you there");
    await until(() => peer.pongs.length === 1);
    expect(peer.pongs[0]?.toString()).toBe("are you there");
    expect(session.messages).toHaveLength(0);
  });

  test("a message of maxFrameBytes passes, one byte more closes", async () => {
    const { peer, session } = await stage.pair({ maxFrameBytes: 1_000 });
    peer.send("x".repeat(1_000));
    await until(() => session.messages.length === 1);
    peer.send("x".repeat(1_001));
    await until(() => peer.closeCode !== undefined);
    expect(peer.closeCode).toBe(oversizeClose);
    expect(session.messages).toHaveLength(1);
  });

  test("a message in two fragments is one message", async () => {
    const { peer, session } = await stage.pair();
    peer.raw(wsFrame({ opcode: opcodes.text, payload: "one ", fin: false }));
    peer.raw(wsFrame({ opcode: opcodes.continuation, payload: "message" }));
    await until(() => session.messages.length === 1);
    expect(session.messages).toEqual(["one message"]);
  });

  test("a receiver that throws ends its own connection and no other", async () => {
    const { url, acceptor } = await stage.start();
    const [bad, good] = [await stage.peer(url), await stage.peer(url)];
    const [first, second] = acceptor.sessions;
    if (first === undefined || second === undefined) throw new Error("two sessions were expected");
    first.onMessage = () => {
      throw new Error("a fault of the receiver");
    };
    bad.send("boom");
    await until(() => bad.closeCode !== undefined);
    expect(bad.closeCode).toBe(1011);
    good.send("still here");
    await until(() => second.messages.length === 1);
  });
}

function backpressure(stage: Stage, { highBoundBytes = 20 * 1024 * 1024 }: TransportContractOptions): void {
  test("bufferedBytes grows while a client does not read, send refuses at last, drained tells when it reads on", async () => {
    const { peer, session } = await stage.pair();
    const { connection } = session;
    peer.pause();
    const chunk = textFrame("x".repeat(256 * 1024));
    let accepted = 0;
    while (connection.send([chunk])) {
      accepted += 1;
      if (connection.bufferedBytes > highBoundBytes) throw new Error("send accepts without bound");
      await new Promise(setImmediate);
    }
    expect(connection.bufferedBytes).toBeGreaterThan(1024 * 1024);
    expect(session.drains).toBe(0);
    peer.resume();
    await until(() => peer.messages.length === accepted, 10_000);
    await until(() => session.drains > 0);
    expect(connection.bufferedBytes).toBe(0);
    expect(connection.send([textFrame("again")])).toBe(true);
    await until(() => peer.messages.at(-1) === "again");
  });

  test("each connection is told of its own drain", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url)];
    for (const peer of peers) peer.pause();
    const chunk = textFrame("x".repeat(1024 * 1024));
    for (const { connection } of acceptor.sessions) {
      while (connection.bufferedBytes === 0) {
        connection.send([chunk]);
        await new Promise(setImmediate);
      }
    }
    for (const peer of peers) peer.resume();
    await until(() => acceptor.sessions.every((session) => session.drains > 0), 10_000);
  });
}

function endings(stage: Stage): void {
  test("a client's close code and reason are told, and its code is answered", async () => {
    const { peer, session } = await stage.pair();
    peer.answersClose = false;
    peer.close(4321, "enough");
    await until(() => session.closes.length > 0);
    expect(session.closes).toEqual([{ code: 4321, reason: "enough" }]);
    expect(peer.closeFrame?.code).toBe(4321);
    expect(session.connection.send([textFrame("late")])).toBe(false);
  });

  test("a client's close without a code is 1005", async () => {
    const { peer, session } = await stage.pair();
    peer.close();
    await until(() => session.closes.length > 0);
    expect(session.closes[0]?.code).toBe(1005);
  });

  test("the server's close code and reason reach the client after what was sent before", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send([textFrame("last words")]);
    session.connection.close(4002, "reading too slowly");
    expect(session.connection.send([textFrame("late")])).toBe(false);
    await until(() => session.closes.length > 0 && peer.ended);
    expect(peer.messages).toEqual(["last words"]);
    expect(peer.closeFrame).toEqual({ code: 4002, reason: "reading too slowly" });
    expect(session.closes[0]?.code).toBe(4002);
  });

  test("terminate ends at once, without a closing handshake", async () => {
    const { peer, session } = await stage.pair();
    session.connection.terminate();
    await until(() => session.closes.length > 0 && peer.ended);
    expect(peer.closeFrame).toBeUndefined();
    expect(session.closes[0]?.code).toBe(1006);
  });

  test("a client that vanishes is 1006", async () => {
    const { peer, session } = await stage.pair();
    peer.reset();
    await until(() => session.closes.length > 0);
    expect(session.closes[0]?.code).toBe(1006);
  });

  test("a closed connection takes every call and answers none", async () => {
    const { peer, session } = await stage.pair();
    peer.reset();
    await until(() => session.closes.length > 0);
    useAfterClose(session.connection);
    expect(session.closes).toHaveLength(1);
  });

  test("a close that may not be sent ends the connection all the same", async () => {
    const { peer, session } = await stage.pair();
    session.connection.close(17, "x".repeat(500));
    await until(() => session.closes.length > 0 && peer.ended);
  });

  test("a session may close inside accept", async () => {
    const { url, acceptor } = await stage.start();
    const accept = acceptor.accept.bind(acceptor);
    acceptor.accept = (connection, admitted) => {
      connection.send([textFrame("bye")]);
      connection.close(1013, "try again later");
      return accept(connection, admitted);
    };
    const peer = await stage.peer(url);
    await until(() => peer.ended);
    expect(peer.messages).toEqual(["bye"]);
    expect(peer.closeFrame).toEqual({ code: 1013, reason: "try again later" });
  });
}

function useAfterClose(connection: Connection): void {
  expect(connection.send([textFrame("late")])).toBe(false);
  connection.ping(Uint8Array.of(1));
  connection.close(1000, "closed");
  connection.terminate();
  connection.terminate();
  expect(connection.bufferedBytes).toBeGreaterThanOrEqual(0);
}

/** Resets at every stage: before the request is whole, right after it, and while it is being decided. */
async function resetDuringAdmission(
  host: string,
  port: number,
  url: string,
  seen: () => number,
): Promise<void> {
  const request = upgradeRequest(url);
  for (let n = 0; n < 60; n += 1) {
    const socket = connect(port, host);
    socket.on("error", () => {});
    const whole = n % 3 !== 0;
    const handshakesBefore = seen();
    socket.write(whole ? request : request.slice(0, (n * 37) % request.length));
    if (whole) await until(() => seen() > handshakesBefore);
    socket.resetAndDestroy();
  }
}

class CountingFrame extends EncodedFrame {
  builds = 0;
  readonly forms: unknown[] = [];

  constructor(text: string) {
    super(Buffer.from(text), false);
  }

  override form<T>(transport: Parameters<typeof EncodedFrame.prototype.form<T>>[0]): T {
    const form = super.form<T>({
      key: transport.key,
      build: (frame) => {
        this.builds += 1;
        return transport.build(frame);
      },
    });
    this.forms.push(form);
    return form;
  }
}

function textFrame(text: string): EncodedFrame {
  return new EncodedFrame(Buffer.from(text), false);
}

function sessionOf(acceptor: RecordingAcceptor): RecordedSession {
  const session = acceptor.sessions.at(-1);
  if (session === undefined) throw new Error("no session was accepted");
  return session;
}
