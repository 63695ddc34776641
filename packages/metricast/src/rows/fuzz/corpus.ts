import { closePayload, opcodes, upgradeRequest, wsFrame } from "@metricast/testkit";

/** Good inputs of each kind, to be spoilt. */

export const messages: readonly string[] = [
  { type: "hello", id: 1, version: 1, token: "t" },
  { type: "ping", id: 2 },
  { type: "list", id: 3, channel: "metrics" },
  {
    type: "subscribe",
    id: 4,
    items: [{ channel: "metrics", select: ["a*", 'b{x="y"}'], everyMs: 1_000, sinceMs: 60_000, points: 100 }],
  },
  {
    type: "subscribe",
    id: 5,
    items: [{ channel: "metrics", position: "v1.0123456789abcdef.50" }, { channel: "metricast" }],
  },
  { type: "update", id: 6, items: [{ view: 1, select: ["*"], everyMs: 5_000 }] },
  { type: "unsubscribe", id: 7, views: [1, 2] },
  { type: "query", id: 8, items: [{ channel: "metrics", from: 0, to: 2e12, points: 50, merge: "cluster" }] },
].map((message) => JSON.stringify(message));

export const frames: readonly Buffer[] = [
  ...messages.map((payload) => wsFrame({ opcode: opcodes.text, payload })),
  wsFrame({ opcode: opcodes.ping, payload: "ping" }),
  wsFrame({ opcode: opcodes.pong, payload: "1" }),
  wsFrame({ opcode: opcodes.binary, payload: Buffer.alloc(40, 7) }),
  wsFrame({ opcode: opcodes.text, payload: '{"type":', fin: false }),
  wsFrame({ opcode: opcodes.continuation, payload: '"ping"}' }),
  wsFrame({ opcode: opcodes.close, payload: closePayload(1000, "bye") }),
  wsFrame({ opcode: opcodes.text, payload: "x".repeat(16_000) }),
];

const url = "ws://127.0.0.1:1/metricast/";

export const handshakes: readonly Buffer[] = [
  upgradeRequest(url),
  upgradeRequest(url, { protocols: ["metricast.v1.json"], headers: [["Origin", "http://127.0.0.1:1"]] }),
  upgradeRequest(url, {
    headers: [
      ["X-Forwarded-For", "1.2.3.4, ::1"],
      ["Cookie", "metricast=x"],
      ["Authorization", "Bearer y"],
    ],
  }),
  upgradeRequest(`${url}?token=abc&ticket=def`, {
    headers: [["Sec-WebSocket-Extensions", "permessage-deflate"]],
  }),
].map((request) => Buffer.from(request));

export const requests: readonly Buffer[] = [
  ...[
    "/metricast/health",
    "/metricast/metrics",
    "/metricast/ticket",
    "/metricast/",
    "/metricast/health/live",
    "/metricast/ready?x=1",
  ].map(
    (path) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nCookie: metricast=x\r\nIf-None-Match: "x"\r\nConnection: close\r\n\r\n`,
  ),
  "POST /metricast/ticket HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
  "HEAD /metricast/metrics HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
].map((request) => Buffer.from(request));
