import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";

const run = promisify(execFile);
const bench = fileURLToPath(new URL("../..", import.meta.url));

/** What a measurement needs besides itself. */
export interface Tools {
  /** A folder of this run alone, where peers can be imported from. */
  readonly folder: string;
  /** Script of the process that every arm runs in. */
  readonly server: string;
  /** C programs; undefined without a compiler. */
  readonly native: { readonly loadClient: string; readonly cWrite: string } | undefined;
  /** Script of the load client for machines without a compiler. */
  readonly loadClient: string;
  readonly serverCore: number | undefined;
  readonly clientCore: number | undefined;
  /** Bundles another script of `src/` to be run in a process of its own; resolves to its path. */
  bundle(entry: string): Promise<string>;
  dispose(): void;
}

const peers = ["ws", "socket.io", "uWebSockets.js", "msgpackr", "express", "express-status-monitor"];

/**
 * Bundles what is measured as it would be published: run through a loader, every closure would be given a name at run
 * time, which costs more than some of what is measured.
 */
export async function prepareTools({ native = true } = {}): Promise<Tools> {
  const folder = `${bench}node_modules/.bench/${process.pid}`;
  mkdirSync(folder, { recursive: true });
  const bundle = (entry: string) => bundled(entry, folder);
  const pinned = availableParallelism() >= 2 && (await works("taskset", ["--version"]));
  return {
    folder,
    server: await bundle("server/main.ts"),
    loadClient: await bundle("load/main.ts"),
    native: native ? await compiled(folder) : undefined,
    serverCore: pinned ? 0 : undefined,
    clientCore: pinned ? 1 : undefined,
    bundle,
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function bundled(entry: string, folder: string): Promise<string> {
  const outfile = `${folder}/${entry.replaceAll("/", "-").replace(/\.ts$/, ".mjs")}`;
  await build({
    entryPoints: [`${bench}src/${entry}`],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["metricast-src"],
    external: peers,
    plugins: [ownAddresses],
    sourcemap: "linked",
    logLevel: "warning",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return outfile;
}

/** A module that reads files beside itself must go on finding them from inside a bundle. */
const ownAddresses: Plugin = {
  name: "own-addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const address = JSON.stringify(pathToFileURL(path).href);
      return { loader: "ts", contents: text.replaceAll("import.meta.url", address) };
    });
  },
};

async function compiled(folder: string): Promise<Tools["native"]> {
  const compiler = (await works("cc", ["--version"]))
    ? "cc"
    : (await works("gcc", ["--version"]))
      ? "gcc"
      : undefined;
  if (compiler === undefined || process.platform !== "linux") return undefined;
  const sources = (...names: string[]) => names.map((name) => `${bench}native/${name}.c`);
  const loadClient = `${folder}/load-client`;
  const cWrite = `${folder}/c-write`;
  const client = sources("load-client", "connection", "latency", "route-probe");
  await run(compiler, ["-O2", "-o", loadClient, ...client]);
  await run(compiler, ["-O2", "-o", cWrite, ...sources("c-write")]);
  return existsSync(loadClient) && existsSync(cWrite) ? { loadClient, cWrite } : undefined;
}

async function works(command: string, args: readonly string[]): Promise<boolean> {
  return await run(command, [...args]).then(
    () => true,
    () => false,
  );
}
