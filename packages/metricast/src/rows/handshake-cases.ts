import { once } from "node:events";
import { createServer } from "node:http";
import { rawHttp, upgradeRequest } from "@metricast/testkit";
import { expect } from "vitest";
import { expectClose, expectServed, type InputCase, refusalOf } from "./input-case.js";
import type { InputStage } from "./input-stage.js";

// B35 and B37 to B41: upgrades that are refused, or taken all the same.

type Headers = readonly (readonly [string, string])[];

/** An upgrade that is answered with a plain status, before any session and, where the row says so, any hook. */
function refused(row: string, input: string, bytes: (url: string) => string, when?: string): InputCase {
  return {
    row,
    ...(when !== undefined && { when }),
    input,
    run: async (stage, answer) => {
      const response = await rawHttp(stage.port, bytes(stage.main.served.url));
      expect(response.status).toBe(answer.http);
      expect(stage.main.cast.health().clients.count).toBe(1);
    },
  };
}

const withHeaders = (headers: Headers) => (url: string) => upgradeRequest(url, { headers });
const without = (name: string) => (url: string) =>
  upgradeRequest(url)
    .split("\r\n")
    .filter((line) => !line.startsWith(`${name}:`))
    .join("\r\n");

/** By what the page's origin is made of, given the server's own. */
const foreign: readonly (readonly [string, (own: URL) => readonly string[]])[] = [
  ["another site", () => ["https://evil.example"]],
  ["null", () => ["null"]],
  ["an empty one", () => [""]],
  ["two headers, both the same origin", ({ origin }) => [origin, origin]],
  ["two headers, ours first", ({ origin }) => [origin, "https://evil.example"]],
  ["ours as the beginning of another", ({ host }) => [`http://${host}.evil.io`]],
  ["ours as a user name", ({ host }) => [`http://${host}@evil.io`]],
  ["another port", ({ hostname }) => [`http://${hostname}:1`]],
  ["no port", ({ hostname }) => [`http://${hostname}`]],
  ["another scheme", ({ host }) => [`https://${host}`]],
  ["another name of this machine", ({ port }) => [`http://localhost:${port}`]],
  ["with a path", ({ origin }) => [`${origin}/`]],
];

const origins = foreign.map(
  ([input, originsOf]): InputCase => ({
    row: "B35",
    input,
    run: async (stage, answer) => {
      const calls = stage.main.hookCalls.authenticate;
      const own = new URL(stage.main.served.url.replace("ws:", "http:"));
      const headers = originsOf(own).map((origin) => ["Origin", origin] as const);
      const { status, body } = await refusalOf(stage.stranger({ headers: [["X-User", "ann"], ...headers] }));
      expect([status, JSON.parse(body)]).toEqual([answer.http, { code: answer.http, name: "forbidden" }]);
      expect(stage.main.hookCalls.authenticate).toBe(calls);
    },
  }),
);

const keyOf = (key: string) => withHeaders([["Sec-WebSocket-Key", key]]);

const malformed: readonly InputCase[] = [
  refused("B37", "no key", without("Sec-WebSocket-Key")),
  ...["", "short", "AAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAA", "!".repeat(24)].map((key) =>
    refused("B37", `key ${JSON.stringify(key)}`, keyOf(key)),
  ),
  refused("B37", "no version", without("Sec-WebSocket-Version")),
  {
    row: "B37",
    input: "version 7, told the supported ones",
    run: async (stage, answer) => {
      const request = withHeaders([["Sec-WebSocket-Version", "7"]])(stage.main.served.url);
      const { status, headers } = await rawHttp(stage.port, request);
      expect(status).toBe(answer.http);
      expect(headers.get("sec-websocket-version")).toContain("13");
    },
  },
  ...["POST", "PUT", "HEAD", "OPTIONS"].map(
    (method): InputCase => ({
      row: "B38",
      input: method,
      run: async (stage, answer) => {
        const request = upgradeRequest(stage.main.served.url, { method, headers: [["Content-Length", "0"]] });
        const { status, headers } = await rawHttp(stage.port, request);
        expect([status, headers.get("allow")]).toEqual([answer.http, "GET"]);
      },
    }),
  ),
];

/** Names of two and three letters: with longer ones Node's limit of bytes would come first. */
const shortHeaders: Headers = Array.from({ length: 1_980 }, (_, index) => [
  `x${index.toString(36)}`,
  String(index % 10),
]);
const shortHeaderLines = shortHeaders.map(([name, value]) => `${name}: ${value}\r\n`).join("");
const large = "over Node's limit of header bytes";
/** More than Node takes, and little enough to be read in one go: what is left unread resets the connection. */
const largeHeader = "x".repeat(40_000);

/** Whether Node itself takes so many headers: later versions count them, and answer 431 before anybody is asked. */
async function nodeTakes(headerLines: string): Promise<boolean> {
  const server = createServer((_request, response) => response.end("ok"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    return (await rawHttp(port, `GET / HTTP/1.1\r\nHost: a\r\n${headerLines}\r\n`)).status === 200;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const headers: readonly InputCase[] = [
  {
    row: "B39",
    when: "1,990 short headers",
    input: "on an upgrade",
    run: async (stage) => {
      if (await nodeTakes(shortHeaderLines))
        await expectServed(await stage.connect({ headers: shortHeaders }));
      else expect((await refusalOf(stage.connect({ headers: shortHeaders }))).status).toBe(431);
    },
  },
  {
    row: "B39",
    when: "1,990 short headers",
    input: "on a plain request",
    run: async (stage) => {
      const request = `GET /metricast/health/live HTTP/1.1\r\nHost: a\r\n${shortHeaderLines}\r\n`;
      const response = await rawHttp(stage.port, request);
      if (await nodeTakes(shortHeaderLines)) expect(response.body).toBe('{"status":"ok"}');
      else expect(response.status).toBe(431);
    },
  },
  refused("B39", "a header of 40 KB on an upgrade", withHeaders([["X", largeHeader]]), large),
  {
    row: "B39",
    when: large,
    input: "a header of 40 KB on a plain request",
    run: async (stage, answer) => {
      const request = `GET /metricast/health HTTP/1.1\r\nHost: a\r\nX: ${largeHeader}\r\n\r\n`;
      expect((await rawHttp(stage.port, request)).status).toBe(answer.http);
    },
  },
  {
    row: "B41",
    input: "on an upgrade",
    run: async (stage) => {
      await expectServed(await stage.connect({ headers: [["__proto__", "x"]] }));
      expect(Object.getOwnPropertyNames({})).toEqual([]);
    },
  },
  {
    row: "B41",
    input: "on a plain request",
    run: async (stage) => {
      const request = "GET /metricast/health/live HTTP/1.1\r\nHost: a\r\n__proto__: x\r\n\r\n";
      expect((await rawHttp(stage.port, request)).status).toBe(200);
    },
  },
];

const ours = "metricast.v1.json";
const fillers = (count: number) => Array.from({ length: count }, (_, index) => `p${index.toString(36)}`);

const offered = (input: string, protocols: readonly string[]): InputCase => ({
  row: "B40",
  when: "ours is among them",
  input,
  run: async (stage) => {
    const client = await stage.connect({ protocols });
    expect(client.peer.response.headers.get("sec-websocket-protocol")).toBe(ours);
    await expectServed(client);
  },
});

const protocols: readonly InputCase[] = [
  ...["met ri", `${ours}, a b`, `${ours},,a`, "a/b", `${ours}, ${ours}`, "\u00e9", ","].map((value) =>
    refused(
      "B40",
      JSON.stringify(value),
      withHeaders([["Sec-WebSocket-Protocol", value]]),
      "illegal characters",
    ),
  ),
  offered("alone", [ours]),
  offered("after another", ["other.v1", ours]),
  offered("before the other of ours", [ours, "metricast.v1.bin"]),
  offered("the last of 2,000", [...fillers(1_999), ours]),
  ...([["metricast.v2.json"], ["METRICAST.V1.JSON"], fillers(2_000)] as const).map(
    (names): InputCase => ({
      row: "B40",
      when: "only unknown ones",
      input: `${names[0]}, ${names.length} in all`,
      run: async (stage, answer) => {
        const client = await stage.stranger({ protocols: names, headers: [["X-User", "ann"]] });
        expect(names).toContain(client.peer.response.headers.get("sec-websocket-protocol"));
        await expectClose(client, answer.close);
        expect(client.received.map(({ type }) => type)).toEqual(["bye"]);
      },
    }),
  ),
  {
    row: "B40",
    when: "none",
    input: "no header",
    run: async (stage: InputStage) => {
      const client = await stage.connect();
      expect(client.peer.response.headers.has("sec-websocket-protocol")).toBe(false);
      await expectServed(client);
    },
  },
];

export const handshakeCases: readonly InputCase[] = [...origins, ...malformed, ...headers, ...protocols];
