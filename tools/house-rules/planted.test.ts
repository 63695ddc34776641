// Every rule is shown what it forbids, and what it allows: a rule that finds nothing is no rule.
import { describe, expect, test } from "vitest";
import { clockOnlyInClocks } from "./clockwork.js";
import { importCycles } from "./cycles.js";
import { hasProperName, isPresentable, staysShort } from "./filing.js";
import { dependsOnLowerFloors, importsLowerFloors } from "./floors.js";
import { leavesHostAlone } from "./guest-manners.js";
import { keysNoObjects } from "./open-keys.js";
import { type Rule, sourceFile } from "./source-file.js";
import { buildsNoPrograms, keepsNoModuleState, keepsTypes, skipsNoTests } from "./strictness.js";

type Planted = readonly [path: string, text: string];

function judges(rule: Rule, forbidden: readonly Planted[], allowed: readonly Planted[]): void {
  test.each(forbidden)("reports %s: %s", (path, text) => {
    expect(rule(sourceFile(path, text))).toHaveLength(1);
  });
  test.each(allowed)("allows %s: %s", (path, text) => {
    expect(rule(sourceFile(path, text))).toEqual([]);
  });
}

const file = "packages/core/src/feed/ticker.ts";
const spec = "packages/core/src/feed/ticker.test.ts";

describe("floors", () => {
  judges(
    importsLowerFloors,
    [
      ["packages/protocol/src/a.ts", 'import "@metricast/core";'],
      ["packages/protocol/src/a.ts", 'import "eventemitter3";'],
      ["packages/protocol/src/a.ts", 'import { Buffer } from "node:buffer";'],
      [file, 'import { WebSocket } from "ws";'],
      [file, 'import type { Client } from "@metricast/client";'],
      [file, 'export * from "@metricast/transport-ws";'],
      [file, 'type A = import("@metricast/sources").A;'],
      [file, 'import { a } from "../../../protocol/src/a.js";'],
      ["packages/transport-ws/src/a.ts", 'const a = import("@metricast/store-memory");'],
      ["packages/sources/src/a.ts", 'import "metricast";'],
      ["packages/sources/src/a.ts", 'import "@metricast/bench";'],
      ["packages/unheard-of/src/a.ts", 'import "@metricast/core";'],
      ["packages/dashboard/src/a.ts", 'import "@metricast/client";'],
      ["packages/dashboard/page/src/a.tsx", 'import "node:fs";'],
      ["packages/dashboard/page/src/a.tsx", 'import { page } from "../../src/page.js";'],
    ],
    [
      [
        file,
        'import { type A } from "@metricast/protocol"; import { b } from "../b.js"; import "node:crypto";',
      ],
      [spec, 'import { manualClock } from "@metricast/testkit";'],
      ["packages/dashboard/src/page.ts", 'import "node:fs"; import "@metricast/core";'],
      ["packages/dashboard/page/src/a.tsx", 'import { connect } from "@metricast/client";'],
      ["packages/client/src/socket.ts", 'const ws = import("ws");'],
      ["packages/metricast/src/index.ts", 'import "@metricast/core"; import "@metricast/transport-ws";'],
    ],
  );

  test("judges a package.json by the same order", () => {
    const manifest = {
      folder: "core",
      name: "",
      files: [],
      readme: "",
      dependencies: ["@metricast/client", "ws"],
    };
    expect(dependsOnLowerFloors(manifest)).toHaveLength(2);
    expect(
      dependsOnLowerFloors({ ...manifest, dependencies: ["@metricast/protocol", "eventemitter3"] }),
    ).toEqual([]);
  });
});

describe("circles", () => {
  const a = sourceFile("packages/core/src/a.ts", 'import type { B } from "./sub/b.js";');
  const b = sourceFile("packages/core/src/sub/b.ts", 'export { c } from "./c.js";');

  test("are reported once, through types and re-exports", () => {
    const c = sourceFile("packages/core/src/sub/c.ts", 'type A = import("../a.js").A;');
    expect(importCycles([a, b, c])).toHaveLength(1);
  });

  test("are not seen where there are none", () => {
    const c = sourceFile("packages/core/src/sub/c.ts", "export const c = 1;");
    expect(importCycles([a, b, c])).toEqual([]);
  });
});

describe("clockwork", () => {
  judges(
    clockOnlyInClocks,
    [
      [file, "setTimeout(run, 10);"],
      [file, "const start = globalThis.setInterval;"],
      [file, "setImmediate(run);"],
      [file, "const now = Date.now();"],
      [file, "const now = new Date();"],
      [file, "const now = performance.now();"],
      [file, "const chance = Math.random();"],
      [file, "const late = AbortSignal.timeout(5);"],
      [file, 'import * as timers from "node:timers/promises";'],
      ["packages/core/src/feed/clock.ts", "const now = Date.now();"],
    ],
    [
      [file, "interface Clock { setTimeout(run: () => void, ms: number): void }"],
      [file, "clock.setTimeout(run, 10); const date = new Date(at);"],
      [file, "// Date.now() would be wrong here"],
      ["packages/core/src/clock.ts", "setTimeout(run, 10); Date.now();"],
      ["packages/metricast/src/cli/watch.ts", "setInterval(paint, 100);"],
      ["packages/testkit/src/ledger.ts", "setTimeout(run, 10);"],
      [spec, "Date.now();"],
    ],
  );
});

describe("guest manners", () => {
  judges(
    leavesHostAlone,
    [
      [file, 'console.warn("no");'],
      [file, 'globalThis.console.log("no");'],
      [file, 'process.on("exit", run);'],
      [file, "process.exit(1);"],
      ["packages/sources/src/notify-crash.ts", 'process.once("exit", run);'],
      ["packages/metricast/src/cli/watch.ts", "element.innerHTML = text;"],
      ["packages/dashboard/page/src/a.tsx", "const a = <p dangerouslySetInnerHTML={{ __html: text }} />;"],
      ["packages/dashboard/page/src/a.tsx", "const a = <iframe srcdoc={text} />;"],
      ["packages/dashboard/page/src/a.ts", "const a = range.createContextualFragment(text);"],
    ],
    [
      [file, "const memory = process.memoryUsage(); logger.warn({}, text);"],
      ["packages/core/src/notify-crash.ts", 'process.on("uncaughtExceptionMonitor", tell);'],
      ["packages/metricast/src/cli/watch.ts", 'console.log("hello"); process.exit(1);'],
      [spec, 'console.log("seen");'],
    ],
  );
});

describe("strictness", () => {
  judges(
    keepsTypes,
    [
      [file, "const a: any = 1;"],
      [spec, "const b = a!.b;"],
      [file, "// @ts-ignore\nconst a = 1;"],
      [file, "// @ts-expect-error\nconst a = 1;"],
    ],
    [[file, "const any = 1; const b = !any; const c: unknown = b;"]],
  );
  judges(
    buildsNoPrograms,
    [
      [file, "const a = new RegExp(text);"],
      [file, "const a = RegExp(text);"],
      [file, 'const a = new Function("return 1");'],
    ],
    [[file, "const a = /x/u; const b: RegExp = a; if (a instanceof RegExp) run();"]],
  );
  judges(
    keepsNoModuleState,
    [
      [file, "let count = 0;"],
      [file, "export var count = 0;"],
    ],
    [[file, "const limit = 1; function next() { let count = limit; return count++; }"]],
  );
  judges(
    skipsNoTests,
    [
      [spec, 'test.skip("a", run);'],
      [spec, 'describe.only("a", run);'],
      [spec, 'it.skipIf(bare)("a", run);'],
    ],
    [[spec, 'test("a", run); list.only("a"); test.each([1])("b", run);']],
  );
});

describe("open keys", () => {
  judges(
    keysNoObjects,
    [
      [file, "const counts: Record<string, number> = {}; counts[name] = 1;"],
      [
        file,
        "class A { #labels: Record<string, string> = {}; set(name, value) { this.#labels[name] = value; } }",
      ],
      [file, "class A { labels = {}; set(name, value) { this.labels[name] = value; } }"],
      [file, "const a = {}; Object.assign(a, JSON.parse(text));"],
    ],
    [
      [file, "const counts = new Map(); counts.set(name, 1);"],
      [file, "const labels: Labels = Object.create(null); labels[name] = value;"],
      [file, 'const a: Record<string, number> = {}; a["known"] = 1;'],
      [file, "const counts: Partial<Record<Counted, number>> = {}; counts[what] = 1;"],
      [file, "const list = []; list[at] = 1;"],
      [spec, "const a = {}; a[name] = 1;"],
    ],
  );
});

describe("filing", () => {
  judges(
    staysShort,
    [[file, "a();\n".repeat(301)]],
    [
      [file, "a();\n".repeat(300)],
      [spec, "a();\n".repeat(301)],
    ],
  );
  judges(
    hasProperName,
    [
      ["packages/core/src/utils.ts", ""],
      ["packages/core/src/helpers/ring.ts", ""],
      ["packages/core/src/types.test.ts", ""],
      ["packages/core/src/rateLimit.ts", ""],
      ["packages/dashboard/page/src/ChartGrid.tsx", ""],
    ],
    [
      ["packages/core/src/rate-limit.ts", ""],
      ["packages/dashboard/page/src/chart-grid.tsx", ""],
      ["packages/core/src/rate-limit.alone.test.ts", ""],
    ],
  );

  test("a package needs a README and its files on npm", () => {
    const manifest = { folder: "core", name: "@metricast/core", dependencies: [] };
    expect(isPresentable({ ...manifest, files: ["dist", "README.md"], readme: undefined })).toHaveLength(2);
    const files = ["dist", "README.md", "LICENSE"];
    expect(isPresentable({ ...manifest, files, readme: "# @metricast/core\n" })).toEqual([]);
  });
});
