// `npm run bench`: measures every row, or those that are named, prints and writes what it found.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { machine } from "./drive/machine.js";
import { prepareTools } from "./drive/tools.js";
import { type Entry, entryOf } from "./report/entry.js";
import { format, pageOf } from "./report/markdown.js";
import { allRows } from "./rows/all-rows.js";
import type { Row, RowContext } from "./rows/row.js";

const { values } = parseArgs({ options: { rows: { type: "string" }, rounds: { type: "string" } } });
const wanted = values.rows?.split(",");
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const docs = new URL("../../docs/", import.meta.url);
const jsonFile = new URL("benchmarks.json", docs);

function earlier(): Entry[] {
  return existsSync(jsonFile) ? JSON.parse(readFileSync(jsonFile, "utf8")) : [];
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "an unknown commit";
  }
}

function save(entries: Map<string, Entry>): void {
  const list = allRows.flatMap(({ id }) => entries.get(id) ?? []);
  writeFileSync(jsonFile, `${JSON.stringify(list, null, 2)}\n`);
  writeFileSync(new URL("benchmarks.md", docs), pageOf(allRows, list, machine()));
}

function print({ value, budget, met, peers }: Entry): void {
  for (const { name, figures } of peers) {
    const cells = Object.entries(figures).map(([column, { median }]) => `${column} ${format(median)}`);
    console.log(`  ${name.padEnd(34)} ${cells.join("; ")}`);
  }
  for (const [figure, number] of Object.entries(value))
    console.log(`  ${figure}: ${format(number)}, budget ${budget[figure]}`);
  console.log(met ? "  met" : "  MISSED");
}

/** Several rows are made of one measurement. */
function memory(): RowContext["once"] {
  const known = new Map<string, Promise<unknown>>();
  return <T>(what: string, measure: () => Promise<T>) => {
    const begun = known.get(what) ?? measure();
    known.set(what, begun);
    // Under one name always the same is measured.
    return begun as Promise<T>;
  };
}

async function runRow(row: Row, { tools, once }: Pick<RowContext, "tools" | "once">): Promise<Entry> {
  const startedMs = performance.now();
  console.log(`\n${row.id}. ${row.name}`);
  const say = (text: string) => process.stderr.write(process.stderr.isTTY ? `\r  ${text}   ` : "");
  const measured = await row.measure({ tools, rounds, say, once });
  const at = new Date().toISOString().slice(0, 10);
  const entry = entryOf(row, measured, {
    at,
    commit: commit(),
    rounds: rounds === undefined ? "all rounds" : `${rounds} rounds`,
  });
  print(entry);
  console.log(`  took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  return entry;
}

const tools = await prepareTools();
try {
  console.log(`machine: ${machine()}`);
  if (tools.native === undefined)
    console.log("no C compiler: the load client runs in Node, the C arm is left out");
  const shared = { tools, once: memory() };
  const entries = new Map(earlier().map((entry) => [entry.id, entry]));
  for (const row of allRows.filter(({ id }) => wanted === undefined || wanted.includes(id))) {
    try {
      entries.set(row.id, await runRow(row, shared));
      save(entries);
    } catch (cause) {
      console.error(`  FAILED: ${cause instanceof Error ? cause.message : cause}`);
      process.exitCode = 1;
    }
  }
} finally {
  tools.dispose();
}
