import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createMetricast, type MetricastOptions, numberOptions, presets } from "@metricast/core";
import { closeCodes, hostCodes, mayReconnect, wireCodes } from "@metricast/protocol";
import { describe, expect, it } from "vitest";
import { sizing } from "../docs/.vitepress/theme/sizing.js";
import { usage } from "../packages/metricast/src/cli/usage.js";

const file = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../docs/${path}`, import.meta.url)), "utf8");
const page = (name: string) => file(`reference/${name}`);

/** Cells of the table rows under a heading; a cell that is one piece of code without its marks. */
function rowsUnder(text: string, heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("|-"))
    .map((line) =>
      line
        .slice(2, -2)
        .split(" | ")
        .map((cell) => cell.replace(/^`([^`]*)`$/, "$1")),
    )
    .slice(1);
}

const number = (cell: string | undefined) => Number(cell?.replaceAll(",", ""));

/** Every option that is not a number: the type fails here when one is missing or too many. */
const otherOptions: Record<Exclude<keyof MetricastOptions, keyof typeof numberOptions>, true> = {
  preset: true,
  service: true,
  instance: true,
  path: true,
  sources: true,
  channels: true,
  store: true,
  authenticate: true,
  authorize: true,
  identify: true,
  secret: true,
  secrets: true,
  startSecret: true,
  metricsToken: true,
  public: true,
  origins: true,
  trustProxy: true,
  production: true,
  shed: true,
  alerts: true,
  logger: true,
  clock: true,
  random: true,
};

describe("docs/reference/options.md", () => {
  const text = page("options.md");

  it("lists every number with its default and bounds, and no other", () => {
    const rows = rowsUnder(text, "Numbers").map(([name, fallback, min, max, meaning]) => ({
      name,
      default: number(fallback),
      min: number(min),
      max: number(max),
      meaning,
    }));
    expect(rows).toEqual(Object.entries(numberOptions).map(([name, option]) => ({ name, ...option })));
  });

  it("lists every other option, and no other", () => {
    const names = rowsUnder(text, "Everything else").map(([name]) => name);
    expect(
      names.filter((name) => name !== "defaultSources" && name !== "dashboard" && name !== "option").sort(),
    ).toEqual(Object.keys(otherOptions).sort());
  });

  it("shows what each preset changes", () => {
    const rows = rowsUnder(text, "Presets").map(([name, maxClients, intervalMs]) => [
      name,
      { maxClients: number(maxClients), intervalMs: number(intervalMs) },
    ]);
    expect(Object.fromEntries(rows)).toEqual(presets);
  });
});

describe("docs/reference/errors.md", () => {
  const text = page("errors.md");

  it("lists every host code with its meaning, and what to do about it", () => {
    const rows = rowsUnder(text, "Host codes");
    expect(Object.fromEntries(rows.map(([code, meaning]) => [code, meaning]))).toEqual(hostCodes);
    expect(rows.filter(([, , advice = ""]) => advice.length < 10)).toEqual([]);
  });

  it("lists every wire code with its meaning", () => {
    const rows = rowsUnder(text, "Wire codes").map(([code, temporary, meaning]) => [
      code,
      { meaning, temporary: temporary === "yes" },
    ]);
    expect(Object.fromEntries(rows)).toEqual(wireCodes);
  });

  it("lists every close code with its reason", () => {
    const expected = Object.values(closeCodes).map(({ code, reason, meaning }) => [
      String(code),
      reason,
      mayReconnect(code) ? "yes" : "no",
      meaning,
    ]);
    expect(rowsUnder(text, "Close codes")).toEqual(expected);
  });
});

describe("docs/reference/events.md", () => {
  it("lists every event, and no other", () => {
    const source = readFileSync(
      fileURLToPath(new URL("../packages/core/src/host-events.ts", import.meta.url)),
      "utf8",
    );
    const declared = [...source.matchAll(/^ {2}readonly (\w+):/gm)].map(([, name]) => name);
    const listed = page("events.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split("`")[1]);
    expect(declared.length).toBeGreaterThan(0);
    expect(listed).toEqual(declared);
  });
});

describe("docs/guides/retention.md", () => {
  const rows = rowsUnder(file("guides/retention.md"), "How much fits");
  const wishOf = ([series, interval, kept, budget]: readonly string[]) => ({
    series: number(series),
    intervalMs: Number.parseFloat(interval ?? "") * 1_000,
    retentionMs: Number.parseFloat(kept ?? "") * 3_600_000,
    memoryBudgetBytes: Number.parseFloat(budget ?? "") * 1_048_576,
  });

  it("says of each row what the calculator says", () => {
    expect(rows.length).toBeGreaterThan(4);
    expect(rows.map((row) => row[4])).toEqual(
      rows.map((row) => sizing(wishOf(row)).replace(/^[\d,]+ series: /, "")),
    );
  });

  it("calculates what a service of these options says of itself", async () => {
    for (const row of rows) {
      const { series, ...options } = { ...wishOf(row), series: 1_000 };
      const cast = createMetricast({ ...options, public: true });
      expect(sizing({ series, ...options })).toBe(cast.health().memory.holds);
      await cast.close();
    }
  });

  it("names the number that no option would take", () => {
    expect(sizing({ ...wishOf(rows[0] ?? []), intervalMs: Number.NaN })).toBe(
      "intervalMs goes from 100 to 3600000",
    );
  });
});

describe("docs/concepts.md", () => {
  it("says what each preset changes", () => {
    const rows = rowsUnder(file("concepts.md"), "Presets").map(([name = "", , changes = ""]) => {
      const [, seconds, clients] = /^a tick every (\d+) s, ([\d,]+) clients/.exec(changes) ?? [];
      return [name, { maxClients: number(clients), intervalMs: Number(seconds) * 1_000 }];
    });
    expect(Object.fromEntries(rows)).toEqual(presets);
  });
});

it("docs/reference/command-line.md shows what the command says of itself", () => {
  expect(page("command-line.md")).toContain(`\`\`\`text\n${usage}\`\`\``);
});
