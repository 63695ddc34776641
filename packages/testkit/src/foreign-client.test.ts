import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { BlockWriter, binarySubprotocol, isGaugeColumn, jsonSubprotocol } from "@metricast/protocol";
import { metricast } from "metricast";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anyBlock } from "../../protocol/src/binary/testing/any-block.js";
import { hostile, play } from "../../protocol/src/binary/testing/hostile-rows.js";
import { chanceOf } from "../../protocol/src/binary/testing/number-streams.js";
import { type Cell, isLive, StagedView } from "../../protocol/src/binary/testing/wire-stage.js";

// The client in ../python knows nothing of this repository but docs/protocol.md. What it accepts, any client can.

const python = fileURLToPath(new URL("../python", import.meta.url));

type Report = Readonly<Record<string, unknown>>;

function run(args: readonly string[], input = ""): Promise<{ code: number; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = execFile("python3", ["-B", ...args], { cwd: python }, (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
    child.stdin?.end(input);
  });
}

async function watch(args: readonly string[]): Promise<{ code: number; report: Report }> {
  const { code, output, errors } = await run(["metricast_client.py", "--timeout", "10", ...args]);
  expect(errors).toBe("");
  const report: Report = JSON.parse(output);
  return { code, report };
}

describe.each([
  [jsonSubprotocol, []],
  [binarySubprotocol, ["--binary"]],
])("a client written from the protocol's page alone, with %s", (protocol, offer) => {
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

  const watchHere = async (args: readonly string[]) => {
    const watched = await watch([...offer, "--url", url, ...args]);
    expect(watched.report).toMatchObject({ ok: true, protocol });
    return watched;
  };

  /** The numbered values, one per sampled tick, without one left out or given twice. */
  function expectEveryRead(report: Report, atLeast: number): void {
    const values = pairs(report.values).map(([, value]) => value);
    const [first = 0] = values;
    expect(values).toEqual(values.map((_, k) => first + k));
    expect(values.length).toBeGreaterThanOrEqual(atLeast);
  }

  test("follows deltas and answers pings", async () => {
    const { code, report } = await watchHere(["--ticks", "15", "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, frames: 15, keyframes: 1, blocks: 0, ignoredMessages: 0 });
    expect(code).toBe(0);
    expect(report.pingsAnswered).toBeGreaterThan(0);
    expectEveryRead(report, 15);
  });

  test("comes back after a cut with no gap and no duplicate", async () => {
    const cut = ["--ticks", "16", "--cut-after", "8", "--away-ms", "1000", "--resume"];
    const { code, report } = await watchHere([...cut, "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, resume: { outcome: "complete" }, frames: 16, keyframes: 2 });
    expect(code).toBe(0);
    expect(report.blocks).toBeGreaterThan(0);
    // The second away is in the block: more ticks than frames.
    expectEveryRead(report, 17);
  });

  test("comes back in time to have missed nothing", async () => {
    const cut = ["--ticks", "12", "--cut-after", "6", "--away-ms", "0", "--resume"];
    const { code, report } = await watchHere([...cut, "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, resume: { outcome: "complete" } });
    expect(code).toBe(0);
    expectEveryRead(report, 11);
  });

  test("gets history and live as one", async () => {
    const asked = ["--select", "reads", "--select", "o?d", "--since-ms", "1000"];
    const { code, report } = await watchHere([...asked, "--ticks", "5", "--values", "reads"]);
    expect(report).toMatchObject({ ok: true, frames: 5, series: 2 });
    expect(code).toBe(0);
    expectEveryRead(report, 8);
  });

  test("is told why it may not watch", async () => {
    const bad = await watch([...offer, "--url", `${new URL("?", url).href}token=wrong`, "--ticks", "1"]);
    expect(bad.code).toBe(1);
    expect(bad.report.reason).toContain("unauthenticated");
    const nowhere = await watch([...offer, "--url", url, "--channel", "nowhere", "--ticks", "1"]);
    expect(nowhere.code).toBe(1);
    expect(nowhere.report.reason).toContain("forbidden");
  });
});

test("a client written from the protocol's page alone complains about a server that breaks a rule", async () => {
  const { code, errors } = await run(["-m", "unittest", "-q"]);
  expect(errors).toContain("OK");
  expect(code).toBe(0);
});

/** Every number that the codec writes, in digits that lose nothing. */
describe("a reader of bits written from the protocol's page alone", () => {
  async function check(lines: readonly object[]): Promise<Report> {
    const { output, errors } = await run(
      ["metricast_fixture.py"],
      lines.map((line) => JSON.stringify(line)).join("\n"),
    );
    expect(errors).toBe("");
    return JSON.parse(output);
  }

  test.each([1, 10])(
    "gives every number of hostile frames, whenever it joins, at a step of %i",
    async (step) => {
      const joins = [0, 1, 37, 200];
      const views = joins.map(() => new StagedView((index) => index % 7 !== 3));
      const messages: { bytes: string; row: unknown[] }[][] = joins.map(() => []);
      play(hostile(51, 300, 40, 0.1, step), (stage, cells, at) => {
        for (const [k, joined] of joins.entries()) {
          const view = views[k];
          if (!view || at < joined) continue;
          const bytes = hex(at === joined ? stage.keyframe(view) : stage.frame(view));
          messages[k]?.push({ bytes, row: cells.filter((_, index) => view.holds(index)).map(shown) });
        }
      });
      const lines = messages.map((list) => ({ step, messages: list }));
      expect(await check(lines)).toEqual({ ok: true, messages: 4 * 300 - 238 });
      // And it does look: one digit more or less is seen.
      const [first] = messages[0] ?? [];
      const wrong = [{ step, messages: [{ ...first, row: [["7"], ...(first?.row.slice(1) ?? [])] }] }];
      expect(await check(wrong)).toMatchObject({ ok: false, fault: "Violation" });
    },
  );

  test("gives every number of any block", async () => {
    const chance = chanceOf(52);
    const writer = new BlockWriter();
    const messages = Array.from({ length: 300 }, () => {
      const block = anyBlock(chance);
      const bytes = hex(writer.message(block, { view: 1, generation: 1 }, () => -1));
      return { bytes, block: block.series.map(columnsOf) };
    });
    expect(await check([{ step: 1, messages }])).toEqual({ ok: true, messages: 300 });
  });
});

function columnsOf({ count, columns }: ReturnType<typeof anyBlock>["series"][number]): unknown[] {
  const column = (values: Float64Array) =>
    Array.from(values, (value, k) => (count[k] === 0 ? null : digits(value)));
  const lists = columns.map((one) =>
    isGaugeColumn(one) ? [one.last, one.min, one.max, one.sum] : [one.last, one.increase],
  );
  return [[...count], ...lists.flat().map(column)];
}

function shown(cell: Cell): unknown {
  if (cell === "absent") return cell;
  return isLive(cell) ? cell.map(digits) : cell.stale;
}

/** A double's bits; those of one NaN for all. */
function digits(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return Number.isNaN(value) ? "7ff8000000000000" : bytes.toString("hex");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function pairs(value: unknown): [number, number][] {
  if (!Array.isArray(value)) throw new Error("no values in the report");
  return value.map((pair: unknown) => {
    const [tick, number]: unknown[] = Array.isArray(pair) ? pair : [];
    return [Number(tick), Number(number)];
  });
}
