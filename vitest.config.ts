import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

const roots = "{packages,examples,bench,tools}";
const alone = `${roots}/**/*.alone.test.ts`;
const long = `${roots}/**/*.long.test.ts`;

/** The build of uWebSockets.js that tests use has its native part for Node 20 alone: elsewhere it would be a stand-in. */
const hasUws = process.versions.node.startsWith("20.");
const uws = hasUws ? [] : [`${roots}/**/*.uws.test.ts`];
if (!hasUws) console.log("left out, as they need Node 20: suites on uWebSockets.js, *.uws.test.ts");

// No module of these packages keeps state, so their tests share a process: to load all anew for each file costs more than the
// tests do. What weighs the memory of its process has one of its own, as have all others.
const stateless = "packages/{protocol,core}/src/**";
const weighing = "cardinality|real-bytes|fuzz";
const elsewhere = [...configDefaults.exclude, ...uws, alone, long];

const shared = {
  name: "shared",
  isolate: false,
  include: [`${stateless}/!(${weighing}).test.ts`],
  exclude: elsewhere,
};
const own = {
  name: "own",
  include: [`${roots}/**/*.test.ts`],
  exclude: [...elsewhere, ...shared.include],
};

// Suites judged by time run alone (`vitest run --mode alone`), long ones on demand (`--mode long`).
const suites = {
  test: {
    // One more than there are cores: some files wait for minutes, for a proxy to lose patience or clients to come and go.
    maxWorkers: availableParallelism() + 1,
    projects: [shared, own].map((test) => ({ extends: true as const, test })),
  },
  alone: { include: [alone], fileParallelism: false, passWithNoTests: true },
  long: { include: [long], fileParallelism: false, testTimeout: 600_000 },
};

export default defineConfig(({ mode }) => ({
  // Node tests take their conditions from here: workspace packages resolve to their sources, no build needed.
  ssr: { resolve: { conditions: ["metricast-src", "module", "node", "development|production"] } },
  test: {
    reporters: ["default", "./tools/summary-reporter.ts", "./tools/reliability/evidence-reporter.ts"],
    globalSetup: ["./tools/page-build.ts"],
    testTimeout: 15_000,
    ...(mode === "alone" || mode === "long" ? suites[mode] : suites.test),
  },
}));
