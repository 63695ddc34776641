import { rawHttp, until, withoutDate } from "@metricast/testkit";
import { expect } from "vitest";
import type { HookedService } from "./hooked-service.js";
import type { InputCase } from "./input-case.js";
import type { InputStage } from "./input-stage.js";
import type { RowAnswer } from "./row-answers.js";

// B33 to B46 over the routes whose requests are sessions of their own: who is let in, and what is asked for.

const routes = ["/stream", "/query", "/catalogue"] as const;
/** Of the channels one's hook never answers, so the catalogue is asked for by one of the others. */
const answered = ["/query", "/catalogue?channel=metrics"] as const;
const known = "X-User: ann";

async function ask(port: number, path: string, headers: readonly string[] = [known], method = "GET") {
  const lines = [`${method} /metricast${path} HTTP/1.1`, "Host: a", "Content-Length: 0", ...headers];
  return await rawHttp(port, `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
}

/** Refused with this status and name, the same on all routes and without a word beyond. */
async function expectRefused(
  port: number,
  status: number,
  name: string,
  headers: readonly string[],
  query = "",
) {
  for (const route of routes) {
    const answer = await ask(port, `${route}${query}`, headers);
    expect([answer.status, JSON.parse(answer.body)], route).toEqual([status, { code: status, name }]);
  }
}

const withoutToken = [
  "",
  "?ticket=",
  "?ticket=nonsense",
  "?ticket=a.b.c",
  `?ticket=${"x".repeat(8_000)}`,
].map(
  (query): InputCase => ({
    row: "B33",
    when: "missing or not valid",
    input: `over HTTP: ${query.slice(0, 20) || "none"}`,
    run: (stage, { error = "" }) => expectRefused(stage.port, 401, error, [], query),
  }),
);

const tokens: readonly InputCase[] = [
  ...withoutToken,
  {
    row: "B33",
    when: "missing or not valid",
    input: "over HTTP: a ticket that has run out, in a cookie and in the address",
    run: async (stage, { error = "" }) => {
      const ticket = await stage.ticket();
      const cookie = `Cookie: metricast_ticket=${ticket}`;
      expect((await ask(stage.port, `/query?ticket=${ticket}`, [])).status).toBe(200);
      await stage.pass(61);
      await expectRefused(stage.port, 401, error, [cookie]);
      await expectRefused(stage.port, 401, error, [], `?ticket=${ticket}`);
    },
  },
];

const hooks: readonly InputCase[] = [
  {
    row: "B34",
    when: "authenticate does not answer within 5 s",
    input: "over HTTP: a promise that never settles",
    run: async (stage, answer) => {
      for (const route of routes) {
        const calls = stage.main.hookCalls.authenticate;
        const asked = ask(stage.port, route, ["X-Mood: hangs"]);
        await until(() => stage.main.hookCalls.authenticate > calls);
        await stage.pass(5);
        const { status, headers } = await asked;
        expect([status, headers.get("retry-after")], route).toEqual([answer.http, "5"]);
      }
    },
  },
  ...["throws", "rejects", "nonsense"].map(
    (mood): InputCase => ({
      row: "B34",
      when: "authenticate throws or answers nonsense",
      input: `over HTTP: ${mood}`,
      run: (stage, { http = 0 }) => expectRefused(stage.port, http, "forbidden", [`X-Mood: ${mood}`]),
    }),
  ),
  ...["throws", "rejects", "nonsense"].map(
    (mood): InputCase => ({
      row: "B34",
      when: "authorize throws, hangs or answers nonsense",
      input: `over HTTP: ${mood}`,
      run: async (stage, answer) => {
        for (const route of ["/stream", "/query"])
          await expectBlamed(stage, answer, `${route}?channel=${mood}`, "channel", 403);
      },
    }),
  ),
];

const origins: readonly InputCase[] = [
  ...["https://evil.example", "null", "http://a.evil.io", "http://a\r\nOrigin: http://a"].map(
    (origin): InputCase => ({
      row: "B35",
      input: `over HTTP: ${JSON.stringify(origin)}`,
      run: async (stage, { http = 0 }) => {
        const calls = stage.main.hookCalls.authenticate;
        await expectRefused(stage.port, http, "forbidden", [known, `Origin: ${origin}`]);
        expect(stage.main.hookCalls.authenticate).toBe(calls);
      },
    }),
  ),
  {
    row: "B36",
    input: "over HTTP: a page of that host, without credentials",
    run: (stage) => expectRefused(stage.port, 401, "unauthenticated", ["Origin: http://a"]),
  },
  {
    row: "B41",
    input: "over HTTP: on each route",
    run: async (stage) => {
      for (const route of answered)
        expect((await ask(stage.port, route, [known, "__proto__: x"])).status).toBe(200);
      expect(Reflect.get({}, "x")).toBeUndefined();
    },
  },
];

/** What somebody who asks over HTTP is counted by. */
async function countedAs(
  { served, addresses }: HookedService,
  forwarded: string,
): Promise<string | undefined> {
  await ask(served.host.port, "/query", [known, `X-Forwarded-For: ${forwarded}`]);
  return addresses.at(-1);
}

const addresses: readonly InputCase[] = [
  {
    row: "B42",
    when: "the peer is no declared proxy",
    input: "over HTTP",
    run: async (stage) => expect(await countedAs(stage.main, "203.0.113.9")).toBe("127.0.0.1"),
  },
  {
    row: "B42",
    when: "it is",
    input: "over HTTP",
    run: async (stage) => {
      const service = await stage.also({ trustProxy: ["127.0.0.1"] });
      expect(await countedAs(service, "198.51.100.1, 203.0.113.9")).toBe("203.0.113.9");
      expect(await countedAs(service, "garbage")).toBe("127.0.0.1");
    },
  },
  {
    row: "B43",
    input: "over HTTP: addresses of one /64 have one address's rate",
    run: async (stage) => {
      const { served } = await stage.also({ trustProxy: ["127.0.0.1"], acceptBurstPerAddress: 2 });
      const from = (last: number) =>
        ask(served.host.port, "/query", [known, `X-Forwarded-For: 2001:db8::${last}`]);
      const statuses = [(await from(1)).status, (await from(2)).status, (await from(3)).status];
      expect(statuses).toEqual([200, 200, 429]);
    },
  },
];

const beside = [
  "/query/",
  "//query",
  "/%71uery",
  "/query%00",
  "/..%2fquery",
  "/stream/../query",
  "/QUERY",
  "/catalogue/metrics",
];
const oddRequests: readonly InputCase[] = [
  ...beside.map(
    (path): InputCase => ({
      row: "B44",
      when: "no route of ours",
      input: `GET ${path}`,
      run: async (stage) => {
        const elsewhere = await ask(stage.port, "/../nowhere/near");
        const asked = await ask(stage.port, path);
        expect(elsewhere.status).toBe(404);
        expect(withoutDate(asked)).toBe(withoutDate(elsewhere));
      },
    }),
  ),
  ...routes.map(
    (route): InputCase => ({
      row: "B44",
      when: "a method the route does not have",
      input: `HEAD, OPTIONS, TRACE, POST, PUT, DELETE ${route}`,
      run: async (stage, answer) => {
        for (const method of ["HEAD", "OPTIONS", "TRACE", "POST", "PUT", "DELETE"]) {
          const { status, headers } = await ask(stage.port, route, [known], method);
          expect([status, headers.get("allow")], method).toEqual([answer.http, "GET"]);
        }
      },
    }),
  ),
  {
    row: "B44",
    when: "Range",
    input: "of history and catalogue",
    run: async (stage) => {
      for (const route of answered) {
        const { status, headers, body } = await ask(stage.port, route, [known, "Range: bytes=0-9"]);
        expect([status, headers.has("content-range")]).toEqual([200, false]);
        expect(body).toContain("seconds");
      }
    },
  },
  ...routes.map(
    (route): InputCase => ({
      row: "B44",
      when: "a URL over 16 KB, where the host raised that limit",
      input: `64 KB ${route}`,
      run: async (stage, answer) => {
        const { port } = await stage.behindWideHeaders();
        expect((await ask(port, `${route}?select=${"x".repeat(65_536)}`)).status).toBe(answer.http);
      },
    }),
  ),
];

/** A refusal that names the field; the row's word, with the status that goes with it. */
async function expectBlamed(
  stage: InputStage,
  { error }: RowAnswer,
  address: string,
  field: string,
  status = 400,
) {
  const answer = await ask(stage.port, address);
  expect([answer.status, JSON.parse(answer.body)], address).toEqual([
    status,
    expect.objectContaining({ code: status, name: error, field }),
  ]);
}

const times = ["", "NaN", "abc", "-1", "1.5", "1e400", "9007199254740992", "[]", "0x1g"];
const bent: readonly (readonly [string, string])[] = [
  ...times.flatMap((time) => [
    [`/query?from=${time}&to=1`, "from"] as const,
    [`/query?from=1&to=${time}`, "to"] as const,
  ]),
  ["/query?from=2&to=1", "to"],
  ["/query?since=abc", "from"],
  ...["1e9", "2001", "0", "-1", "1.5", "x", ""].flatMap((points) => [
    [`/query?points=${points}`, "points"] as const,
    [`/stream?since=1000&points=${points}`, "points"] as const,
  ]),
  ...["sum", "", "__proto__"].map((merge) => [`/query?merge=${merge}`, "merge"] as const),
  ["/query?select=%7B", "select"],
  ["/stream?select=a&select=%7B", "select"],
  ["/query?items=", "items"],
  ["/query?items=%5B%5D", "items"],
  ["/query?items=%5Bnull%5D", "items"],
  ["/stream?items=%7B%22length%22%3A1%7D", "items"],
  ["/stream?since=abc", "sinceMs"],
  ["/catalogue?channel=metrics&from=abc", "from"],
  ["/catalogue?channel=metrics&select=%7B", "select"],
];

const queries: readonly InputCase[] = [
  ...bent.map(
    ([address, field]): InputCase => ({
      row: "B45",
      input: `over HTTP: ${address}`,
      run: (stage, answer) => expectBlamed(stage, answer, address, field),
    }),
  ),
  {
    row: "B45",
    input: "over HTTP: __proto__ and a field twice, of which the first counts",
    run: async (stage) => {
      const { status } = await ask(
        stage.port,
        "/query?__proto__=1&constructor=x&from=0&from=NaN&to=1&toString=5",
      );
      expect([status, Reflect.get({}, "points")]).toEqual([200, undefined]);
    },
  },
];

export const routeCases: readonly InputCase[] = [
  ...tokens,
  ...hooks,
  ...origins,
  ...addresses,
  ...oddRequests,
  ...queries,
];
