import { manualClock, ServedCast, SsePeer, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, metricast } from "../index.js";

const secret = "correct horse battery staple";

/** A service that counts its own reads, so that every tick has another value. */
async function serve(options: CastOptions = {}) {
  let reads = 0;
  const cast = metricast({
    intervalMs: 100,
    defaultSources: false,
    public: true,
    sources: [() => ({ reads: ++reads, load: 1 })],
    ...options,
  });
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  const origin = `http://127.0.0.1:${served.host.port}`;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${origin}/metricast${path}`, { headers });
  const stream = async (query = "", headers: Record<string, string> = {}) => {
    const peer = await SsePeer.open(`${origin}/metricast/stream?${query}`, headers);
    onTestFinished(() => peer.destroy());
    return peer;
  };
  /** So much later, by what it reads. */
  const untilReadAgain = async (times: number) => {
    const before = reads;
    await until(() => reads >= before + times);
  };
  return { cast, served, origin, get, stream, untilReadAgain };
}

const ticksOf = (peer: SsePeer) => peer.of("frame").map(({ tick }) => tick);

describe("a stream", () => {
  test("gives the subscription, a keyframe, then frame after frame, each with the position it leads to", async () => {
    const { stream } = await serve();
    const peer = await stream("channel=metrics&select=reads");
    expect(peer.response.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    });
    await until(() => peer.of("frame").length >= 4);
    expect(peer.messages.slice(0, 2).map(({ type }) => type)).toEqual(["welcome", "subscribed"]);
    for (const { data, lastEventId } of peer.events.slice(2)) {
      const { type, tick } = JSON.parse(data);
      if (type === "frame") expect(lastEventId).toMatch(new RegExp(`^v1\\.[0-9a-f]+\\.${tick}$`));
    }
    expect(peer.of("frame")[0]?.series).toEqual([{ name: "reads" }]);
  });

  test("that is cut goes on where it was by Last-Event-ID, without a gap and with nothing twice", async () => {
    const { stream, untilReadAgain } = await serve();
    const first = await stream("select=reads");
    await until(() => first.of("frame").length >= 3);
    first.destroy();
    await until(() => first.ended);
    const last = ticksOf(first).at(-1) ?? 0;
    await untilReadAgain(4);
    const second = await stream("select=reads", { "Last-Event-ID": first.lastEventId });
    await until(() => second.of("block").length >= 1 && second.of("frame").length >= 3);
    expect(second.of("subscribed")[0]?.items[0]?.resume).toEqual({ outcome: "complete" });
    const [block] = second.of("block");
    const ticks = ticksOf(second);
    expect([block?.from, block?.to]).toEqual([last, ticks[0]]);
    for (const [k, frame] of second.of("frame").slice(1).entries()) expect(frame.prev).toBe(ticks[k]);
  });

  test("claims nothing of what is still owed: cut before the block, it resumes where the first was cut", async () => {
    const { stream, untilReadAgain } = await serve();
    const first = await stream("select=reads");
    await until(() => first.of("frame").length >= 2);
    const id = first.lastEventId;
    first.destroy();
    await untilReadAgain(4);
    const second = await stream("select=reads", { "Last-Event-ID": id });
    await until(() => second.of("block").length >= 1);
    const before = second.events.filter(({ data }) => JSON.parse(data).type === "subscribed");
    expect(before.map(({ lastEventId }) => lastEventId)).toEqual([id]);
  });

  test("of several subscriptions has no ids: each has its own position", async () => {
    const { stream } = await serve();
    const items = JSON.stringify([
      { channel: "metrics", select: ["reads"] },
      { channel: "metrics", select: ["load"] },
    ]);
    const peer = await stream(`items=${encodeURIComponent(items)}`);
    await until(() => peer.of("frame").length >= 4);
    expect(new Set(peer.of("frame").map(({ view }) => view)).size).toBe(2);
    expect(peer.lastEventId).toBe("");
  });

  test("of events goes on where it was", async () => {
    const { cast, stream } = await serve();
    const first = await stream("channel=events");
    await until(() => first.of("subscribed").length === 1);
    cast.event("deploy", 1);
    await until(() => first.of("events").length === 1);
    first.destroy();
    cast.event("deploy", 2);
    const second = await stream("channel=events", { "Last-Event-ID": first.lastEventId });
    await until(() => second.of("events").length === 1);
    expect(second.of("events")[0]?.items.map(({ data }) => data)).toEqual([2]);
  });

  test("says goodbye with the time to come back, as EventSource reads it", async () => {
    const { cast, stream } = await serve();
    const peer = await stream();
    await until(() => peer.of("frame").length >= 1);
    await cast.close({ drainMs: 100 });
    await until(() => peer.ended);
    const [bye] = peer.of("bye");
    expect(bye?.code).toBe(1012);
    expect(peer.retryMs).toBe(bye?.reconnectAfterMs);
  });

  test("and is refused for now while the service drains", async () => {
    const clock = manualClock();
    const { cast, get, stream } = await serve({ clock });
    await stream();
    await stream();
    // The second is sent away when the clock says so.
    const closing = cast.close({ drainMs: 1_000 });
    const refused = await get("/stream");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    const told = await stream("", { Accept: "text/event-stream" });
    await until(() => told.ended);
    expect([told.status, told.retryMs]).toEqual([200, 1_000]);
    await clock.advanceAsync(2_000);
    await closing;
  });

  test("is refused for now where the host's hook does not answer, and for good where it throws", async () => {
    const hangs = await serve({
      public: false,
      hookTimeoutMs: 100,
      authenticate: () => new Promise(() => {}),
    });
    const late = await hangs.get("/stream");
    expect([late.status, late.headers.get("retry-after")]).toEqual([503, "5"]);
    const throws = await serve({
      public: false,
      authenticate: () => {
        throw new Error("a fault of the host's");
      },
    });
    expect((await throws.get("/query")).status).toBe(403);
  });

  test("is no session any more when its client leaves", async () => {
    const { cast, stream } = await serve();
    const peer = await stream();
    expect(cast.health().clients).toMatchObject({ count: 1 });
    peer.destroy();
    await until(() => cast.health().clients.count === 0);
  });
});

describe("what is refused before a stream", () => {
  test.each([
    ["select=%7Bbroken", 400, { name: "invalid_message", field: "select" }],
    ["points=many", 400, { name: "invalid_message", field: "points" }],
    ["points=1e9", 400, { name: "invalid_message", field: "points" }],
    ["items=%7B", 400, { name: "invalid_message", field: "items" }],
    ["channel=nowhere", 403, { name: "forbidden", field: "channel" }],
  ])("%s is %i", async (query, status, body) => {
    const { get } = await serve();
    const answer = await get(`/stream?${query}`);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code: status, ...body });
  });

  test("who is not known, a foreign origin, another method", async () => {
    const { get, origin } = await serve({ public: false, secret });
    for (const path of ["/stream", "/query", "/catalogue"]) {
      expect((await get(path)).status).toBe(401);
      expect((await get(path, { origin: "https://evil.example" })).status).toBe(403);
      const posted = await fetch(`${origin}/metricast${path}`, { method: "POST" });
      expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"]);
    }
  });

  test("at the limit EventSource, which gives up at a refusal, is told on a stream to come back", async () => {
    const { get, stream } = await serve({ maxClients: 1 });
    await stream();
    const refused = await get("/stream");
    expect([refused.status, await refused.json()]).toEqual([503, { code: 503, name: "unavailable" }]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(5);
    const told = await stream("", { Accept: "text/event-stream" });
    await until(() => told.ended);
    expect(told.status).toBe(200);
    expect(told.of("bye")[0]).toMatchObject({ code: 1013 });
    expect(told.retryMs).toBeGreaterThanOrEqual(5_000);
  });

  test("one address may not ask without end", async () => {
    const { get } = await serve({ acceptBurstPerAddress: 2, acceptsPerSecondPerAddress: 1 });
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await get("/catalogue")).status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses).toContain(429);
  });
});

describe("the ticket's cookie", () => {
  test("opens a stream; once it has expired it opens none, until the page has renewed it", async () => {
    const clock = manualClock();
    const { origin, served, stream } = await serve({
      clock,
      public: false,
      secret,
      intervalMs: 1_000,
      ticketTtlMs: 60_000,
      identify: () => ({ id: "ann" }),
    });
    const handler = served.cast.handler();
    served.host.server.on("request", (request, response) => handler(request, response, () => {}));
    const renew = async () => {
      const answer = await fetch(`${origin}/metricast/ticket`);
      return { Cookie: (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "" };
    };
    await clock.advanceAsync(0);
    const cookie = await renew();
    const first = await stream("select=reads", cookie);
    await clock.advanceAsync(90_000);
    // Who is let in stays in.
    await until(() => first.of("frame").length >= 90);
    first.destroy();
    const id = { "Last-Event-ID": first.lastEventId };
    await clock.advanceAsync(5_000);
    expect((await stream("select=reads", { ...cookie, ...id })).status).toBe(401);
    const again = await stream("select=reads", { ...(await renew()), ...id });
    await until(() => again.of("block").length === 1);
    expect(again.of("subscribed")[0]?.items[0]?.resume).toEqual({ outcome: "complete" });
    expect(again.of("block")[0]?.from).toBe(ticksOf(first).at(-1));
  });
});

describe("history and catalogue over HTTP", () => {
  test("are what the socket answers", async () => {
    const { get, stream } = await serve();
    const peer = await stream();
    await until(() => peer.of("frame").length >= 3);
    expect(await (await get("/catalogue?channel=metrics&select=reads")).json()).toMatchObject({
      channels: [{ channel: "metrics", kind: "metrics", series: [{ name: "reads" }] }],
    });
    expect(await (await get("/query?select=reads&since=60000")).json()).toMatchObject({
      items: [
        {
          channel: "metrics",
          series: [{ series: { name: "reads" }, last: expect.arrayContaining([1, 2, 3]) }],
        },
      ],
    });
  });

  test("are left in the middle without a word", async () => {
    const { cast, origin, get } = await serve();
    for (let n = 0; n < 20; n++) {
      const gone = new AbortController();
      const asked = fetch(`${origin}/metricast/query?since=60000`, { signal: gone.signal });
      setTimeout(() => gone.abort(), n);
      await asked.then((answer) => answer.text()).catch(() => {});
    }
    await until(() => cast.health().clients.count === 0);
    expect((await get("/catalogue")).status).toBe(200);
  });

  test("come as CSV where that is asked for", async () => {
    const { get, stream } = await serve();
    const peer = await stream();
    await until(() => peer.of("frame").length >= 3);
    const answer = await get("/query?select=reads&since=60000&format=csv");
    expect(answer.headers.get("content-type")).toMatch(/^text\/csv/);
    const [header, first] = (await answer.text()).split("\r\n");
    expect(header).toBe("time,name,labels,last,min,max,sum,count,increase");
    expect(first).toMatch(/^\d{4}-.*Z,reads,,1,1,1,1,1,$/);
  });

  test.each([
    ["from=NaN&to=5", "from"],
    ["from=-1&to=5", "from"],
    ["from=x&to=5", "from"],
    ["from=0&to=5&points=0", "points"],
    ["from=0&to=5&merge=all", "merge"],
    ["from=9&to=5", "to"],
  ])("refuse %s by the field's name", async (query, field) => {
    const { get } = await serve();
    const answer = await get(`/query?${query}&__proto__=1`);
    expect(await answer.json()).toMatchObject({ code: 400, name: "invalid_message", field, item: 0 });
  });

  test("show a tenant only what is theirs", async () => {
    const { get, stream } = await serve({
      public: false,
      secret,
      authenticate: ({ headers }) => ({ id: "t", scope: { tenant: headers.get("x-tenant") ?? "none" } }),
      sources: [() => ["a", "b"].map((tenant) => ({ name: "load", value: 1, labels: { tenant } }))],
    });
    const seen: string[] = [];
    const peer = await stream("", { "X-Tenant": "a" });
    await until(() => peer.of("frame").length >= 2);
    seen.push(peer.text);
    for (const path of ["/query", "/query?format=csv", "/catalogue", "/query?channel=nowhere"])
      seen.push(await (await get(path, { "x-tenant": "a" })).text());
    expect(seen.join()).toContain("tenant");
    expect(seen.join()).not.toMatch(/tenant"?"?[:=]\\?"?"?b/);
  });
});
