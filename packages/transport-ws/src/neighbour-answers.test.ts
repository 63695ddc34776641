import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  closePayload,
  HttpHost,
  opcodes,
  openPeer,
  RecordingAcceptor,
  until,
  upgradeRequest,
  wsFrame,
} from "@metricast/testkit";
import express from "express";
import { Server as SocketIo } from "socket.io";
import { createServer as createVite, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { attachWs } from "./index.js";

// Socket.IO, a plain endpoint of ws and Vite's dev server, all on one server of the host's: what each of them answers, byte by
// byte, is the same without metricast, beside it, and after it.

const path = "/metricast";
const hello = wsFrame({ opcode: opcodes.text, payload: "hello" });
const close = wsFrame({ opcode: opcodes.close, payload: closePayload(1000) });

interface Crowd {
  readonly host: HttpHost;
  readonly vite: ViteDevServer;
  stop(): Promise<void>;
}

async function gather(): Promise<Crowd> {
  const root = await mkdtemp(join(tmpdir(), "metricast-vite-"));
  const app = express();
  const host = await HttpHost.start(app);
  const vite = await createVite({
    root,
    configFile: false,
    logLevel: "silent",
    appType: "custom",
    server: { middlewareMode: true, hmr: { server: host.server }, watch: null },
  });
  app.get("/api", (_request, response) => {
    response.json({ of: "the host" });
  });
  app.use(vite.middlewares);
  const sockets = new SocketIo(host.server, { destroyUpgradeTimeout: 300 });
  const plain = new WebSocketServer({ noServer: true });
  plain.on("connection", (socket) => socket.on("message", (data) => socket.send(`echo ${data}`)));
  host.server.on("upgrade", (request, socket, head) => {
    if (request.url === "/plain")
      plain.handleUpgrade(request, socket, head, (peer) => plain.emit("connection", peer));
  });
  const stop = async () => {
    sockets.disconnectSockets(true);
    await vite.close();
    await host.close();
    await rm(root, { recursive: true, force: true });
  };
  return { host, vite, stop };
}

let crowd: Crowd;

beforeAll(async () => {
  crowd = await gather();
}, 60_000);

afterAll(() => crowd.stop());

/** An upgrade with a key that is always the same, so that the answer is. */
function upgrade(address: string, protocol?: string): string {
  const key = Buffer.alloc(16, 7).toString("base64");
  const headers = [["Sec-WebSocket-Key", key] as const];
  const url = crowd.host.ws(address);
  return upgradeRequest(url, { headers, ...(protocol !== undefined && { protocols: [protocol] }) });
}

const plainGet = (address: string, more = "") =>
  `GET ${address} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${more}\r\n`;
const token = () => `/?token=${crowd.vite.config.webSocketToken}`;

const requests: readonly (readonly [string, () => readonly (string | Buffer)[]])[] = [
  ["a route of the host's", () => [plainGet("/api")]],
  ["an address that nobody knows", () => [plainGet("/none")]],
  ["Socket.IO over HTTP", () => [plainGet("/socket.io/?EIO=4&transport=polling")]],
  ["Socket.IO's own mistake", () => [plainGet("/socket.io/?EIO=4&transport=none")]],
  ["Socket.IO over a WebSocket", () => [upgrade("/socket.io/?EIO=4&transport=websocket"), close]],
  ["the plain endpoint", () => [upgrade("/plain"), hello, close]],
  ["Vite's client", () => [plainGet("/@vite/client", "Accept: text/javascript\r\n")]],
  ["Vite's ping over HTTP", () => [plainGet("/", "Accept: text/x-vite-ping\r\n")]],
  ["Vite's hot updates", () => [upgrade(token(), "vite-hmr"), close]],
  ["Vite's ping", () => [upgrade("/", "vite-ping"), close]],
  ["Vite's hot updates without the token", () => [upgrade("/?token=none", "vite-hmr"), close]],
  ["an upgrade that is nobody's", () => [upgrade("/nobody")]],
];

/** Everything that comes until the other side has ended. */
async function answerTo(pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(crowd.host.port, "127.0.0.1");
  let text = "";
  let ended = false;
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("close", () => {
    ended = true;
  });
  socket.on("error", () => {});
  const [request = "", ...frames] = pieces;
  socket.write(request);
  for (const [k, frame] of frames.entries()) {
    await until(() => ended || text.includes("\r\n\r\n"));
    // One answer after the other, or they could come in one piece or in two.
    if (k > 0) await until(() => ended || text.includes("echo"));
    socket.write(frame);
  }
  await until(() => ended, 10_000, "the end of the connection");
  // What is drawn anew for everybody who comes.
  return text.replace(/^date: .*\r\n/gim, "").replace(/"sid":"[^"]{20}"/, '"sid":""');
}

describe("beside Socket.IO, a plain endpoint and Vite", () => {
  test.each(requests)("%s is answered the same", async (_, request) => {
    const before = await answerTo(request());
    const detach = attachWs(crowd.host.server, new RecordingAcceptor(), { path });
    const beside = await answerTo(request());
    detach();
    expect(beside).toBe(before);
    expect(await answerTo(request())).toBe(before);
  });

  test("each of them has answered, and metricast too", async () => {
    const acceptor = new RecordingAcceptor();
    const detach = attachWs(crowd.host.server, acceptor, { path });
    const answers = new Map<string, string>();
    for (const [name, request] of requests) answers.set(name, await answerTo(request()));
    const expected = [
      ["Socket.IO over HTTP", "200 OK", '"upgrades"'],
      ["Socket.IO over a WebSocket", "101 Switching", '"pingInterval"'],
      ["the plain endpoint", "101 Switching", "echo hello"],
      ["Vite's client", "200 OK", "vite-hmr"],
      ["Vite's hot updates", "101 Switching", '"connected"'],
    ] as const;
    for (const [name, ...parts] of expected) {
      for (const part of parts) expect(answers.get(name)).toContain(part);
    }
    const peer = await openPeer(crowd.host.ws(path));
    await until(() => acceptor.sessions.length === 1);
    peer.destroy();
    detach();
  });
});
