import { manualClock, ServedCast, tickAlong, until, WireClient } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, type MetricastError, metricast } from "../index.js";

const secret = "correct horse battery staple";

async function serve(options: CastOptions = {}, clock = manualClock()) {
  const sources = [
    () => [
      { name: "load", value: 1, labels: { tenant: "red" } },
      { name: "load", value: 2, labels: { tenant: "blue" } },
    ],
  ];
  const cast = metricast({ clock, intervalMs: 1_000, defaultSources: false, sources, ...options });
  const told: MetricastError[] = [];
  cast.on("error", (error) => told.push(error));
  cast.on("warning", (warning) => told.push(warning));
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  served.host.server.on("request", cast.handler());
  await clock.advanceAsync(0);
  const origin = `http://127.0.0.1:${served.host.port}`;
  const ticket = async (headers: Record<string, string> = {}) => {
    const answer = await fetch(`${origin}/metricast/ticket`, { headers });
    const { ticket: token = "" } = (await answer.json()) as { ticket?: string };
    return { status: answer.status, token, cookie: answer.headers.get("set-cookie") ?? "" };
  };
  return { clock, cast, served, told, origin, ticket };
}

const codes = (told: readonly MetricastError[]) => told.map(({ code }) => code);

describe("with nothing configured", () => {
  test("the start token is needed; the address that is shown contains it", async () => {
    const { cast, served } = await serve();
    const token = new URL(cast.url ?? "").searchParams.get("token") ?? "";
    expect(token.length).toBeGreaterThanOrEqual(32);
    const client = await served.open({ token });
    expect(client.of("welcome")).toHaveLength(1);
    expect(cast.health().access).toBe("unset");
  });

  test("whoever has it not gets no byte of data", async () => {
    const { clock, served } = await serve();
    const wrong = await served.open();
    wrong.send({ type: "hello", id: 1, token: "guess" });
    expect(await wrong.closed()).toBe(4502);
    expect(wrong.received).toMatchObject([
      { type: "error", id: 1, code: "unauthenticated", field: "token" },
      { type: "bye", code: 4502 },
    ]);
    const early = await served.open();
    early.send({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
    expect(await early.closed()).toBe(4500);
    const mute = await served.open();
    await clock.advanceAsync(11_000);
    expect(await mute.closed()).toBe(4008);
    expect([...early.received, ...mute.received].map(({ type }) => type)).toEqual(["bye", "bye"]);
  });

  test("in production nobody is served, and every place says which option to set", async () => {
    const { served, cast, told, ticket } = await serve({ production: true });
    for (const token of [undefined, cast.startToken]) {
      const client = await served.open();
      if (token !== undefined) client.send({ type: "hello", id: 1, token });
      expect(await client.closed()).toBe(4502);
      expect(client.of("error")).toMatchObject([
        { code: "unauthenticated", detail: "MC_AUTH_MISSING: set authenticate, secret or public" },
      ]);
    }
    expect(codes(told)).toEqual(["MC_STORE_EXPECTED", "MC_AUTH_MISSING"]);
    expect(told[1]?.details.options).toEqual(["identify", "authenticate", "secret", "public"]);
    expect(cast.health()).toMatchObject({ status: "degraded", reasons: ["access"], access: "misconfigured" });
    expect((await ticket()).status).toBe(503);
    // It collects all the same.
    expect(cast.health().sources).toMatchObject([{ status: "ok" }, { status: "ok" }]);
  });

  test("public: true serves everybody, and says so once", async () => {
    const { served, told } = await serve({ production: true, public: true });
    for (let round = 0; round < 3; round += 1) {
      const client = await served.open();
      await client.watch();
      expect(client.received[0]?.type).toBe("welcome");
    }
    expect(codes(told)).toEqual(["MC_STORE_EXPECTED", "MC_PUBLIC"]);
  });
});

describe("tickets", () => {
  test("minted on one instance are good on another of the same secret, also after a restart of both", async () => {
    const clock = manualClock();
    const identify = () => ({ id: "ann", scope: { tenant: "red" } });
    const minting = await serve({ secret, instance: "a", identify }, clock);
    const { token } = await minting.ticket();
    await minting.served.close();
    const using = await serve({ secret, instance: "b" }, clock);
    const view = await (await using.served.open({ token })).watch();
    await tickAlong(clock, 1_000, [view]);
    expect(view.series.map(({ info }) => info.labels)).toEqual([{ tenant: "red" }]);
    await using.served.close();
    const restarted = await serve({ secret, instance: "b" }, clock);
    expect((await restarted.served.open({ token })).of("welcome")).toHaveLength(1);
    // The start token follows from the secret too.
    expect(restarted.cast.startToken).toBe(using.cast.startToken);
  });

  test("of a secret that is being replaced are good while it is listed, of another one never", async () => {
    const clock = manualClock();
    const old = await serve({ secret }, clock);
    const { token } = await old.ticket();
    const next = "another secret of some length";
    const rotating = await serve({ secrets: [next, secret] }, clock);
    expect((await rotating.served.open({ token })).of("welcome")).toHaveLength(1);
    const rotated = await serve({ secrets: [next] }, clock);
    expect(await (await rotated.served.open({ token })).closed()).toBe(4502);
  });

  test("are good for 60 s, and not after a letter of them was changed", async () => {
    const { clock, served, ticket } = await serve({ secret });
    const { token } = await ticket();
    const bent = token.replace(/^./, (first) => (first === "e" ? "f" : "e"));
    const client = await served.open();
    client.send({ type: "hello", id: 1, token: bent });
    expect(await client.closed()).toBe(4502);
    await served.open({ token });
    await clock.advanceAsync(61_000);
    const late = await served.open();
    late.send({ type: "hello", id: 1, token });
    expect(await late.closed()).toBe(4502);
  });

  test("come as a cookie too, which opens the door without a hello; so does ?ticket=", async () => {
    const { served, ticket } = await serve({ secret });
    const { cookie, token } = await ticket();
    expect(cookie).toMatch(/^metricast_ticket=[^;]+; HttpOnly; SameSite=Strict; Max-Age=60$/);
    const byCookie = await served.open({ headers: [["Cookie", cookie.split(";")[0] ?? ""]] });
    expect((await byCookie.watch()).subscribed.kind).toBe("metrics");
    const byQuery = await WireClient.open(`${served.url}?ticket=${token}`);
    onTestFinished(() => byQuery.peer.destroy());
    expect((await byQuery.watch()).subscribed.kind).toBe("metrics");
  });
});

test("authenticate decides by the handshake, authorize by channel, and both narrow what is shown", async () => {
  const { clock, served } = await serve({
    authenticate: ({ headers }) => {
      const name = headers.get("x-user");
      return name === undefined ? null : { id: name };
    },
    authorize: ({ id }, channel) => channel !== "metricast" && (id === "admin" || { scope: { tenant: id } }),
  });
  const as = async (name: string) => served.open({ headers: [["X-User", name]] });
  const [blue, admin] = [await as("blue"), await as("admin")];
  const [narrow, wide] = [await blue.watch({ select: ["load"] }), await admin.watch({ select: ["load"] })];
  await tickAlong(clock, 1_000, [narrow, wide]);
  expect(narrow.series.map(({ info }) => info.labels.tenant)).toEqual(["blue"]);
  expect(wide.series).toHaveLength(2);
  await expect(admin.watch({ channel: "metricast" })).rejects.toThrow("forbidden");
  const nobody = await served.open();
  nobody.send({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
  expect(await nobody.closed()).toBe(4500);
});

describe("pages of other origins", () => {
  test.each<[string, (own: string) => string, boolean]>([
    ["the same", (own) => own, true],
    ["another port", (own) => own.replace(/\d+$/, "1"), false],
    ["another scheme", (own) => own.replace("http:", "https:"), false],
    ["another name of this host", (own) => own.replace("127.0.0.1", "localhost"), false],
    ["a name that begins with ours", (own) => `${own}.example.com`, false],
    ["null", () => "null", false],
    ["listed", () => "https://app.example.com", true],
    ["listed, but for the port", () => "https://app.example.com:8443", false],
  ])("%s", async (_, originOf, allowed) => {
    const { served, origin } = await serve({ public: true, origins: ["https://app.example.com"] });
    const opening = served.open({ headers: [["Origin", originOf(origin)]] });
    if (allowed) expect((await opening).of("bye")).toEqual([]);
    else await expect(opening).rejects.toThrow("403");
  });
});

describe("behind a proxy", () => {
  const addresses = async (options: CastOptions, forwarded: string) => {
    const { cast, served } = await serve({ public: true, ...options });
    const seen: string[] = [];
    cast.on("connect", ({ address }) => seen.push(address));
    await served.open({ headers: [["X-Forwarded-For", forwarded]] });
    await until(() => seen.length === 1);
    return seen[0];
  };

  test("the client's address is believed from declared proxies only, read from the right", async () => {
    const trustProxy = ["127.0.0.1", "10.0.0.0/8"];
    expect(await addresses({}, "203.0.113.9")).toBe("127.0.0.1");
    expect(await addresses({ trustProxy }, "203.0.113.9")).toBe("203.0.113.9");
    expect(await addresses({ trustProxy }, "198.51.100.1, 203.0.113.9, 10.1.2.3")).toBe("203.0.113.9");
  });

  test("its scheme and host make the same origin, from declared proxies only", async () => {
    const headers = [
      ["Origin", "https://metrics.example.com"],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Host", "metrics.example.com"],
    ] as const;
    const trusting = await serve({ public: true, trustProxy: ["127.0.0.1"] });
    await trusting.served.open({ headers });
    const strict = await serve({ public: true });
    await expect(strict.served.open({ headers })).rejects.toThrow("403");
  });
});
