import { manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Admission, Handshake } from "../contracts/connection.js";
import { Stats } from "../health/stats.js";
import { AdmissionDesk, type AdmissionOptions, anonymous } from "./admission.js";
import type { AdmissionTicket } from "./admission-ticket.js";
import { ampleLimits } from "./testing/ample-limits.js";
import { startTokenIdentity, Tickets } from "./ticket.js";

const secret = "a shared secret of 32 characters";

type Reported = { severity: string; code: string; details: Record<string, unknown>; cause: unknown };

function open(options: Partial<AdmissionOptions> = {}, clients = { count: 0 }, fraction = () => 0.5) {
  const clock = manualClock();
  const stats = new Stats();
  const reports: Reported[] = [];
  const tickets = new Tickets({
    secrets: options.secret === undefined ? undefined : [options.secret],
    random: { bytes: (count) => new Uint8Array(count).fill(7) },
    time: { nowMs: () => clock.dateMs() },
  });
  const desk = new AdmissionDesk({
    options: { ...ampleLimits, ...options },
    clock,
    random: { fraction },
    tickets,
    clients,
    stats,
    report: (severity, code, details, cause) => reports.push({ severity, code, details, cause }),
  });
  const codes = () => reports.map((report) => report.code);
  return { desk, clock, stats, tickets, clients, reports, codes };
}

interface Hand extends Partial<Omit<Handshake, "headers">> {
  readonly headers?: Readonly<Record<string, string>>;
}

function hand({ headers = {}, ...rest }: Hand = {}): Handshake {
  return {
    method: "GET",
    path: "/metricast/",
    query: "",
    remoteAddress: "9.9.9.9",
    secure: false,
    protocols: ["metricast.v1.json"],
    ...rest,
    headers: new Map(Object.entries({ host: "app.io", ...headers })),
  };
}

function ticketOf(admission: Admission): AdmissionTicket {
  if (!admission.accepted) throw new Error(`refused: ${admission.status}`);
  // The desk alone makes tickets.
  return admission.ticket as AdmissionTicket;
}

function refusalOf(admission: Admission) {
  if (admission.accepted) throw new Error("admitted");
  const body: unknown = JSON.parse(admission.body);
  return {
    status: admission.status,
    retryAfter: admission.headers["Retry-After"],
    body,
    headers: admission.headers,
  };
}

describe("refusals before the upgrade", () => {
  it("answers 405 to anything but GET", async () => {
    const { desk, stats } = open();
    const refused = refusalOf(await desk.admit(hand({ method: "POST" })));
    expect(refused).toMatchObject({ status: 405, body: { code: 405, name: "method_not_allowed" } });
    expect(refused.headers).toMatchObject({ Allow: "GET", Connection: "close" });
    expect(refused.headers["Content-Type"]).toContain("application/json");
    expect(stats.refused).toBe(1);
  });

  it("answers 503 with Retry-After while draining, before anything else", async () => {
    const { desk, reports } = open({ public: true });
    desk.announce();
    void desk.drain(1_500);
    const said = reports.length;
    const refused = refusalOf(
      await desk.admit(hand({ method: "POST", headers: { origin: "https://evil.io" } })),
    );
    expect(refused).toMatchObject({ status: 503, retryAfter: "2", body: { code: 503, name: "unavailable" } });
    expect(reports).toHaveLength(said);
  });

  it("answers 429 with Retry-After to a flood from one address, and serves the others", async () => {
    const { desk, clock } = open({ acceptBurstPerAddress: 3, acceptsPerSecondPerAddress: 1 });
    for (let n = 0; n < 3; n += 1) expect((await desk.admit(hand())).accepted).toBe(true);
    const refused = refusalOf(await desk.admit(hand()));
    expect(refused).toMatchObject({
      status: 429,
      retryAfter: "1",
      body: { code: 429, name: "rate_limited" },
    });
    expect((await desk.admit(hand({ remoteAddress: "8.8.8.8" }))).accepted).toBe(true);
    clock.advance(1_000);
    expect((await desk.admit(hand())).accepted).toBe(true);
  });

  it("counts a rotating /64 and an IPv4 address in IPv6 clothes as one", async () => {
    const { desk } = open({ acceptBurstPerAddress: 1 });
    expect((await desk.admit(hand({ remoteAddress: "2001:db8:0:1::1" }))).accepted).toBe(true);
    expect((await desk.admit(hand({ remoteAddress: "2001:db8:0:1:ffff::2" }))).accepted).toBe(false);
    expect((await desk.admit(hand({ remoteAddress: "1.2.3.4" }))).accepted).toBe(true);
    expect((await desk.admit(hand({ remoteAddress: "::ffff:1.2.3.4" }))).accepted).toBe(false);
  });

  it("answers 503 with Retry-After over the rate of the whole process", async () => {
    const { desk, clock } = open({ acceptsPerSecond: 5 });
    const admit = (n: number) => desk.admit(hand({ remoteAddress: `10.0.0.${n}` }));
    for (let n = 0; n < 5; n += 1) expect((await admit(n)).accepted).toBe(true);
    expect(refusalOf(await admit(5))).toMatchObject({ status: 503, retryAfter: "1" });
    clock.advance(200);
    expect((await admit(6)).accepted).toBe(true);
  });

  it("does not let what one flooder is refused use up everybody's rate", async () => {
    const { desk } = open({ acceptsPerSecond: 5, acceptBurstPerAddress: 2 });
    for (let n = 0; n < 100; n += 1) await desk.admit(hand());
    expect((await desk.admit(hand({ remoteAddress: "8.8.8.8" }))).accepted).toBe(true);
  });

  it.each([
    "https://evil.io",
    "null",
    "http://app.io, http://app.io",
    "http://app.io.evil.io",
    "http://app.io:81",
    "https://app.io",
  ])("answers 403 to the origin %s, whatever the credentials", async (origin) => {
    const { desk, tickets } = open();
    const headers = { origin, authorization: `Bearer ${tickets.startToken}` };
    expect(refusalOf(await desk.admit(hand({ headers })))).toMatchObject({
      status: 403,
      body: { name: "forbidden" },
    });
  });

  it("tells the host which origin it expected", async () => {
    const { desk, reports } = open({ trustProxy: ["10.0.0.0/8"] });
    const headers = { origin: "https://app.io" };
    await desk.admit(hand({ headers }));
    const forwarded = { ...headers, "x-forwarded-host": "dash.io", "x-forwarded-proto": "https" };
    await desk.admit(hand({ remoteAddress: "10.0.0.1", headers: forwarded }));
    expect(reports.map(({ details }) => details)).toMatchObject([
      { reason: "origin", origin: "https://app.io", expected: "http://app.io" },
      { reason: "origin", origin: "https://app.io", expected: "https://dash.io" },
    ]);
  });

  it("admits the same origin, a listed one, and no origin", async () => {
    const { desk } = open({ origins: ["https://dash.io"] });
    for (const headers of [{ origin: "http://app.io" }, { origin: "https://dash.io" }, {}]) {
      expect((await desk.admit(hand({ headers }))).accepted).toBe(true);
    }
  });

  it("answers 429 at the limit of clients of one address, until one leaves", async () => {
    const { desk } = open({ maxClientsPerAddress: 2 });
    for (let n = 0; n < 2; n += 1) {
      expect((await desk.admit(hand())).accepted).toBe(true);
      desk.opened(desk.addressOf(hand()));
    }
    expect(refusalOf(await desk.admit(hand()))).toMatchObject({
      status: 429,
      retryAfter: "10",
      body: { name: "limit" },
    });
    expect((await desk.admit(hand({ remoteAddress: "8.8.8.8" }))).accepted).toBe(true);
    desk.left(desk.addressOf(hand()));
    expect((await desk.admit(hand())).accepted).toBe(true);
  });

  it("takes the address from declared proxies only", async () => {
    const declared = open({ trustProxy: ["10.0.0.0/8"], acceptBurstPerAddress: 1 });
    const via = (n: number) =>
      hand({ remoteAddress: "10.0.0.1", headers: { "x-forwarded-for": `1.1.1.${n}` } });
    expect((await declared.desk.admit(via(1))).accepted).toBe(true);
    expect((await declared.desk.admit(via(2))).accepted).toBe(true);
    expect((await declared.desk.admit(via(1))).accepted).toBe(false);
    expect(declared.codes()).not.toContain("MC_PROXY_UNDECLARED");

    const undeclared = open({ acceptBurstPerAddress: 1 });
    expect((await undeclared.desk.admit(via(1))).accepted).toBe(true);
    expect((await undeclared.desk.admit(via(2))).accepted).toBe(false);
    expect((await undeclared.desk.admit(via(3))).accepted).toBe(false);
    expect(undeclared.codes().filter((code) => code === "MC_PROXY_UNDECLARED")).toHaveLength(1);
  });

  it("refuses nonsense options at once", () => {
    expect(() => open({ trustProxy: ["proxy.local"] })).toThrow("MC_OPTION_INVALID");
    expect(() => open({ origins: ["*"] })).toThrow("MC_OPTION_INVALID");
  });
});

describe("what is accepted only to be closed", () => {
  it("is a client over the limit, told to come back at a spread time", async () => {
    const clients = { count: 100 };
    const low = open({}, clients, () => 0);
    const high = open({}, clients, () => 0.999999);
    const first = ticketOf(await low.desk.admit(hand()));
    const second = ticketOf(await high.desk.admit(hand()));
    expect(first).toMatchObject({ closeWith: "tryLater", reconnectAfterMs: 5_000, needsHello: false });
    expect(second.reconnectAfterMs).toBe(15_000);
    expect(low.stats.overLimit).toBe(1);
    expect(low.codes()).toContain("MC_CLIENT_LIMIT");
    clients.count = 99;
    expect(ticketOf(await low.desk.admit(hand())).closeWith).toBeUndefined();
  });

  it("is a client that became one too many while the hook was asked", async () => {
    const clients = { count: 99 };
    const authenticate = async () => {
      clients.count = 100;
      return { id: "ann" };
    };
    const { desk } = open({ authenticate }, clients);
    expect(ticketOf(await desk.admit(hand()))).toMatchObject({ closeWith: "tryLater" });
  });

  it("is a client that offers only what we do not speak; a name it offered is answered, or it could not read the close", async () => {
    const { desk } = open();
    const admission = await desk.admit(hand({ protocols: ["graphql-ws", "metricast.v9.json"] }));
    expect(admission).toMatchObject({ accepted: true, protocol: "graphql-ws" });
    expect(ticketOf(admission)).toMatchObject({ closeWith: "unsupportedVersion" });
    const many = Array.from({ length: 2_000 }, (_, n) => `p${n}`);
    expect(await desk.admit(hand({ protocols: [...many, "metricast.v1.json"] }))).toMatchObject({
      protocol: "metricast.v1.json",
    });
    expect(await desk.admit(hand({ protocols: [] }))).toMatchObject({ accepted: true, protocol: "" });
  });

  it("is everybody in production while nobody decided who may watch, said once", async () => {
    const { desk, reports, tickets } = open({ production: true });
    const headers = { authorization: `Bearer ${tickets.startToken}` };
    for (let n = 0; n < 3; n += 1) {
      const ticket = ticketOf(await desk.admit(hand({ headers })));
      expect(ticket).toMatchObject({ closeWith: "unauthenticated", misconfigured: true, needsHello: false });
      expect(ticket.identity).toBeUndefined();
    }
    expect(reports.filter((report) => report.code === "MC_AUTH_MISSING")).toHaveLength(1);
    expect(reports[0]).toMatchObject({ severity: "error" });
    expect(desk.access).toBe("misconfigured");
  });

  it.each([
    [{ secret }, "decided"],
    [{ authenticate: () => null }, "decided"],
    [{ identify: () => null }, "decided"],
    [{ public: true }, "public"],
    [{ production: false }, "unset"],
    [{ secrets: [], public: false }, "misconfigured"],
  ] satisfies [Partial<AdmissionOptions>, string][])("in production %o is %s", async (options, access) => {
    const { desk } = open({ production: true, ...options });
    expect(desk.access).toBe(access);
    expect(ticketOf(await desk.admit(hand())).misconfigured).toBe(
      access === "misconfigured" ? true : undefined,
    );
  });
});

describe("credentials", () => {
  it("asks for a hello when the handshake carries none", async () => {
    const { desk } = open();
    expect(ticketOf(await desk.admit(hand()))).toEqual({
      address: "9.9.9.9",
      codec: "json",
      needsHello: true,
    });
  });

  it("takes a ticket from cookie, Authorization and query, and the start token but from the cookie", async () => {
    const { desk, tickets } = open({ secret });
    const ticket = tickets.mint({ id: "ann" }, 60_000);
    const carriers = (token: string): Hand[] => [
      { headers: { cookie: `a=b; metricast_ticket=${token}; c=d` } },
      { headers: { authorization: `bearer ${token}` } },
      { query: `x=1&ticket=${encodeURIComponent(token)}` },
      { query: `?ticket=${encodeURIComponent(token)}` },
    ];
    for (const carrier of carriers(ticket)) {
      expect(ticketOf(await desk.admit(hand(carrier)))).toMatchObject({
        identity: { id: "ann" },
        needsHello: false,
      });
    }
    const byToken = await Promise.all(
      carriers(tickets.startToken).map((carrier) => desk.admit(hand(carrier))),
    );
    expect(byToken.map((admission) => ticketOf(admission).identity)).toEqual([
      undefined,
      startTokenIdentity,
      startTokenIdentity,
      startTokenIdentity,
    ]);
  });

  it("passes over what is not ours, and a cookie that is not good beside one that is", async () => {
    const { desk, tickets } = open({ secret });
    const foreign = { authorization: "Bearer eyJhbGciOiJub25lIn0.e30.", cookie: "metricast_ticket=old" };
    expect(ticketOf(await desk.admit(hand({ headers: foreign, query: "ticket=1" })))).toMatchObject({
      needsHello: true,
    });
    const cookie = `metricast_ticket=stale, metricast_ticket=${tickets.mint({ id: "ann" }, 60_000)}`;
    expect(ticketOf(await desk.admit(hand({ headers: { cookie } }))).identity).toEqual({ id: "ann" });
    const many = `${"metricast_ticket=x; ".repeat(4)}metricast_ticket=${tickets.mint({ id: "ann" }, 60_000)}`;
    expect(ticketOf(await desk.admit(hand({ headers: { cookie: many } }))).identity).toBeUndefined();
  });

  it("verifies the token of a hello", () => {
    const { desk, tickets } = open({ secret });
    expect(desk.verifyToken(tickets.startToken)).toEqual(startTokenIdentity);
    expect(desk.verifyToken(tickets.mint({ id: "ann" }, 60_000))).toEqual({ id: "ann" });
    expect(desk.verifyToken("")).toBeUndefined();
  });

  it("serves everybody where public is true, and says so once; a ticket still names its holder", async () => {
    const { desk, tickets, codes } = open({ public: true, production: true });
    expect(ticketOf(await desk.admit(hand()))).toMatchObject({ identity: anonymous, needsHello: false });
    const headers = { authorization: `Bearer ${tickets.mint({ id: "ann" }, 60_000)}` };
    expect(ticketOf(await desk.admit(hand({ headers }))).identity).toEqual({ id: "ann" });
    expect(codes()).toEqual(["MC_PUBLIC"]);
  });

  it("never grants anything for an address", async () => {
    const { desk } = open();
    expect(ticketOf(await desk.admit(hand({ remoteAddress: "127.0.0.1" })))).toMatchObject({
      needsHello: true,
    });
  });
});

describe("authenticate", () => {
  it("decides first, with a copy of its identity", async () => {
    const identity = { id: "ann", scope: { tenant: "a" }, role: "x" };
    const { desk, tickets } = open({ secret, authenticate: async () => identity });
    const headers = { authorization: `Bearer ${tickets.mint({ id: "bob" }, 60_000)}` };
    const known = ticketOf(await desk.admit(hand({ headers }))).identity;
    expect(known).toEqual({ id: "ann", scope: { tenant: "a" } });
    expect(known).not.toBe(identity);
  });

  it("that answers null leaves it to tickets and hello", async () => {
    const { desk, tickets } = open({ secret, authenticate: () => null });
    expect(ticketOf(await desk.admit(hand()))).toMatchObject({ needsHello: true });
    const headers = { authorization: `Bearer ${tickets.mint({ id: "bob" }, 60_000)}` };
    expect(ticketOf(await desk.admit(hand({ headers }))).identity).toEqual({ id: "bob" });
  });

  const failures: [string, () => unknown][] = [
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["answers true", () => true],
    ["answers an empty id", () => ({ id: "" })],
    ["answers a scope that is no object", () => ({ id: "a", scope: "tenant" })],
    [
      "answers a getter that throws",
      () => ({
        get id() {
          throw new Error("no");
        },
      }),
    ],
  ];

  it.each(failures)("that %s refuses with 403 and is reported", async (_, authenticate) => {
    // Hosts without types answer anything.
    const hook = authenticate as NonNullable<AdmissionOptions["authenticate"]>;
    const { desk, reports, stats, tickets } = open({ authenticate: hook });
    const headers = { authorization: `Bearer ${tickets.startToken}` };
    expect(refusalOf(await desk.admit(hand({ headers })))).toMatchObject({
      status: 403,
      body: { name: "forbidden" },
    });
    expect(reports[0]).toMatchObject({
      severity: "error",
      code: "MC_HOOK_FAILED",
      details: { hook: "authenticate" },
    });
    expect(stats.hookFailures).toBe(1);
  });

  it("that hangs is answered 503 after its time, and leaves no timer", async () => {
    const { desk, clock, reports } = open({ authenticate: () => new Promise(() => {}) });
    const admission = desk.admit(hand());
    await clock.advanceAsync(4_999);
    expect(reports).toEqual([]);
    await clock.advanceAsync(1);
    expect(refusalOf(await admission)).toMatchObject({ status: 503, retryAfter: "5" });
    expect(reports[0]).toMatchObject({ code: "MC_HOOK_FAILED", details: { reason: "timeout" } });
    expect(clock.pendingTimers).toBe(0);
  });

  it("in time leaves no timer, and a drain or a full address meanwhile still counts", async () => {
    let answer: (identity: { id: string }) => void = () => {};
    const authenticate = () =>
      new Promise<{ id: string }>((resolve) => {
        answer = resolve;
      });
    const { desk, clock } = open({ authenticate, maxClientsPerAddress: 1 });
    const full = desk.admit(hand());
    desk.opened("9.9.9.9");
    answer({ id: "ann" });
    expect(refusalOf(await full).status).toBe(429);
    desk.left("9.9.9.9");
    const drained = desk.admit(hand());
    void desk.drain(1_000);
    answer({ id: "ann" });
    expect(refusalOf(await drained).status).toBe(503);
    expect(clock.pendingTimers).toBe(0);
  });
});

it("what clients sent is escaped, cut and redacted before it is told to the host", async () => {
  const { desk, reports } = open({ acceptBurstPerAddress: 1 });
  const origin = `https://evil.io\r\n\u001b[31mticket=secret${"x".repeat(10_000)}`;
  await desk.admit(hand({ headers: { origin, "x-forwarded-for": origin } }));
  const told = JSON.stringify(reports);
  expect(reports.map((report) => report.code)).toEqual(["MC_ACCEPT_REFUSED", "MC_PROXY_UNDECLARED"]);
  expect(told.length).toBeLessThan(1_500);
  expect(told).not.toContain("secret");
  for (const { details } of reports) {
    for (const value of Object.values(details))
      expect([...String(value)].every((char) => char >= " ")).toBe(true);
  }
});

it("answers every handshake and never rejects", async () => {
  const { desk } = open({
    secret,
    origins: ["https://dash.io"],
    trustProxy: ["10.0.0.0/8"],
    acceptBurstPerAddress: 1_000_000,
  });
  const text = fc.string();
  const names = fc.constantFrom(
    "origin",
    "host",
    "cookie",
    "authorization",
    "x-forwarded-for",
    "x-forwarded-proto",
    "__proto__",
  );
  await fc.assert(
    fc.asyncProperty(
      text,
      text,
      fc.array(fc.tuple(names, text)),
      fc.array(text),
      async (remoteAddress, query, headers, protocols) => {
        const shake = { ...hand({ remoteAddress, query, protocols }), headers: new Map(headers) };
        const admission = await desk.admit(shake);
        return admission.accepted ? ticketOf(admission).identity === undefined : admission.status >= 400;
      },
    ),
  );
});

it.each([
  ["at once", {}],
  ["after the hook", { authenticate: () => null }],
])("a fault of our own refuses and is reported, %s", async (when, options) => {
  const { desk, codes } = open(options);
  const broken = { ...hand(), headers: new Map<string, string>() };
  broken.headers.get = (name) => {
    if (when === "at once" || name === "cookie") throw new Error("broken");
    return undefined;
  };
  expect(refusalOf(await desk.admit(broken))).toMatchObject({ status: 500, body: { name: "internal" } });
  expect(codes()).toEqual(["MC_INTERNAL"]);
});
