import { once } from "node:events";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import {
  HttpHost,
  openPeer,
  RecordingAcceptor,
  rawHttp,
  until,
  upgradeRequest,
  withoutDate,
} from "@metricast/testkit";
import express from "express";
import { Server as SocketIo } from "socket.io";
import { io } from "socket.io-client";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { attachWs } from "./index.js";

const path = "/metricast";
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<HttpHost> {
  const app = express();
  app.get("/api", (req, res) => {
    res.json({ upgrade: req.headers.upgrade, connection: req.headers.connection, raw: req.rawHeaders });
  });
  app.post("/api", express.text(), (req, res) => {
    res.send(`got ${req.body}`);
  });
  const host = await HttpHost.start(app);
  cleanups.push(() => host.close());
  return host;
}

interface Neighbour {
  readonly name: string;
  add(host: HttpHost): void;
  /** Resolves when the neighbour serves its own clients. */
  works(host: HttpHost): Promise<void>;
}

const socketIo: Neighbour = {
  name: "socket.io",
  add({ server }) {
    const sockets = new SocketIo(server, { transports: ["websocket"] });
    sockets.on("connection", (socket) => {
      socket.on("echo", (text: string) => socket.emit("echo", text));
    });
    cleanups.push(() => sockets.disconnectSockets(true));
  },
  async works({ port }) {
    const client = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnection: false });
    cleanups.push(() => client.close());
    const answer = new Promise((resolve) => client.on("echo", resolve));
    client.emit("echo", "hello");
    expect(await answer).toBe("hello");
  },
};

const plainWs: Neighbour = {
  name: "a WebSocketServer on the same server",
  add({ server }) {
    const sockets = new WebSocketServer({ server, path: "/plain" });
    sockets.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("message", (data) => socket.send(`echo ${data}`));
    });
  },
  async works(host) {
    const peer = await openPeer(host.ws("/plain"));
    peer.send("hello");
    await until(() => peer.messages.length === 1);
    expect(peer.messages).toEqual(["echo hello"]);
    peer.destroy();
  },
};

/** As frameworks do that send every upgrade through their own routes. */
const takesAll: Neighbour = {
  name: "a listener that answers every upgrade",
  add({ server }) {
    server.on("upgrade", (_, socket) => {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    });
  },
  async works(host) {
    await expect(openPeer(host.ws("/other"))).rejects.toThrow("404");
  },
};

async function serves(host: HttpHost, acceptor: RecordingAcceptor): Promise<void> {
  const peer = await openPeer(host.ws(path));
  peer.send("hello");
  await until(() => acceptor.sessions.at(-1)?.messages.length === 1);
  acceptor.sessions.at(-1)?.connection.ping(Uint8Array.of(1));
  await until(() => acceptor.sessions.at(-1)?.pongs.length === 1);
  // Long enough for a neighbour to have written its own answer into the socket.
  expect(peer.closeCode).toBeUndefined();
  peer.close(1000);
  await until(() => peer.ended);
  expect(peer.closeFrame?.code).toBe(1000);
}

describe.each([socketIo, plainWs, takesAll])("beside $name", (neighbour) => {
  test.each([
    ["after it", false],
    ["before it", true],
  ] as const)("attached %s, both work", async (_, first) => {
    const host = await start();
    const acceptor = new RecordingAcceptor();
    if (!first) neighbour.add(host);
    const detach = attachWs(host.server, acceptor, { path });
    if (first) neighbour.add(host);
    await serves(host, acceptor);
    await neighbour.works(host);
    await serves(host, acceptor);
    detach();
    await neighbour.works(host);
    expect(acceptor.sessions).toHaveLength(2);
  });
});

test("beside socket.io and a WebSocketServer at once, all three work", async () => {
  const host = await start();
  const acceptor = new RecordingAcceptor();
  const foreign = new WebSocketServer({ noServer: true });
  socketIo.add(host);
  attachWs(host.server, acceptor, { path });
  host.server.on("upgrade", (req, socket, head) => {
    if (req.url === "/plain") foreign.handleUpgrade(req, socket, head, (ws) => ws.send("plain"));
  });
  await serves(host, acceptor);
  await socketIo.works(host);
  const peer = await openPeer(host.ws("/plain"));
  await until(() => peer.messages.length === 1);
  peer.destroy();
});

const h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
const requests: readonly (readonly [string, string])[] = [
  ["GET with Upgrade: h2c", `GET /api HTTP/1.1\r\nHost: a\r\n${h2c}X-Käse: ü\r\n\r\n`],
  ["GET of a path the host does not know", `GET /none HTTP/1.1\r\nHost: a\r\n${h2c}\r\n`],
  ["GET of our own path", `GET ${path} HTTP/1.1\r\nHost: a\r\n${h2c}\r\n`],
  ["GET that closes", `GET /api HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: foo/2\r\n\r\n`],
  ["GET of HTTP/1.0", `GET /api HTTP/1.0\r\nHost: a\r\n${h2c}\r\n`],
  ["HEAD", `HEAD /none HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n`],
  [
    "POST with a body",
    `POST /api HTTP/1.1\r\nHost: a\r\n${h2c}Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello`,
  ],
  [
    "POST with a body in chunks",
    `POST /api HTTP/1.1\r\nHost: a\r\n${h2c}Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  ],
  ["a WebSocket upgrade of another path", upgradeRequest("ws://127.0.0.1/api").replace(/Key: .*/, "Key: x")],
];

describe("upgrades that are nobody's", () => {
  test.each(requests)("%s answers as without metricast", async (_, request) => {
    const host = await start();
    const ask = async () => withoutDate(await rawHttp(host.port, Buffer.from(request, "latin1")));
    const before = await ask();
    const detach = attachWs(host.server, new RecordingAcceptor(), { path });
    const beside = await ask();
    detach();
    expect(before).toMatch(/^HTTP\/1\.1 [245]/);
    expect(beside).toBe(before);
    expect(await ask()).toBe(before);
  });

  test("the connection serves further requests, as without metricast", async () => {
    const host = await start();
    const before = await askTwice(host.port);
    attachWs(host.server, new RecordingAcceptor(), { path });
    expect(await askTwice(host.port)).toBe(before);
    expect(before.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(before).toContain('"connection":"Upgrade, HTTP2-Settings"');
    expect(before).toContain('"connection":"close"');
  });

  test("a body is never read as a request, also where Node dropped its length among too many headers", async () => {
    const host = await start();
    attachWs(host.server, new RecordingAcceptor(), { path });
    const many = "a: 1\r\n".repeat(1_100);
    const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    const length = `Content-Length: ${smuggled.length}\r\n`;
    const request = `POST /api HTTP/1.1\r\nHost: a\r\n${h2c}${many}${length}\r\n${smuggled}`;
    const served: unknown[] = [];
    host.server.on("request", (req) => served.push(req.url));
    expect([200, 431]).toContain((await rawHttp(host.port, request)).status);
    await rawHttp(host.port, "GET /last HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(served.filter((url) => url !== "/api")).toEqual(["/last"]);
  });

  test("over TLS answer as without metricast, and our path is served", async () => {
    // A shared secret instead of a certificate: nothing to keep, nothing to expire.
    const server = createTlsServer({ ciphers: "PSK", pskCallback: () => psk }, (_, res) =>
      res.end("over TLS"),
    );
    const host = await HttpHost.listen(server);
    cleanups.push(() => host.close());
    const ask = (request: string) => overTls(host.port, request);
    const plain = `GET /api HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n`;
    const before = await ask(plain);
    const acceptor = new RecordingAcceptor();
    attachWs(server, acceptor, { path });
    expect(await ask(plain)).toBe(before);
    expect(before).toContain("over TLS");
    void ask(upgradeRequest(`wss://127.0.0.1${path}`));
    await until(() => acceptor.sessions.length === 1);
    expect(acceptor.handshakes[0]?.secure).toBe(true);
    acceptor.sessions[0]?.connection.terminate();
  });
});

async function askTwice(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => {
    if (text === "") socket.write("GET /api HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    text += chunk.toString("latin1");
  });
  socket.write(`GET /api HTTP/1.1\r\nHost: a\r\n${h2c}\r\n`);
  await once(socket, "close");
  return text.replace(/date: .*\r\n/gi, "");
}

const psk = Buffer.alloc(32, 7);

async function overTls(port: number, request: string): Promise<string> {
  const socket = connectTls({
    port,
    host: "127.0.0.1",
    ciphers: "PSK",
    pskCallback: () => ({ psk, identity: "client" }),
    checkServerIdentity: () => undefined,
  });
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.write(request);
  await once(socket, "close");
  return text.replace(/^date: .*\r\n/im, "");
}
