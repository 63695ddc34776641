import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { metricast } from "metricast";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The client in ../python knows nothing of this repository but docs/protocol.md. What it accepts, any client can.

const python = fileURLToPath(new URL("../python", import.meta.url));

type Report = Readonly<Record<string, unknown>>;

function run(args: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = execFile("python3", ["-B", ...args], { cwd: python }, (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

async function watch(args: readonly string[]): Promise<{ code: number; report: Report }> {
  const { code, output, errors } = await run(["metricast_client.py", "--timeout", "10", ...args]);
  expect(errors).toBe("");
  const report: Report = JSON.parse(output);
  return { code, report };
}

describe("a client written from the protocol's page alone", () => {
  let server: Server;
  let cast: ReturnType<typeof metricast>;
  let url: string;
  let reads = 0;

  /** A value that tells every read apart, and beside it whatever makes a wire format stumble. */
  function read() {
    reads += 1;
    const born = Array.from({ length: Math.floor(reads / 10) }, (_, k) => ({
      name: "born",
      value: reads * k,
      labels: { k: String(k) },
    }));
    return [
      { name: "reads", value: reads, kind: "counter" as const },
      { name: "odd", value: [Number.NaN, Infinity, -Infinity, -0, 0.1 + 0.2][reads % 5] ?? 0 },
      { name: "still", value: 7 },
      { name: "took", value: { bounds: [0.1, 1], counts: [reads, 1, 0], sum: reads / 3, count: reads + 1 } },
      ...(reads % 7 < 4 ? [{ name: "sometimes", value: reads }] : []),
      ...born,
    ];
  }

  const flaky = () => {
    if (reads % 3 === 0) throw new Error("every third time");
    return { flaky: reads };
  };

  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((ready) => {
      server.listen(0, "127.0.0.1", ready);
    });
    cast = metricast({
      intervalMs: 100,
      heartbeatMs: 200,
      defaultSources: false,
      production: false,
      sources: [
        { name: "numbered", read },
        { name: "flaky", read: flaky },
      ],
    });
    cast.attach(server);
    url = cast.url ?? "";
  });

  afterAll(async () => {
    await cast.close();
    await new Promise((closed) => server.close(closed));
  });

  /** The numbered values, one per sampled tick, without one left out or given twice. */
  function expectEveryRead(report: Report, atLeast: number): void {
    const values = pairs(report.values).map(([, value]) => value);
    const [first = 0] = values;
    expect(values).toEqual(values.map((_, k) => first + k));
    expect(values.length).toBeGreaterThanOrEqual(atLeast);
  }

  test("follows deltas and answers pings", async () => {
    const { code, report } = await watch(["--url", url, "--ticks", "15", "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, frames: 15, keyframes: 1, blocks: 0, ignoredMessages: 0 });
    expect(code).toBe(0);
    expect(report.pingsAnswered).toBeGreaterThan(0);
    expectEveryRead(report, 15);
  });

  test("comes back after a cut with no gap and no duplicate", async () => {
    const cut = ["--ticks", "16", "--cut-after", "8", "--away-ms", "1000", "--resume"];
    const { code, report } = await watch(["--url", url, ...cut, "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, resume: { outcome: "complete" }, frames: 16, keyframes: 2 });
    expect(code).toBe(0);
    expect(report.blocks).toBeGreaterThan(0);
    // The second away is in the block: more ticks than frames.
    expectEveryRead(report, 17);
  });

  test("comes back in time to have missed nothing", async () => {
    const cut = ["--ticks", "12", "--cut-after", "6", "--away-ms", "0", "--resume"];
    const { code, report } = await watch(["--url", url, ...cut, "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, resume: { outcome: "complete" } });
    expect(code).toBe(0);
    expectEveryRead(report, 11);
  });

  test("gets history and live as one", async () => {
    const asked = ["--select", "reads", "--select", "o?d", "--since-ms", "1000"];
    const { code, report } = await watch(["--url", url, ...asked, "--ticks", "5", "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, frames: 5, series: 2 });
    expect(code).toBe(0);
    expectEveryRead(report, 8);
  });

  test("is told why it may not watch", async () => {
    const bad = await watch(["--url", `${new URL("?", url).href}token=wrong`, "--ticks", "1"]);
    expect(bad.code).toBe(1);
    expect(bad.report.reason).toContain("unauthenticated");
    const nowhere = await watch(["--url", url, "--channel", "nowhere", "--ticks", "1"]);
    expect(nowhere.code).toBe(1);
    expect(nowhere.report.reason).toContain("forbidden");
  });

  test("complains about a server that breaks a rule", async () => {
    const { code, errors } = await run(["-m", "unittest", "-q"]);
    expect(errors).toContain("OK");
    expect(code).toBe(0);
  });
});

function pairs(value: unknown): [number, number][] {
  if (!Array.isArray(value)) throw new Error("no values in the report");
  return value.map((pair: unknown) => {
    const [tick, number]: unknown[] = Array.isArray(pair) ? pair : [];
    return [Number(tick), Number(number)];
  });
}
