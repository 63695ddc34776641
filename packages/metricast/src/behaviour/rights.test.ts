import { ServedCast, until, WireClient } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Authorization, type CastOptions, metricast } from "../index.js";

// Who may watch is not decided once: what a session was allowed when it came is asked again while it is there.

/** A host that knows everybody by a header, and changes its mind. */
async function serve(options: CastOptions = {}) {
  const host = { allows: true as Authorization, asked: 0, endsMs: undefined as number | undefined };
  const cast = metricast({
    defaultSources: false,
    intervalMs: 100,
    sources: [() => [{ name: "load", value: 1, labels: { tenant: "a" } }]],
    authenticate: ({ headers }) => {
      const id = headers.get("x-user");
      return id === undefined ? null : { id, ...(host.endsMs !== undefined && { expiresMs: host.endsMs }) };
    },
    authorize: () => {
      host.asked += 1;
      return host.allows;
    },
    ...options,
  });
  const handle = cast.handler();
  const served = await ServedCast.start(cast);
  served.host.server.on("request", (request, response) => handle(request, response));
  onTestFinished(() => served.close());
  return { host, cast, served };
}

type Served = Awaited<ReturnType<typeof serve>>["served"];

/** Somebody who watches, and how that ended: a close code, or the code of the `bye`. */
interface Watcher {
  readonly ended: () => number | undefined;
}

async function onSocket(served: Served, user: string): Promise<Watcher> {
  const client = await served.open({ headers: [["X-User", user]] });
  await client.watch();
  return { ended: () => client.peer.closeCode };
}

async function onStream({ host }: Served, user: string): Promise<Watcher> {
  const answer = await fetch(`http://127.0.0.1:${host.port}/metricast/stream?channel=metrics`, {
    headers: { "X-User": user },
  });
  expect(answer.status).toBe(200);
  let text = "";
  let isOver = false;
  const read = async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
    isOver = true;
  };
  void read().catch(() => {});
  await until(() => text.includes('"type":"frame"'));
  return { ended: () => (isOver ? Number(/"type":"bye","code":(\d+)/.exec(text)?.[1]) : undefined) };
}

describe.each([
  { door: "a socket", watch: onSocket },
  { door: "a stream", watch: onStream },
])("on $door", ({ watch }) => {
  test.each([
    ["is refused", false],
    ["is held to a label", { scope: { tenant: "a" } }],
  ])("whoever %s at the next asking is sent away to come back", async (_, answer) => {
    const { host, served } = await serve({ recheckMs: 1_000 });
    const watcher = await watch(served, "ann");
    const { asked } = host;
    await until(() => host.asked > asked, 5_000);
    expect(watcher.ended()).toBeUndefined();
    host.allows = answer;
    await until(() => watcher.ended() !== undefined, 5_000);
    expect(watcher.ended()).toBe(4004);
  });

  test("whose credentials run out is sent away to renew them", async () => {
    const { host, served } = await serve();
    host.endsMs = Date.now() + 1_200;
    const watcher = await watch(served, "ann");
    await until(() => watcher.ended() !== undefined, 5_000);
    expect(watcher.ended()).toBe(4004);
    expect(Date.now() - host.endsMs).toBeGreaterThanOrEqual(0);
  });

  test("whom the host disconnects is gone for good, and nobody else", async () => {
    const { cast, served } = await serve();
    const watchers = [await watch(served, "ann"), await watch(served, "ann"), await watch(served, "bob")];
    expect(cast.disconnect({ id: "ann" })).toBe(2);
    await until(() => watchers.filter((watcher) => watcher.ended() !== undefined).length === 2);
    expect(watchers.map((watcher) => watcher.ended())).toEqual([4505, 4505, undefined]);
    await until(() => cast.health().clients.count === 1);
  });
});

test("a resume is decided anew: with the position of what one may no longer watch nothing comes", async () => {
  const { host, served } = await serve();
  const client = await served.open({ headers: [["X-User", "ann"]] });
  const { position } = await client.watch();
  client.peer.destroy();
  const resume = [{ channel: "metrics", position }];
  for (const [answer, code] of [
    [false, "forbidden"],
    [true, undefined],
  ] as const) {
    host.allows = answer;
    const again = await WireClient.open(served.url, { headers: [["X-User", "ann"]] });
    again.send({ type: "hello", id: 7, resume });
    const isAnswered = () => again.of("error").length + again.of("frame").length > 0;
    await until(isAnswered);
    expect(again.of("error").map((error) => error.code)).toEqual(code === undefined ? [] : [code]);
    expect(again.of("frame").length > 0).toBe(code === undefined);
    again.peer.destroy();
  }
});

test("a session is renewed in band by a ticket of the same identity, and is not interrupted", async () => {
  const { host, served, cast } = await serve();
  host.endsMs = Date.now() + 1_500;
  const client = await served.open({ headers: [["X-User", "ann"]] });
  const view = await client.watch();
  expect(await client.ask({ type: "hello" })).toMatchObject({ type: "welcome", expiresMs: host.endsMs });
  host.endsMs = Date.now() + 60_000;
  const asked = await fetch(`http://127.0.0.1:${served.host.port}/metricast/ticket`, {
    method: "POST",
    headers: { "X-User": "ann" },
  });
  const { ticket } = (await asked.json()) as { ticket: string };
  const renewed = await client.ask({ type: "hello", token: ticket });
  expect(renewed).toMatchObject({ type: "welcome", expiresMs: host.endsMs });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(client.peer.closeCode).toBeUndefined();
  expect(view.faults).toEqual([]);
  expect(view.frames.length).toBeGreaterThan(20);
  expect(cast.disconnect({ id: "ann" })).toBe(1);
});
