import { rawHttp, withoutDate } from "@metricast/testkit";
import { describe, expect, test, vi } from "vitest";
import { type Guest, hostWith } from "./sample-host.js";

// A sample host, with metricast and without: whoever runs the service, or asks it, cannot tell.

// Processes are started: on a busy machine that alone takes long.
vi.setConfig({ testTimeout: 240_000 });

async function endOf(guest: Guest, how: "throw" | "reject" | "SIGTERM" | "SIGINT") {
  const { child } = await hostWith(guest);
  if (how === "throw" || how === "reject") child.say(how);
  else child.signal(how);
  const exit = await Promise.race([
    child.ended(30_000),
    new Promise<string>((resolve) =>
      setTimeout(() => resolve("lives on"), how.startsWith("SIG") ? 5_000 : 30_000),
    ),
  ]);
  // Where the error was thrown in the script is a line further down with a guest.
  const stack = child.stderr.replaceAll(/\(?(?:file:|node:|\[eval|data:).*/g, "");
  return { exit, stack: stack.slice(Math.max(0, stack.indexOf("Error:"))) };
}

describe("F7: how a host ends", () => {
  test.each(["throw", "reject", "SIGTERM", "SIGINT"] as const)("by %s: as without metricast", async (how) => {
    const [beside, alone] = await Promise.all([endOf("metricast", how), endOf("nobody", how)]);
    expect(beside).toEqual(alone);
    const expected = how.startsWith("SIG") ? { code: null, signal: how } : { code: 1, signal: null };
    expect(alone.exit).toEqual(expected);
  });

  test("twin: a guest that swallows errors and signals is noticed by this", async () => {
    const [thrown, told] = await Promise.all([
      endOf("a handler that swallows", "throw"),
      endOf("a handler that swallows", "SIGTERM"),
    ]);
    expect(thrown.exit).toEqual({ code: 0, signal: null });
    expect(told.exit).toBe("lives on");
  });
});

const line = (method: string, path: string, ...headers: readonly string[]) =>
  `${[`${method} ${path} HTTP/1.1`, "Host: a", "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;
const upgrade = (path: string, protocol: string) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

const requests = [
  ...[
    "/",
    "/api",
    "/api?x=1&y=%20",
    "/metricastle",
    "/missing/page",
    "/slow",
    "/a/../b",
    "/%00",
    "/METRICAST/",
    "/favicon.ico",
  ].map((path) => line("GET", path)),
  ...["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"].map((method) =>
    line(method, "/api", ...(method === "HEAD" ? [] : ["Content-Length: 0"])),
  ),
  `POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello`,
  `POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  line("GET", "/api", "Expect: 100-continue"),
  line("GET", "/api", "Range: bytes=0-3"),
  line("GET", "/api", "__proto__: x"),
  line("GET", "/api", "X-Long: ".padEnd(20_000, "x")),
  "GET /api HTTP/1.0\r\n\r\n",
  "GET /api HTTP/1.1\r\n\r\n",
  "NONSENSE\r\n\r\n",
  "GET /api HTTP/9.9\r\nHost: a\r\n\r\n",
  upgrade("/own", "websocket"),
  `${upgrade("/own", "h2c")}`,
];

describe("what a host answers", () => {
  test("to 30 requests is the same byte for byte; once metricast is closed listeners are as many, too", async () => {
    expect(requests).toHaveLength(30);
    const [beside, alone] = await Promise.all([hostWith("metricast"), hostWith("nobody")]);
    for (const request of requests) {
      const [mine, theirs] = await Promise.all([rawHttp(beside.port, request), rawHttp(alone.port, request)]);
      expect(withoutDate(mine), request.slice(0, 60)).toBe(withoutDate(theirs));
      expect(theirs.text, request.slice(0, 60)).not.toBe("");
    }
    for (const { child } of [beside, alone]) child.say("end");
    expect(await beside.child.says("listeners ")).toBe(await alone.child.says("listeners "));
  });
});
