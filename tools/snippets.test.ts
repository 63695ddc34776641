import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ChildScript, freePort, RedisServer } from "@metricast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runNode } from "./command.mjs";
import { extract } from "./snippets/extract.js";
import { pagesOf } from "./snippets/page-snippets.js";
import { compiler } from "./workspace.mjs";

// Every piece of code in the README and on the site is compiled; every one that is a whole program runs.

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const folder = `${root}/docs/.vitepress/cache/snippets`;
const snippets = extract(root, folder);

/** The build of uWebSockets.js that tests use has its native part for Node 20 alone. */
const canRun = (code: string) => !code.includes("uWebSockets.js") || process.versions.node.startsWith("20.");

/** They listen on the reader's port 3000, here on one of their own. */
const programs = snippets.filter(
  ({ surroundings, code }) => surroundings === undefined && code.includes("3000") && canRun(code),
);

test("there is something to compile and to run", () => {
  expect(pagesOf(root).length).toBeGreaterThan(60);
  expect(snippets.length).toBeGreaterThan(40);
  expect(programs.length).toBeGreaterThan(6);
});

test("every snippet compiles, and one that is planted does not", async () => {
  writeFileSync(
    `${folder}/planted.js`,
    'import { metricast } from "metricast";\nmetricast({ interval: 1 });\n',
  );
  const types = `${root}/docs/.vitepress/cache/types`;
  const compile = (...args: string[]) => runNode(compiler, args, { collect: true });
  // Against the packages' types, as a reader does: their sources are checked elsewhere.
  await compile("-p", "tsconfig.declarations.json", "--outDir", types);
  const kept = `${root}/node_modules/.cache/types/snippets.tsbuildinfo`;
  const { output } = await compile(
    "-p",
    folder,
    "--pretty",
    "false",
    "--incremental",
    "--tsBuildInfoFile",
    kept,
  );
  const found = output.split("\n").filter((line: string) => /^\S/.test(line));
  expect(found).toEqual([expect.stringMatching(/\/planted\.js\(2,13\): error TS\d+: .*interval/)]);
}, 60_000);

describe("every whole program", () => {
  let redis: RedisServer;
  let process: ChildScript;
  let ports: ReadonlyMap<string, number>;

  beforeAll(async () => {
    redis = await RedisServer.start();
    const started = await Promise.all(
      programs.map(async ({ path, page, line }) => {
        const port = await freePort();
        writeFileSync(path, readFileSync(path, "utf8").replaceAll("3000", String(port)));
        return { path, name: `${page}:${line}`, port };
      }),
    );
    ports = new Map(started.map(({ name, port }) => [name, port]));
    process = ChildScript.run(
      [
        `Object.assign(process.env, ${JSON.stringify(environment(redis.port))});`,
        ...started.map(({ path }) => `await import(${JSON.stringify(path)});`),
        'console.log("all run");',
      ].join("\n"),
    );
    await process.says("all run", 60_000);
  }, 90_000);

  afterAll(async () => {
    process.kill();
    await redis.stop();
  });

  test.each(programs.map(({ page, line }) => `${page}:${line}`))("%s serves", async (name) => {
    const base = `http://localhost:${ports.get(name)}/metricast/`;
    const [, address = base] = process.stdout.match(new RegExp(`(${base}\\S*)`)) ?? [];
    const { status, headers } = await fetch(address);
    if (!address.includes("token=")) expect(status).toBeLessThan(500);
    else expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  });

  test("the README's shows the reader's own number at the first tick", async () => {
    const port = [...ports].find(([name]) => name.startsWith("README.md"))?.[1];
    const [, token] = process.stdout.match(new RegExp(`:${port}/metricast/\\?token=(\\S+)`)) ?? [];
    const catalogue = `http://localhost:${port}/metricast/catalogue?ticket=${token}`;
    await expect
      .poll(async () => (await fetch(catalogue)).text(), { timeout: 14_000 })
      .toContain("queue_length");
  }, 30_000);

  test("the deployed one answers probes without a login, and the page with one", async () => {
    const [, port] = [...ports].find(([name]) => name.startsWith("docs/guides/deploy.md")) ?? [];
    const base = `http://localhost:${port}/metricast/`;
    const statuses = await Promise.all([
      fetch(`${base}health/live`),
      fetch(`${base}health/ready`),
      fetch(base),
      fetch(base, { headers: { "x-user": "ann" } }),
      fetch(`${base}health`),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 401, 200, 401]);
  });
});

const environment = (redisPort: number) => ({
  NODE_ENV: "development",
  REDIS_URL: `redis://127.0.0.1:${redisPort}`,
  METRICS_TOKEN: "a-token-of-a-test",
});

// Suites that a page shows, for what it shows.
for (const { file, path } of snippets) if (file?.endsWith(".suite.ts")) await import(path);
