import { spawn } from "node:child_process";
import { once } from "node:events";
import { HttpHost, nginx, RunningProxy, until, WireView } from "@metricast/testkit";
import { metricast } from "metricast";
import { expect, onTestFinished, test, vi } from "vitest";
import { launch, newPage } from "./chromium.js";

// A stream through nginx, read by what everybody has: it is cut, and goes on without a gap and without a point twice.

vi.setConfig({ testTimeout: 60_000 });

interface Stage {
  readonly proxy: RunningProxy;
  readonly base: string;
}

async function open(): Promise<Stage> {
  let count = 0;
  const cast = metricast({
    defaultSources: false,
    public: true,
    shed: false,
    intervalMs: 100,
    sources: [() => ({ count: ++count })],
  });
  const handle = cast.handler();
  const host = await HttpHost.start((request, response) => {
    if (!handle(request, response)) response.end("the host's");
  });
  const proxy = await RunningProxy.start(nginx, host.port);
  onTestFinished(async () => {
    await proxy.stop();
    await cast.close();
    await host.close();
  });
  return { proxy, base: `http://127.0.0.1:${proxy.port}` };
}

interface Ledger {
  /** What the first frame held, and after it every point that came, in the order of time. */
  readonly first: number | undefined;
  readonly points: readonly number[];
  /** How each connection but the first took up where it was. */
  readonly outcomes: readonly unknown[];
  readonly faults: readonly string[];
}

/** All that came over connections, one after the other, read as the protocol says. */
function ledgerOf(messages: readonly string[]): Ledger {
  const views: WireView[] = [];
  const points: number[] = [];
  let first: number | undefined;
  for (const text of messages) {
    const message = JSON.parse(text);
    if (message.type === "subscribed") {
      const view = new WireView(message.items[0]);
      views.push(view);
      view.onFrame = ({ prev }) => {
        const value = view.value("count") ?? Number.NaN;
        first ??= value;
        // A keyframe repeats what the block beside it ends with.
        if (prev !== undefined) points.push(value);
      };
    } else views.at(-1)?.take(message);
  }
  for (const { series } of views.flatMap(({ blocks }) => blocks)) {
    for (const { count, columns } of series) {
      points.push(...(columns[0]?.last ?? []).filter((_, k) => (count[k] ?? 0) > 0));
    }
  }
  return {
    first,
    points: points.sort((a, b) => a - b),
    outcomes: views.slice(1).map(({ subscribed }) => subscribed.resume?.outcome),
    faults: views.flatMap(({ faults }) => faults),
  };
}

/** Each count once, none left out, over a connection that was cut. */
function expectWhole(messages: readonly string[]): void {
  const { first = Number.NaN, points, outcomes, faults } = ledgerOf(messages);
  expect(outcomes).toEqual(["complete"]);
  expect(faults).toEqual([]);
  expect(points.length).toBeGreaterThan(20);
  expect(points).toEqual(points.map((_, k) => first + 1 + k));
}

const frames = (messages: readonly string[]) =>
  messages.filter((text) => text.includes('"type":"frame"')).length;

test("an EventSource in Chromium", async () => {
  const { proxy, base } = await open();
  const chromium = await launch();
  onTestFinished(() => chromium.close());
  const { page } = await newPage(chromium);
  await page.goto(`${base}/`);
  await page.evaluate(() => {
    const messages: string[] = [];
    Reflect.set(globalThis, "messages", messages);
    const source = new EventSource("/metricast/stream?channel=metrics");
    source.onmessage = ({ data }) => messages.push(String(data));
  });
  const messages = () => page.evaluate((): string[] => Reflect.get(globalThis, "messages"));
  await until(async () => frames(await messages()) > 10, 10_000);
  await proxy.kill();
  const before = frames(await messages());
  await proxy.start();
  await until(async () => frames(await messages()) > before + 10, 30_000);
  expectWhole(await messages());
});

test("curl -N, which is told the last id", async () => {
  const { proxy, base } = await open();
  const stream = `${base}/metricast/stream?channel=metrics`;
  const first = curl(stream);
  await until(() => frames(first.messages()) > 12, 10_000);
  await proxy.kill();
  expect(await first.ended).not.toBe(0);
  await proxy.start();
  const second = curl(stream, first.lastId());
  await until(() => frames(second.messages()) > 12, 10_000);
  second.kill();
  await second.ended;
  expectWhole([...first.messages(), ...second.messages()]);
});

function curl(url: string, lastId?: string) {
  const headers = lastId === undefined ? [] : ["-H", `Last-Event-ID: ${lastId}`];
  const child = spawn("curl", ["-N", "-s", ...headers, url], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  // What was cut in the middle is no event.
  const events = () => text.slice(0, text.lastIndexOf("\n\n") + 1);
  const fields = (name: string) => {
    const lines = events()
      .split("\n")
      .filter((line) => line.startsWith(`${name}: `));
    return lines.map((line) => line.slice(name.length + 2));
  };
  return {
    messages: () => fields("data"),
    lastId: () => fields("id").at(-1),
    ended: once(child, "close").then(([code]) => code),
    kill: () => child.kill(),
  };
}
