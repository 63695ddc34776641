import { connect } from "node:net";
import { type Admission, EncodedFrame, Packet } from "@metricast/core";
import { afterEach, describe, expect, test } from "vitest";
import { type RecordedSession, RecordingAcceptor, type RecordingOptions } from "./recording-acceptor.js";
import { allGivenBack, resources } from "./resources.js";
import { SsePeer } from "./sse-peer.js";
import { CountingFrame } from "./transport-messages.js";
import { type Listen, type ListeningTransport, sessionOf, textFrame, texts } from "./transport-stage.js";
import { until } from "./until.js";

/** What a session answers to the one request of a stream. */
const subscribed = '{"type":"subscribed","id":1,"items":[]}';

/**
 * What core relies on in a transport whose clients only read: the part of the transport contract that applies. There are no
 * messages but the one request, no pings that come back, and no close codes: a goodbye is a message as others are.
 */
export function streamContract(name: string, listen: Listen): void {
  describe(`stream contract: ${name}`, () => {
    const stage = new StreamStage(listen);
    afterEach(() => stage.clear());
    openings(stage);
    deliveries(stage);
    endings(stage);
  });
}

function openings(stage: StreamStage): void {
  test("the handshake is a copy that is still whole after admission waited, and says that nothing will follow", async () => {
    const { url, acceptor } = await stage.start();
    await stage.peer(`${url}?ticket=a%20b&x=1`, { Origin: "https://one.example", "X-One": "a" });
    const [handshake] = acceptor.handshakes;
    expect(handshake).toMatchObject({
      method: "GET",
      query: "ticket=a%20b&x=1",
      secure: false,
      protocols: [],
    });
    expect(handshake?.oneWay).toBe(true);
    expect(handshake?.remoteAddress).toMatch(/^(::ffff:)?127\.0\.0\.1$/);
    expect(handshake?.headers.get("origin")).toBe("https://one.example");
    expect(handshake?.headers.get("x-one")).toBe("a");
  });

  test("a refusal is answered with its status, headers and body", async () => {
    const body = JSON.stringify({ code: 429, name: "rate_limited" });
    const refused: Admission = { accepted: false, status: 429, headers: { "Retry-After": "7" }, body };
    const { url, acceptor } = await stage.start({ decide: () => refused });
    const peer = await stage.peer(url);
    await until(() => peer.ended);
    expect([peer.status, peer.text]).toEqual([429, body]);
    expect(peer.response.headers["retry-after"]).toBe("7");
    expect(acceptor.sessions).toHaveLength(0);
  });

  test("the ticket reaches accept, and the request is told as a message", async () => {
    const ticket = { who: "me" };
    const { session } = await stage.pair({ decide: () => ({ accepted: true, protocol: "", ticket }) });
    expect(session.admitted.ticket).toBe(ticket);
    expect(session.messages).toHaveLength(1);
    expect(JSON.parse(String(session.messages[0]))).toMatchObject({ type: "subscribe", id: 1 });
  });

  test("clients that reset while admission waits leave nothing behind", async () => {
    const { url, acceptor } = await stage.start({ admitMs: 20 });
    await stage.peer(url);
    const before = resources();
    for (let n = 0; n < 30; n++) {
      const seen = acceptor.handshakes.length;
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      socket.on("error", () => {});
      socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
      await until(() => acceptor.handshakes.length > seen);
      socket.resetAndDestroy();
    }
    await until(() => acceptor.open.length === 1, 5_000, "only the first client is left");
    await allGivenBack(before);
  });
}

function deliveries(stage: StreamStage): void {
  test("frames of every size arrive whole and in order, several in one send", async () => {
    const { peer, session } = await stage.pair();
    const sent = [0, 1, 125, 65_536, 200_000].map((size, n) => String(n).repeat(size));
    expect(session.connection.send(texts(...sent))).toBe(true);
    expect(session.connection.send(new Packet([]))).toBe(true);
    session.connection.ping(Uint8Array.of(1));
    expect(session.connection.send(texts("käse ☃ 𝄞"))).toBe(true);
    await until(() => peer.events.length === sent.length + 2);
    expect(peer.events.slice(1).map(({ data }) => data)).toEqual([...sent, "käse ☃ 𝄞"]);
    expect(session.pongs).toEqual([]);
  });

  test("a frame is built once for all streams", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url), await stage.peer(url)];
    const frame = new CountingFrame("shared");
    for (const session of acceptor.sessions) session.connection.send(new Packet([frame, frame]));
    await until(() => peers.every((peer) => peer.events.length === 3));
    expect(frame.builds).toBe(1);
    expect(new Set(frame.forms).size).toBe(1);
  });

  test("a packet's position is the id of its last event, and of those that follow without one", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(new Packet(["a", "b"].map(textFrame), undefined, true, "v1.x.7"));
    session.connection.send(texts("c"));
    await until(() => peer.events.length === 4);
    expect(peer.events.slice(1).map(({ data, lastEventId }) => [data, lastEventId])).toEqual([
      ["a", ""],
      ["b", "v1.x.7"],
      ["c", "v1.x.7"],
    ]);
  });

  test("what is sent before the stream is there goes ahead of all else", async () => {
    const { url, acceptor } = await stage.start();
    acceptor.onAccept = ({ connection }) => connection.send(texts('{"type":"welcome"}'));
    const peer = await stage.peer(url);
    sessionOf(acceptor).connection.send(texts("later"));
    await until(() => peer.events.length === 3);
    expect(peer.events.map(({ data }) => data)).toEqual(['{"type":"welcome"}', subscribed, "later"]);
  });

  test("bufferedBytes grows while a client does not read, send refuses at last, drained tells when it reads on", async () => {
    const { peer, session } = await stage.pair();
    const { connection } = session;
    peer.pause();
    const chunk = texts("x".repeat(256 * 1024));
    let accepted = 0;
    while (connection.send(chunk)) {
      accepted += 1;
      if (connection.bufferedBytes > 20 * 1024 * 1024) throw new Error("send accepts without bound");
      await new Promise(setImmediate);
    }
    expect(connection.bufferedBytes).toBeGreaterThan(1024 * 1024);
    const { drains } = session;
    peer.resume();
    await until(() => peer.events.length === accepted + 1, 10_000);
    await until(() => session.drains > drains);
    expect(connection.bufferedBytes).toBe(0);
    expect(connection.send(texts("again"))).toBe(true);
    await until(() => peer.events.at(-1)?.data === "again");
  });
}

function endings(stage: StreamStage): void {
  test("the server's close ends the stream after what was sent before, and is told with its code", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(texts("last words"));
    session.connection.close(4002, "reading too slowly");
    expect(session.connection.send(texts("late"))).toBe(false);
    await until(() => session.closes.length > 0 && peer.ended);
    expect(peer.events.at(-1)?.data).toBe("last words");
    expect(session.closes).toEqual([{ code: 4002, reason: "reading too slowly" }]);
  });

  test("a goodbye carries when to come back, as a field that EventSource reads", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(texts('{"type":"bye","code":1012,"reason":"restarting","reconnectAfterMs":777}'));
    session.connection.close(1012, "restarting");
    await until(() => peer.ended);
    expect(peer.retryMs).toBe(777);
  });

  test("terminate ends at once, and a client that vanishes is 1006", async () => {
    const { peer, session } = await stage.pair();
    session.connection.terminate();
    await until(() => session.closes.length > 0 && peer.ended);
    expect(session.closes[0]?.code).toBe(1006);
    const other = await stage.pair();
    other.peer.destroy();
    await until(() => other.session.closes.length > 0);
    expect(other.session.closes[0]?.code).toBe(1006);
  });

  test("a closed connection takes every call and answers none", async () => {
    const { peer, session } = await stage.pair();
    peer.destroy();
    await until(() => session.closes.length > 0);
    const { connection } = session;
    expect(connection.send(texts("late"))).toBe(false);
    connection.ping(Uint8Array.of(1));
    connection.close(1000, "closed");
    connection.terminate();
    connection.terminate();
    expect(connection.bufferedBytes).toBeGreaterThanOrEqual(0);
    expect(session.closes).toHaveLength(1);
  });

  test("a session that ends inside accept is a refusal with the time to come back", async () => {
    const { url, acceptor } = await stage.start();
    acceptor.onAccept = ({ connection }) => {
      connection.send(texts('{"type":"bye","code":1013,"reason":"later","reconnectAfterMs":2500}'));
      connection.close(1013, "later");
    };
    const peer = await stage.peer(url);
    expect([peer.status, peer.response.headers["retry-after"]]).toEqual([503, "3"]);
    await until(() => acceptor.open.length === 0);
    expect(sessionOf(acceptor).closes[0]?.code).toBe(1013);
  });
}

/** Answers each session's request, as core does. */
class AnsweringAcceptor extends RecordingAcceptor {
  onAccept: (session: RecordedSession) => void = () => {};

  override accept(...given: Parameters<RecordingAcceptor["accept"]>): RecordedSession {
    super.accept(...given);
    const session = sessionOf(this);
    session.onMessage = () =>
      session.connection.send(new Packet([new EncodedFrame(Buffer.from(subscribed), false)]));
    this.onAccept(session);
    return session;
  }
}

class StreamStage {
  readonly #listen: Listen;
  readonly #peers: SsePeer[] = [];
  readonly #transports: ListeningTransport[] = [];
  readonly #acceptors: AnsweringAcceptor[] = [];

  constructor(listen: Listen) {
    this.#listen = listen;
  }

  async start(recording: RecordingOptions = {}): Promise<{ url: string; acceptor: AnsweringAcceptor }> {
    const acceptor = new AnsweringAcceptor(recording);
    this.#acceptors.push(acceptor);
    const transport = await this.#listen(acceptor);
    this.#transports.push(transport);
    return { url: transport.url, acceptor };
  }

  async peer(url: string, headers?: Readonly<Record<string, string>>): Promise<SsePeer> {
    const peer = await SsePeer.open(url, headers);
    this.#peers.push(peer);
    return peer;
  }

  /** A server with one client on it. */
  async pair(recording?: RecordingOptions): Promise<{ peer: SsePeer; session: RecordedSession }> {
    const { url, acceptor } = await this.start(recording);
    const peer = await this.peer(url);
    await until(() => peer.events.length === 1);
    return { peer, session: sessionOf(acceptor) };
  }

  async clear(): Promise<void> {
    for (const peer of this.#peers.splice(0)) peer.destroy();
    const acceptors = this.#acceptors.splice(0);
    await until(() => acceptors.every(({ open }) => open.length === 0), 5_000, "sessions are closed");
    for (const transport of this.#transports.splice(0)) await transport.close();
    for (const { sessions } of acceptors)
      for (const session of sessions) expect(session.closes).toHaveLength(1);
  }
}
