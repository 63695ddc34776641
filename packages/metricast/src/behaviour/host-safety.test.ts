import { ChildScript, manualClock, resources, ServedCast, tickAlong, until } from "@metricast/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type CastOptions, type MetricastError, metricast } from "../index.js";

const intervalMs = 1_000;
const uncaught: unknown[] = [];
const note = (cause: unknown) => void uncaught.push(cause);
const written = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];

beforeEach(() => {
  uncaught.length = 0;
  process.on("uncaughtException", note).on("unhandledRejection", note);
});
afterEach(() => {
  process.off("uncaughtException", note).off("unhandledRejection", note);
  expect(uncaught).toEqual([]);
});

async function serve(options: CastOptions = {}) {
  const clock = manualClock();
  const cast = metricast({
    clock,
    intervalMs,
    defaultSources: false,
    sources: [() => ({ one: 1 })],
    ...options,
  });
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  return { clock, cast, served };
}

function fail(): never {
  throw new Error("the host's own mistake");
}

describe("a listener of the host that fails", () => {
  test.each<[string, () => unknown]>([
    ["throws", fail],
    ["rejects", () => Promise.reject(new Error("the host's own mistake"))],
  ])("%s: it is reported, the other listeners hear, clients get their tick", async (_, listener) => {
    const { clock, cast, served } = await serve();
    const told: MetricastError[] = [];
    const heard: string[] = [];
    cast.on("connect", listener);
    cast.on("connect", ({ session }) => heard.push(session));
    cast.on("error", (error) => told.push(error));
    const view = await (await served.connect()).watch();
    await tickAlong(clock, intervalMs, [view], 3);
    expect(heard).toHaveLength(1);
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ code: "MC_LISTENER_FAILED", details: { key: "connect" } }]);
    expect(told[0]?.cause).toMatchObject({ message: "the host's own mistake" });
    expect([view.frames.length, view.faults]).toEqual([4, []]);
  });

  test.each([
    ["twin: told by an ordinary emitter it ends the process, and nobody else hears", "", []],
    ["twin: it does so, too, where it rejects", "async", ["heard"]],
  ])("%s", async (_, kind, said) => {
    const script = `
      import { EventEmitter } from "node:events";
      const emitter = new EventEmitter();
      emitter.on("connect", ${kind} () => { throw new Error("the host's own mistake"); });
      emitter.on("connect", () => console.log("heard"));
      setInterval(() => emitter.emit("connect"));
    `;
    const child = new ChildScript(["--input-type=module", "-e", script]);
    onTestFinished(() => child.kill());
    expect(await child.ended()).toEqual({ code: 1, signal: null });
    expect(child.stdout.split("\n").filter(Boolean)).toEqual(said);
    expect(child.stderr).toContain("the host's own mistake");
  });

  test("even of errors, with a logger that throws too, brings nothing down and is counted", async () => {
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const { clock, cast, served } = await serve({ logger, sources: [fail, () => ({ one: 1 })] });
    cast.on("error", fail);
    cast.on("warning", fail);
    const client = await served.connect();
    const own = await client.watch({ channel: "metricast" });
    const view = await client.watch();
    await tickAlong(clock, intervalMs, [view, own], 70);
    expect(view.value("one")).toBe(1);
    expect(own.value("metricast_listener_failures_total")).toBeGreaterThan(1);
  });
});

describe("a hook of the host that fails", () => {
  test.each<[string, CastOptions, number]>([
    ["authenticate throws", { authenticate: fail }, 403],
    ["authenticate rejects", { authenticate: () => Promise.reject(new Error("no")) }, 403],
    ["authenticate answers nonsense", { authenticate: () => JSON.parse("7") }, 403],
  ])("%s: the client is refused, the host is told", async (_, options, status) => {
    const { cast, served } = await serve(options);
    const told: MetricastError[] = [];
    cast.on("error", (error) => told.push(error));
    await expect(served.open()).rejects.toThrow(String(status));
    expect(told).toMatchObject([{ code: "MC_HOOK_FAILED" }]);
  });

  test("authenticate hangs: 503 after hookTimeoutMs, and a late answer is dropped", async () => {
    let answer: ((identity: { id: string }) => void) | undefined;
    const authenticate = () =>
      new Promise<{ id: string }>((resolve) => {
        answer = resolve;
      });
    const { clock, cast, served } = await serve({ authenticate });
    const opening = served.open().catch((cause: unknown) => cause);
    await until(() => answer !== undefined);
    await until(async () => {
      await clock.advanceAsync(1_000);
      return (await Promise.race([opening, Promise.resolve("open")])) !== "open";
    });
    expect(await opening).toMatchObject({ response: { status: 503 } });
    answer?.({ id: "late" });
    await clock.advanceAsync(0);
    expect(cast.health().clients.count).toBe(0);
  });

  test("authorize throws: the channel is forbidden, the session goes on", async () => {
    const { served } = await serve({ authorize: fail });
    const client = await served.connect();
    await expect(client.watch()).rejects.toThrow("forbidden");
    expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});

test("sockets that break at every moment are no error of the host's", async () => {
  const { clock, cast, served } = await serve();
  for (let round = 0; round < 20; round += 1) {
    const client = await served.open();
    if (round % 4 === 1) client.send({ type: "hello", id: 1, token: cast.startToken });
    if (round % 4 >= 2) await client.ask({ type: "hello", token: cast.startToken });
    if (round % 4 === 3) await client.watch();
    if (round % 2 === 0) client.peer.reset();
    else client.peer.destroy();
    await clock.advanceAsync(intervalMs);
  }
  await until(() => cast.health().clients.count === 0);
  expect(cast.health().status).toBe("ok");
});

test("the process is left alone: no listener, no output, whatever happens", async () => {
  for (const spy of written) spy.mockClear();
  const before = resources({ process });
  const { clock, served } = await serve({ sources: [fail] });
  const client = await served.connect();
  client.peer.send("{");
  await clock.advanceAsync(5_000);
  expect(resources({ process }).listeners).toEqual(before.listeners);
  await served.close();
  expect(written.flatMap((spy) => spy.mock.calls)).toEqual([]);
});

test("what is reported goes to the host's logger, fields first", async () => {
  const logged: [string, object, string][] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push([level, fields, message]);
  const logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  await serve({ logger, public: true, sources: [{ name: "broken", read: fail }] });
  expect(logged.filter(([level]) => level !== "info")).toEqual([
    ["warn", { code: "MC_PUBLIC" }, expect.any(String)],
    [
      "error",
      { code: "MC_SOURCE_FAILED", source: "broken", channel: "metrics", err: expect.any(Error) },
      expect.any(String),
    ],
  ]);
});
