import type { HistogramValue, Sample, Samples, Source } from "@metricast/core";
import { afterEach, describe, expect, test } from "vitest";
import { allGivenBack, resources } from "./resources.js";
import { until } from "./until.js";

export interface SourceContractOptions {
  /** A source whose target does not answer, and what frees the target: a read of it must end when its signal aborts. */
  readonly stalled?: () => Promise<StalledSource>;
  /** Whether a later read may lack series of an earlier one. Default false. */
  readonly seriesMayVanish?: boolean;
  /** Resource types left open on purpose after `close`, as `process.getActiveResourcesInfo` names them. Default none. */
  readonly leaves?: readonly string[];
}

export interface StalledSource {
  readonly source: Source;
  dispose(): Promise<void>;
}

export type MakeSource = () => Source | Promise<Source>;

/** What core relies on in every source. */
export function sourceContract(name: string, make: MakeSource, options: SourceContractOptions = {}): void {
  describe(`source contract: ${name}`, () => {
    const opened: Source[] = [];
    const open = async () => {
      const source = await make();
      opened.push(source);
      return source;
    };
    afterEach(() => {
      for (const source of opened.splice(0)) source.close?.();
    });
    samples(open, options);
    lifecycle(open, options);
  });
}

function samples(open: () => Promise<Source>, { seriesMayVanish = false }: SourceContractOptions): void {
  test("has a name", async () => {
    expect((await open()).name).toMatch(/^[A-Za-z_:.][A-Za-z0-9_:.-]{0,254}$/);
  });

  test("gives samples, and only valid ones", async () => {
    const got = await read(await open());
    expect(got.length).toBeGreaterThan(0);
    expect(got.flatMap(faults)).toEqual([]);
  });

  test("names each series once in a read", async () => {
    const identities = (await read(await open())).map(identity);
    expect(identities.filter((one, at) => identities.indexOf(one) !== at)).toEqual([]);
  });

  test("keeps the identity and the kind of its series over reads", async () => {
    const source = await open();
    const before = kinds(await read(source));
    const after = kinds(await read(source));
    for (const [series, kind] of before) {
      if (after.has(series) || !seriesMayVanish) expect([series, after.get(series)]).toEqual([series, kind]);
    }
  });

  test("counters and histograms do not go back between two reads", async () => {
    const source = await open();
    const before = new Map((await read(source)).map((sample) => [identity(sample), sample]));
    for (const now of await read(source)) {
      const earlier = before.get(identity(now));
      if (earlier !== undefined && kindOf(now) !== "gauge") {
        expect(growth(now)).toBeGreaterThanOrEqual(growth(earlier));
      }
    }
  });
}

function lifecycle(open: () => Promise<Source>, { stalled, leaves = [] }: SourceContractOptions): void {
  test("a read whose signal is aborted settles", async () => {
    const source = await open();
    await settles(source, AbortSignal.abort());
    const controller = new AbortController();
    const reading = settles(source, controller.signal);
    controller.abort();
    await reading;
    expect((await read(source)).length).toBeGreaterThan(0);
  });

  test("close may be called twice and leaves nothing behind", async () => {
    const before = resources();
    const source = await open();
    await read(source);
    source.close?.();
    source.close?.();
    await allGivenBack(before, {}, { ignore: ["Timeout", "Immediate", ...leaves] });
  });

  if (stalled === undefined) return;
  test("a read that waits for its target ends when the signal aborts", async () => {
    const { source, dispose } = await stalled();
    try {
      const controller = new AbortController();
      const reading = settles(source, controller.signal);
      await new Promise(setImmediate);
      controller.abort(new Error("the deadline has passed"));
      await reading;
    } finally {
      source.close?.();
      await dispose();
    }
  });
}

async function read(source: Source): Promise<Sample[]> {
  const signal = new AbortController().signal;
  return await collect(await source.read({ now: 1_700_000_000_000, signal }));
}

/** Resolved or rejected, but not pending. */
async function settles(source: Source, signal: AbortSignal): Promise<void> {
  let settled = false;
  const end = () => {
    settled = true;
  };
  Promise.resolve()
    .then(async () => collect(await source.read({ now: 1_700_000_000_000, signal })))
    .then(end, end);
  await until(() => settled, 2_000, "the read settles after its signal aborted");
}

async function collect(given: Samples): Promise<Sample[]> {
  const list: Sample[] = [];
  if (isIterable(given)) {
    for await (const sample of given) list.push(sample);
  } else {
    for (const [name, value] of Object.entries(given)) list.push({ name, value });
  }
  return list;
}

function isIterable(given: Samples): given is Iterable<Sample> | AsyncIterable<Sample> {
  return Symbol.iterator in given || Symbol.asyncIterator in given;
}

/** What is wrong with a sample by the rules of the feed, one line each. */
function faults(sample: Sample): string[] {
  const lines: string[] = [];
  const { name, value, labels = {}, kind } = sample;
  if (!/^[a-zA-Z_:.][a-zA-Z0-9_:.-]{0,254}$/.test(name)) lines.push(`name ${JSON.stringify(name)}`);
  if (Object.keys(labels).length > 32) lines.push(`${name}: more than 32 labels`);
  for (const [label, text] of Object.entries(labels)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]{0,254}$/.test(label)) lines.push(`${name}: label ${JSON.stringify(label)}`);
    if (typeof text !== "string" || text.length > 1_000) lines.push(`${name}: value of label ${label}`);
  }
  if (typeof value !== "number") lines.push(...histogramFaults(name, value));
  if ((typeof value !== "number") !== (kindOf(sample) === "histogram")) lines.push(`${name}: kind ${kind}`);
  return lines;
}

function histogramFaults(name: string, { bounds, counts, sum, count }: HistogramValue): string[] {
  const lines: string[] = [];
  const ascending = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] ?? bound));
  if (!ascending || bounds.some((bound) => !Number.isFinite(bound))) lines.push(`${name}: bounds`);
  if (counts.length !== bounds.length && counts.length !== bounds.length + 1) lines.push(`${name}: counts`);
  if (counts.some((one) => !(one >= 0))) lines.push(`${name}: a negative count`);
  if (typeof sum !== "number" || typeof count !== "number") lines.push(`${name}: sum or count`);
  return lines;
}

function identity({ name, labels = {} }: Sample): string {
  return JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function kindOf({ kind, value }: Sample): string {
  return kind ?? (typeof value === "number" ? "gauge" : "histogram");
}

function kinds(list: readonly Sample[]): Map<string, string> {
  return new Map(list.map((sample) => [identity(sample), kindOf(sample)]));
}

function growth({ value }: Sample): number {
  return typeof value === "number" ? value : value.count;
}
