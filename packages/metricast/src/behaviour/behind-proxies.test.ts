import { get } from "node:http";
import { connect, type SeriesColumns } from "@metricast/client";
import {
  HttpHost,
  haproxy,
  nginx,
  openPeer,
  type ProxyProgram,
  RunningProxy,
  until,
  WireClient,
} from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type CastOptions, metricast } from "../index.js";

// Behind real proxies, with the timeouts and the buffering that they come with.

const programs = [nginx, haproxy];

async function serve(options: CastOptions = {}) {
  let count = 0;
  const cast = metricast({
    defaultSources: false,
    public: true,
    intervalMs: 100,
    sources: [() => ({ count: ++count })],
    trustProxy: ["127.0.0.1"],
    ...options,
  });
  const handle = cast.handler();
  const host = await HttpHost.start((request, response) =>
    handle(request, response, () => response.end("host")),
  );
  cast.attach(host.server);
  onTestFinished(async () => {
    await cast.close();
    await host.close();
  });
  return { cast, host };
}

async function before(program: ProxyProgram, { port }: HttpHost): Promise<RunningProxy> {
  const proxy = await RunningProxy.start(program, port);
  onTestFinished(() => proxy.stop());
  return proxy;
}

const urlOf = ({ port }: RunningProxy) => `ws://127.0.0.1:${port}/metricast/`;
const httpOf = ({ port }: RunningProxy) => `http://127.0.0.1:${port}`;

/** The values of a gauge, tick by tick; those before the first are not known. */
function lastOf(series: SeriesColumns | undefined): number[] {
  return series?.kind === "gauge" ? [...series.last].filter((value) => !Number.isNaN(value)) : [];
}

describe.each(programs)("behind $name", (program) => {
  test("sockets open, from the page's own origin only, and the client is who is before the proxy", async () => {
    const { cast, host } = await serve();
    const proxy = await before(program, host);
    const addresses: string[] = [];
    cast.on("connect", ({ address }) => addresses.push(address));
    const headers = [
      ["Origin", httpOf(proxy)],
      ["X-Forwarded-For", "198.51.100.7"],
    ] as const;
    const client = await WireClient.open(urlOf(proxy), { headers });
    const view = await client.watch();
    await until(() => view.frames.length > 2);
    expect(addresses).toEqual(["198.51.100.7"]);
    const foreign = openPeer(urlOf(proxy), { headers: [["Origin", "https://evil.example"]] });
    await expect(foreign).rejects.toThrow("403");
    client.peer.close(1000);
    await until(() => cast.health().clients.count === 0);
  });

  test("a client that is cut resumes: no gap, nothing twice", async () => {
    const { host } = await serve();
    const proxy = await before(program, host);
    const client = connect(urlOf(proxy), { WebSocket, reconnect: { minMs: 50, maxMs: 200 } });
    onTestFinished(() => client.close());
    const { series } = client.subscribe();
    const counts = () => lastOf(series.columns().series[0]);
    await until(() => counts().length > 5);
    await proxy.kill();
    const had = counts().length;
    await proxy.start();
    await until(() => client.state.name === "live" && counts().length > had + 10, 10_000);
    const seen = counts();
    const first = seen[0] ?? 0;
    expect(seen).toEqual(seen.map((_, k) => first + k));
  });

  test("events of a stream come one by one, not when a buffer is full", async () => {
    const { host } = await serve();
    const proxy = await before(program, host);
    const answer = await fetch(`${httpOf(proxy)}/metricast/stream?channel=metrics`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      expect.stringMatching("text/event-stream"),
    ]);
    const text = { all: "" };
    const startMs = performance.now();
    for await (const chunk of answer.body ?? []) {
      text.all += Buffer.from(chunk).toString();
      if ((text.all.match(/"type":"frame"/g)?.length ?? 0) >= 5) break;
    }
    // Five ticks are half a second and some hundred bytes: far from any buffer's size.
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(text.all.length).toBeLessThan(4_096);
  });
});

/** Of every stream of ours. */
const streamHeader = { "X-Accel-Buffering": "no" };

/** Bytes that a server gets rid of through nginx while the reader of its stream reads nothing; no more than `most`. */
async function takenForNobody(headers: Record<string, string>, most: number): Promise<number> {
  const chunk = Buffer.alloc(256 * 1_024, "data: x\n\n");
  let taken = 0;
  const host = await HttpHost.start((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", ...headers });
    const write = () => {
      if (taken < most) response.write(chunk, write);
      taken += chunk.length;
    };
    write();
  });
  onTestFinished(() => host.close());
  const proxy = await before(nginx, host);
  const asked = get(httpOf(proxy), (response) => response.pause());
  asked.on("error", () => {});
  onTestFinished(() => void asked.destroy());
  let seen = -1;
  await until(async () => {
    const stands = seen === taken && taken > 0;
    seen = taken;
    if (!stands) await new Promise((resolve) => setTimeout(resolve, 300));
    return stands;
  });
  return taken;
}

test("who reads a stream too slowly is felt through nginx; twin: without the header it takes all on itself", async () => {
  const most = 48 * 1_024 * 1_024;
  expect(await takenForNobody(streamHeader, most)).toBeLessThan(most / 2);
  expect(await takenForNobody({}, most)).toBeGreaterThanOrEqual(most);
});

/** nginx with what it speaks to servers where nobody says otherwise: HTTP/1.0, which knows no chunks. */
const nginxOfOld: ProxyProgram = {
  ...nginx,
  config(ports, folder) {
    const [file, text] = nginx.config(ports, folder);
    return [file, text.replace("proxy_http_version 1.1;", "")];
  },
};

/** What a reader has of two events, written one after the other, while the stream goes on. */
async function readMeanwhile(program: ProxyProgram, headers: Record<string, string>): Promise<string> {
  const events = ["data: 1\n\n", "data: 2\n\n"];
  let text = "";
  const host = await HttpHost.start((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", ...headers });
    response.write(events[0]);
    setTimeout(() => response.write(events[1]), 100);
  });
  onTestFinished(() => host.close());
  const proxy = await before(program, host);
  const asked = get(httpOf(proxy), (response) =>
    response.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    }),
  );
  asked.on("error", () => {});
  onTestFinished(() => void asked.destroy());
  await until(() => text === events.join(""), 1_000).catch(() => {});
  return text;
}

test("the header lets events through nginx one by one, whichever HTTP it speaks; twin: without it chunks do, and HTTP/1.0 keeps them", async () => {
  const both = "data: 1\n\ndata: 2\n\n";
  expect(await readMeanwhile(nginx, streamHeader)).toBe(both);
  expect(await readMeanwhile(nginxOfOld, streamHeader)).toBe(both);
  expect(await readMeanwhile(nginx, {})).toBe(both);
  expect(await readMeanwhile(nginxOfOld, {})).toBe("");
});

test("what says nothing for 70 s stays open, where a socket without heartbeats is cut", async () => {
  const { host } = await serve({ intervalMs: 3_600_000 });
  const silent = new WebSocketServer({ noServer: true });
  host.server.on("upgrade", (request, socket, head) => {
    if (request.url === "/silent") silent.handleUpgrade(request, socket, head, () => {});
  });
  const all = await Promise.all(
    programs.map(async (program) => {
      const proxy = await before(program, host);
      const client = await WireClient.open(urlOf(proxy));
      await client.watch();
      const stream = await fetch(`${httpOf(proxy)}/metricast/stream?channel=metrics`);
      const reader = stream.body?.getReader();
      const streamed = { ended: false };
      const read = async () => {
        while (!(await reader?.read())?.done);
        streamed.ended = true;
      };
      read().catch(() => (streamed.ended = true));
      const bare = await openPeer(`ws://127.0.0.1:${proxy.port}/silent`);
      return { name: program.name, client, bare, streamed, reader };
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 70_000));
  for (const { name, client, bare, streamed, reader } of all) {
    expect([name, client.peer.ended, streamed.ended, bare.ended]).toEqual([name, false, false, true]);
    expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    client.peer.destroy();
    await reader?.cancel();
  }
}, 100_000);
