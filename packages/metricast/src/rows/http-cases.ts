import { rawHttp, withoutDate } from "@metricast/testkit";
import { expect } from "vitest";
import { type InputCase, refusalOf } from "./input-case.js";

// B44 and B53: plain requests that are odd, and text of clients that reaches a log.

const request = (method: string, path: string, ...headers: readonly string[]) =>
  `${[`${method} ${path} HTTP/1.1`, "Host: a", "Content-Length: 0", "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;

const unrouted = "no route of ours";
const strange = [
  "/metricast/nope",
  "/metricast",
  "/metricast/",
  "/metricast//health",
  "/metricast/health/",
  "/metricast/health/../ticket",
  "/metricast/..%2fhealth",
  "/metricast/%68ealth",
  "/metricast/health%00",
  "/metricast/__proto__",
  "/METRICAST/health",
  "/metricast2/health",
  "/etc/passwd",
  "/",
  `/metricast/${"x".repeat(8_000)}`,
];

const paths = [
  ...strange.map((path) => ["GET", path] as const),
  ...["OPTIONS", "TRACE", "POST", "DELETE", "PROPFIND"].map((method) => [method, "/metricast/nope"] as const),
];

const left = paths.map(
  ([method, path]): InputCase => ({
    row: "B44",
    when: unrouted,
    input: `${method} ${path.slice(0, 40)}`,
    run: async (stage) => {
      const known = await rawHttp(stage.port, request(method, "/nowhere/near"));
      const asked = await rawHttp(stage.port, request(method, path));
      expect(known.status).toBe(404);
      expect(withoutDate(asked)).toBe(withoutDate(known));
    },
  }),
);

const noMethod = "a method the route does not have";
const routes = [
  ["/metricast/health", "GET, HEAD"],
  ["/metricast/metrics", "GET, HEAD"],
  ["/metricast/ticket", "GET, POST"],
] as const;

const methods = routes.flatMap(([path, allow]) =>
  ["OPTIONS", "TRACE", "DELETE", "PUT", allow.includes("POST") ? "HEAD" : "POST"].map(
    (method): InputCase => ({
      row: "B44",
      when: noMethod,
      input: `${method} ${path}`,
      run: async (stage, answer) => {
        const { status, headers } = await rawHttp(stage.port, request(method, path));
        expect([status, headers.get("allow")]).toEqual([answer.http, allow]);
      },
    }),
  ),
);

const wholes: readonly InputCase[] = [
  {
    row: "B44",
    when: "Range",
    input: "of ten bytes",
    run: async (stage) => {
      // Where hooks decide, metrics are theirs too; of the usual ones here, one never answers.
      const { served } = await stage.also({ authorize: () => true });
      const ranged = request("GET", "/metricast/metrics", "X-User: ann", "Range: bytes=0-9");
      const { status, headers, body } = await rawHttp(served.host.port, ranged);
      expect([status, headers.has("content-range")]).toEqual([200, false]);
      expect(body).toContain("seconds");
    },
  },
  {
    row: "B44",
    when: "a URL over Node's limit of header bytes",
    input: "40 KB",
    run: async (stage, answer) => {
      const { status } = await rawHttp(stage.port, request("GET", `/metricast/health?${"x".repeat(40_000)}`));
      expect(status).toBe(answer.http);
    },
  },
  {
    row: "B44",
    when: "a URL over 16 KB, where the host raised that limit",
    input: "64 KB",
    run: async (stage, answer) => {
      const { port } = await stage.behindWideHeaders();
      const path = "/metricast/health/live";
      const { status } = await rawHttp(port, request("GET", `${path}?${"x".repeat(65_536)}`));
      expect(status).toBe(answer.http);
      expect((await rawHttp(port, request("GET", `${path}?${"x".repeat(16_000)}`))).status).toBe(200);
    },
  },
];

/** Node lets no line break and no ESC into a header; C1 controls, which terminals obey, it does. */
const escapes = "\u009b31m\u0085";
const texts = [
  ["terminal escapes", `https://evil.example/${escapes}`],
  ["8 KB", `https://${"x".repeat(8_000)}.example`],
  ["quotes and braces", '{"level":"info"},https://evil.example'],
  ["a token", "https://evil.example/?token=s3cret-s3cret-s3cret"],
] as const;

const logs = texts.map(
  ([input, origin]): InputCase => ({
    row: "B53",
    input: `${input}, in Origin and X-Forwarded-For`,
    run: async (stage) => {
      const { served, logged } = await stage.also({});
      const headers = [
        ["Origin", origin],
        ["X-Forwarded-For", origin],
      ] as const;
      for (let round = 0; round < 3; round += 1) await refusalOf(served.open({ headers }));
      const lines = logged.filter((line) => line.includes("evil") || line.includes("xxx"));
      // One line for each kind of report, however often it happens.
      expect(lines).toHaveLength(2);
      for (const line of lines) {
        expect(line).not.toMatch(/\p{Cc}/u);
        expect(line).not.toContain("s3cret");
        const [, fields]: [string, Record<string, unknown>] = JSON.parse(line);
        for (const text of Object.values(fields)) expect(String(text).length).toBeLessThanOrEqual(256);
      }
    },
  }),
);

export const httpCases: readonly InputCase[] = [...left, ...methods, ...wholes, ...logs];
