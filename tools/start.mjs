// `npm start`: installs, builds, runs the Express example and says where its dashboard is.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { buildIsFresh, buildPackages } from "./build.mjs";
import { endCommands, tookSince } from "./command.mjs";
import { installDependencies } from "./install.mjs";
import { requireNode, root } from "./workspace.mjs";

const wantedPort = Number(process.env.PORT ?? 3000);
const children = new Set();

function start(args, options) {
  const child = spawn(process.execPath, args, { cwd: root, ...options });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

const ended = (child) =>
  new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));

async function build() {
  if (buildIsFresh()) {
    console.log("build: up to date");
    return true;
  }
  console.log("build: compiling the packages (some seconds)");
  const startedAt = performance.now();
  const { code, output } = await buildPackages();
  console.log(code === 0 ? `build: done in ${tookSince(startedAt)}` : `${output.trimEnd()}\nbuild: FAILED`);
  return code === 0;
}

/** The wanted port, or any free one where something else listens there. */
async function freePort(wanted) {
  const taken = await listens(wanted);
  if (taken === wanted) return wanted;
  const free = await listens(0);
  console.log(`port ${wanted} is taken, using ${free}`);
  return free;
}

function listens(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen(port, () => {
      const found = probe.address().port;
      probe.close(() => resolve(found));
    });
  });
}

/** Starts the example; resolves to its watch address once it has printed it. */
function startExample(port) {
  const server = start(["--import", "tsx", "examples/express/src/server.ts"], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const tail = []; // what it said last, shown if it dies
  const url = new Promise((resolve) => {
    const read = (line) => {
      const found = /^metricast: (\S+)/.exec(line);
      if (found) resolve(found[1]);
      tail.push(line);
      if (tail.length > 20) tail.shift();
    };
    for (const input of [server.stdout, server.stderr]) createInterface({ input }).on("line", read);
    server.once("close", () => resolve(undefined));
  });
  return { server, url, tail };
}

/** Where nobody sits, as in a log, the values go by line by line; on a terminal they would push the address away. */
function proofOfLife(address) {
  const args = ["packages/metricast/dist/cli.js", "watch", address];
  if (process.stdout.isTTY) {
    console.log(`or in a second terminal: node ${args.slice(0, 2).join(" ")} '${address}'`);
    return [];
  }
  return [ended(start(args, { stdio: "inherit" })).then(({ code }) => code ?? 0)];
}

async function watchExample() {
  const port = await freePort(wantedPort);
  console.log(`starting the Express example on http://localhost:${port}`);
  const { server, url, tail } = startExample(port);
  const serverEnded = ended(server);
  const address = await url;
  if (address === undefined) {
    console.error(`${tail.join("\n")}\nthe example ended before it was ready`);
    return 1;
  }
  console.log(`\ndashboard: ${address}\n\nopen it in a browser; Ctrl-C ends it`);
  const first = await Promise.race([
    ...proofOfLife(address),
    serverEnded.then(() => {
      if (!stopping) console.error(`${tail.join("\n")}\nthe example ended`);
      return stopping ? 0 : 1;
    }),
  ]);
  await endChildren();
  return first;
}

/** Asks every child to end, by its id, and insists after two seconds. */
async function endChildren() {
  const left = [...children];
  const insist = setTimeout(() => left.forEach((child) => void child.kill("SIGKILL")), 2_000);
  await Promise.all(
    left.map((child) => {
      const end = ended(child);
      child.kill("SIGTERM");
      return end;
    }),
  );
  clearTimeout(insist);
}

let stopping = false;

// A terminal's Ctrl-C reaches the children too; a kill of this process alone does not.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    const watching = children.size > 0;
    endCommands(signal);
    await endChildren();
    process.exit(watching ? 0 : 130);
  });
}

requireNode();
const ready = (await installDependencies()) && (await build());
process.exitCode = ready ? await watchExample() : 1;
