import { manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Columns, seriesState } from "../contracts/feed.js";
import { Stats } from "../health/stats.js";
import { AdmissionDesk, type AdmissionOptions } from "../sessions/admission.js";
import { ampleLimits } from "../sessions/testing/ample-limits.js";
import { watchedComparisons } from "../sessions/testing/watched-comparisons.js";
import { Tickets } from "../sessions/ticket.js";
import { httpHandler } from "./handler.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import type { MetricsRouteParts } from "./metrics-route.js";

const secret = "a shared secret of 32 characters";
const numbers = { ...ampleLimits, ticketTtlMs: 60_000 };

const columns: Columns = {
  series: [{ index: 0, slot: 0, width: 1, info: { name: "heat", labels: {}, kind: "gauge" }, bornTick: 0 }],
  values: Float64Array.of(21.5),
  states: Uint8Array.of(seriesState.live),
  slotCount: 1,
  staleCause: () => undefined,
};

const firing = {
  id: 'busy:load{zone="south"}',
  rule: "busy",
  state: "firing",
  severity: "warning",
  labels: {},
  channel: "metrics",
  value: 1,
  sinceMs: 1,
} as const;

function open(
  given: Partial<AdmissionOptions> & { metricsToken?: string } = {},
  drains = false,
  authorize: MetricsRouteParts["authorize"] = async ({ scope = {} }) => scope,
) {
  const clock = manualClock();
  const stats = new Stats();
  const codes: string[] = [];
  const time = { nowMs: () => clock.dateMs() };
  const random = { bytes: (count: number) => new Uint8Array(count).fill(7), fraction: () => 0.5 };
  const secrets = given.secret === undefined ? undefined : [given.secret];
  const tickets = new Tickets({ secrets, random, time });
  const options = { ...numbers, ...given };
  const report = (_: string, code: string) => void codes.push(code);
  const desk = new AdmissionDesk({ options, clock, random, tickets, clients: { count: 0 }, report, stats });
  const handle = httpHandler({
    options,
    desk,
    tickets,
    clock,
    time,
    report,
    stats,
    channels: () => [{ name: "metrics", feed: { columns } }],
    authorize,
    health: {
      version: "1.2.3",
      instance: "web-1",
      access: desk.access,
      uptimeMs: () => 1,
      clients: () => ({ count: 0, limit: 100 }),
      limits: () => [],
      memory: () => ({ usedBytes: 0, limitBytes: 1 }),
      cost: () => ({ cpuShare: 0, sourcesShare: 0, sentBytesPerSecond: 0 }),
      pressure: () => ({ level: 0, everyTicks: 1, lastValuesOnly: false }),
      store: () => undefined,
      sources: () => [],
      alerts: () => [firing],
      starting: () => false,
      draining: () => drains,
    },
  });
  return { handle, clock, stats, codes, tickets, desk };
}

const openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

interface Ask extends Partial<Omit<HttpRequest, "headers">> {
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(path: string, { headers = {}, ...rest }: Ask = {}): HttpRequest {
  const all = new Map(Object.entries({ host: "app.io", ...headers }));
  return { method: "GET", query: "", remoteAddress: "9.9.9.9", secure: false, ...rest, path, headers: all };
}

function bodyOf(response: HttpResponse | undefined): unknown {
  if (response === undefined) throw new Error("no answer");
  return JSON.parse(String(response.body));
}

describe("health", () => {
  it("is alive and ready", async () => {
    const { handle } = open();
    expect(await handle(ask("/health/live"))).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    expect(await handle(ask("/health/ready"))).toMatchObject({ status: 200, body: '{"status":"ready"}' });
  });

  it("is not ready while draining, yet alive", async () => {
    const { handle } = open({}, true);
    expect(await handle(ask("/health/live"))).toMatchObject({ status: 200 });
    expect(await handle(ask("/health/ready"))).toMatchObject({ status: 503, body: '{"status":"draining"}' });
  });

  it("shows all details to whom a ticket would be given, and says why nobody is", async () => {
    const { handle } = open({ identify: ({ headers }) => (headers.has("cookie") ? { id: "ann" } : null) });
    expect(bodyOf(await handle(ask("/health", { headers: { cookie: "a=b" } })))).toMatchObject({
      status: "ok",
    });
    expect(bodyOf(await handle(ask("/health")))).toEqual({ code: 401, name: "unauthenticated" });
    const undecided = open({ production: true });
    expect(bodyOf(await undecided.handle(ask("/health")))).toEqual({ code: 503, name: "MC_AUTH_MISSING" });
  });
});

describe("metrics", () => {
  const metricsToken = "a token of twenty characters";
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  it("are given to the holder of the token, and to nobody else, login or not", async () => {
    const { handle } = open({ metricsToken, identify: () => ({ id: "ann" }) });
    expect((await handle(ask("/metrics", bearer(metricsToken))))?.status).toBe(200);
    for (const wrong of [{}, bearer(`${metricsToken}x`), bearer("")]) {
      const refused = await handle(ask("/metrics", wrong));
      expect(refused).toMatchObject({ status: 401, headers: { "WWW-Authenticate": "Bearer" } });
    }
  });

  it("compare the token in a time that says nothing of how much of it is right, nor of how long it is", async () => {
    const { handle } = open({ metricsToken });
    const lengths = watchedComparisons();
    for (const token of [metricsToken, `${metricsToken.slice(0, -1)}x`, "short"])
      await handle(ask("/metrics", bearer(token)));
    // Digests.
    expect(lengths).toEqual([32, 32, 32]);
  });

  it("without a token are for whom the host's hooks know, held to what they may see", async () => {
    const identify = ({ headers }: HttpRequest) => {
      const zone = headers.get("x-zone");
      return zone === undefined ? null : { id: "ann", ...(zone !== "all" && { scope: { zone } }) };
    };
    const { handle } = open({ identify });
    const seen = async (zone: string) =>
      (await handle(ask("/metrics", { headers: { "x-zone": zone } })))?.body;
    expect(await seen("all")).toContain("heat");
    expect(await seen("north")).toBe("");
    expect((await handle(ask("/metrics")))?.status).toBe(401);
  });

  it("without a token are nothing of a channel that is not for whom the hooks know", async () => {
    const { handle } = open({ identify: () => ({ id: "ann" }) }, false, async () => undefined);
    expect(await handle(ask("/metrics"))).toMatchObject({ status: 200, body: "" });
  });

  it.each([
    ["text/plain", "text/plain; version=0.0.4; charset=utf-8", false],
    ["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3", openMetrics, true],
    ["application/openmetrics-text;q=0, text/plain", "text/plain; version=0.0.4; charset=utf-8", false],
  ])("come as %s asks", async (accept, contentType, ends) => {
    const { handle } = open();
    const response = await handle(ask("/metrics", { headers: { accept } }));
    expect(response?.headers).toMatchObject({ "Content-Type": contentType, Vary: "Accept" });
    expect(String(response?.body).endsWith("# EOF\n")).toBe(ends);
  });
});

it("alerts are in the report of whom events are for, and of nobody with a scope", async () => {
  const identify = ({ headers }: HttpRequest) => {
    const zone = headers.get("x-zone");
    return { id: "ann", ...(zone !== undefined && { scope: { zone } }) };
  };
  const { handle } = open({ identify });
  for (const path of ["/health", "/overview"]) {
    const count = async (headers: Record<string, string>) =>
      JSON.parse(String((await handle(ask(path, { headers })))?.body)).alerts.count;
    expect([await count({}), await count({ "x-zone": "north" })]).toEqual([1, 0]);
  }
});

describe("every route", () => {
  it("shows metrics as text", async () => {
    const { handle } = open();
    const response = await handle(ask("/metrics"));
    expect(response).toMatchObject({ status: 200, body: "# TYPE heat gauge\nheat 21.5\n" });
    expect(response?.headers["Content-Type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  it("is never cached and never sniffed", async () => {
    const { handle } = open({ secret });
    for (const path of ["/health", "/health/live", "/health/ready", "/metrics", "/ticket"]) {
      const response = await handle(ask(path));
      expect(response?.headers).toMatchObject({
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
      });
    }
  });

  it("answers HEAD with the headers of GET and no body", async () => {
    const { handle } = open();
    const get = await handle(ask("/metrics"));
    const head = await handle(ask("/metrics", { method: "HEAD" }));
    expect(head?.body).toBe("");
    expect(head?.headers).toEqual({ ...get?.headers, "Content-Length": String(get?.body.length) });
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "", "get"])(
    "answers %o with 405 and Allow",
    async (method) => {
      const { handle } = open();
      expect(await handle(ask("/health", { method }))).toMatchObject({
        status: 405,
        headers: { Allow: "GET, HEAD" },
      });
    },
  );

  it.each([
    "/",
    "",
    "/nope",
    "/health/",
    "/health/../ticket",
    "/..%2fhealth",
    "/health%00",
    "/__proto__",
    `/${"x".repeat(65_536)}`,
  ])("leaves %.20s to others", async (path) => {
    const { handle } = open();
    expect(handle.knows(path)).toBe(false);
    expect(await handle(ask(path))).toBeUndefined();
  });

  it("answers 414 to an endless query", async () => {
    const { handle } = open();
    expect(await handle(ask("/health", { query: "x".repeat(65_536) }))).toMatchObject({ status: 414 });
  });

  it("answers 500 and reports a fault of our own", async () => {
    const { handle, codes } = open();
    const broken = { ...ask("/ticket"), headers: new Map<string, string>() };
    broken.headers.get = () => {
      throw new Error("broken");
    };
    expect(await handle(broken)).toMatchObject({ status: 500, body: '{"code":500,"name":"internal"}' });
    expect(codes).toEqual(["MC_INTERNAL"]);
  });

  it("never rejects", async () => {
    const { handle } = open({ secret });
    const paths = fc.constantFrom("/health", "/metrics", "/ticket", "/health/live");
    const names = fc.constantFrom("origin", "host", "cookie", "authorization", "x-forwarded-for");
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.string(),
        fc.array(fc.tuple(names, fc.string())),
        async (path, query, headers) => {
          const response = await handle({ ...ask(path, { query }), headers: new Map(headers) });
          return response !== undefined && response.status < 500;
        },
      ),
    );
  });
});

describe("tickets", () => {
  it("name the visitor where a secret is set, and carry over to another instance", async () => {
    const { handle, clock } = open({ secret });
    const response = await handle(ask("/ticket", { method: "POST" }));
    const body = bodyOf(response);
    expect(body).toEqual({ ticket: expect.any(String), expiresMs: clock.dateMs() + 60_000 });
    const ticket = String(Reflect.get(Object(body), "ticket"));
    expect(open({ secret }).tickets.verify(ticket)).toEqual({ id: "visitor" });
    // No Path: the browser takes the folder of the request, behind any prefix.
    expect(response?.headers["Set-Cookie"]).toBe(
      `metricast_ticket=${ticket}; HttpOnly; SameSite=Strict; Max-Age=60`,
    );
  });

  it("are Secure over TLS, also that of a declared proxy", async () => {
    const direct = await open({ secret }).handle(ask("/ticket", { secure: true }));
    expect(direct?.headers["Set-Cookie"]).toMatch(/; Secure$/);
    const headers = { "x-forwarded-proto": "https" };
    const proxied = await open({ secret, trustProxy: ["9.9.9.9"] }).handle(ask("/ticket", { headers }));
    expect(proxied?.headers["Set-Cookie"]).toMatch(/; Secure$/);
    const untrusted = await open({ secret }).handle(ask("/ticket", { headers }));
    expect(untrusted?.headers["Set-Cookie"]).not.toMatch(/Secure/);
  });

  async function ticketOf(given: Partial<AdmissionOptions>, asked: Ask = {}) {
    const { handle, tickets, codes } = open(given);
    const response = await handle(ask("/ticket", asked));
    const ticket: unknown =
      response?.status === 200 ? Reflect.get(Object(bodyOf(response)), "ticket") : undefined;
    return {
      status: response?.status,
      identity: tickets.verify(String(ticket)),
      codes,
      body: response?.body,
    };
  }

  it("are refused in production while nobody decided who may watch, naming the code, even for the start token", async () => {
    const { tickets } = open();
    const headers = { authorization: `Bearer ${tickets.startToken}` };
    const refused = await ticketOf({ production: true }, { headers });
    expect(refused).toMatchObject({ status: 503, body: '{"code":503,"name":"MC_AUTH_MISSING"}' });
  });

  it("need the start token, or a ticket, in development with nothing configured", async () => {
    const { tickets } = open();
    const token = tickets.startToken;
    const holder = { status: 200, identity: { id: "start-token" } };
    expect(await ticketOf({})).toMatchObject({ status: 401 });
    expect(await ticketOf({}, { query: "token=wrong" })).toMatchObject({ status: 401 });
    expect(await ticketOf({}, { query: `token=${token}` })).toMatchObject(holder);
    expect(await ticketOf({}, { headers: { authorization: `Bearer ${token}` } })).toMatchObject(holder);
    const ticket = tickets.mint({ id: "ann" }, 60_000);
    const renewed = await ticketOf({}, { headers: { cookie: `metricast_ticket=${ticket}` } });
    expect(renewed).toMatchObject({ status: 200, identity: { id: "ann" } });
  });

  it("name whom identify knows", async () => {
    const identify = async (request: HttpRequest) => {
      const user = request.headers.get("x-user");
      return user === undefined ? null : { id: user, scope: { tenant: "a" } };
    };
    for (const production of [true, false]) {
      const known = await ticketOf({ identify, production }, { headers: { "x-user": "ann" } });
      expect(known).toMatchObject({ status: 200, identity: { id: "ann", scope: { tenant: "a" } } });
      const token = open().tickets.startToken;
      expect(await ticketOf({ identify, production }, { query: `token=${token}` })).toMatchObject({
        status: 401,
      });
    }
  });

  it("do not lead past authenticate", async () => {
    const authenticate = ({ headers }: { headers: ReadonlyMap<string, string> }) =>
      headers.get("x-user") === "ann" ? { id: "ann" } : null;
    const known = await ticketOf({ authenticate }, { headers: { "x-user": "ann" } });
    expect(known).toMatchObject({ status: 200, identity: { id: "ann" } });
    expect(await ticketOf({ authenticate })).toMatchObject({ status: 401 });
    expect(await ticketOf({ authenticate, secret })).toMatchObject({ status: 401 });
    expect(await ticketOf({ authenticate, public: true })).toMatchObject({ status: 401 });
    const { tickets } = open({ secret });
    const asked = { query: `token=${tickets.startToken}` };
    expect(await ticketOf({ authenticate, secret }, asked)).toMatchObject({
      identity: { id: "start-token" },
    });
  });

  it("are not for whoever comes past the host's login: that cannot be asked, and stands in front of nobody", async () => {
    let asked = 0;
    const identify = () => {
      asked += 1;
      return { id: "ann" };
    };
    for (const given of [{ secret }, { identify }]) {
      expect(await ticketOf(given)).toMatchObject({ status: 200 });
      expect(await ticketOf(given, { unguarded: true })).toMatchObject({ status: 401 });
    }
    expect(asked).toBe(1);
  });

  it("are not for pages of another origin", async () => {
    expect(await ticketOf({ secret }, { headers: { origin: "https://evil.io" } })).toMatchObject({
      status: 403,
    });
    expect(await ticketOf({ secret }, { headers: { origin: "http://app.io" } })).toMatchObject({
      status: 200,
    });
    const listed = { secret, origins: ["https://dash.io"] };
    expect(await ticketOf(listed, { headers: { origin: "https://dash.io" } })).toMatchObject({ status: 200 });
  });

  it("are refused where identify throws, or answers nonsense or too much, and the host is told", async () => {
    const wide = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`label${n}`, "v".repeat(900)]));
    const hooks: (() => unknown)[] = [
      () => Promise.reject(new Error("no")),
      () => true,
      () => ({ id: "" }),
      () => ({ id: "x", scope: wide }),
    ];
    for (const hook of hooks) {
      // Hosts without types answer anything.
      const identify = hook as NonNullable<AdmissionOptions["identify"]>;
      expect(await ticketOf({ identify })).toMatchObject({ status: 403, codes: ["MC_HOOK_FAILED"] });
    }
  });

  it("wait for identify, though not for ever", async () => {
    const { handle, clock, codes } = open({ identify: () => new Promise(() => {}) });
    const response = handle(ask("/ticket"));
    await clock.advanceAsync(5_000);
    expect(await response).toMatchObject({ status: 503, headers: { "Retry-After": "5" } });
    expect(codes).toEqual(["MC_HOOK_FAILED"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are minted by GET and POST only", async () => {
    expect(await ticketOf({ secret }, { method: "HEAD" })).toMatchObject({ status: 405 });
    expect(await ticketOf({ secret }, { method: "DELETE" })).toMatchObject({ status: 405 });
  });
});
