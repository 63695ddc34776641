// One command for the whole picture: Redis, three instances of one service, and HAProxy before them.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { controlSocket } from "./control.js";
import { freePort, Program } from "./program.js";

const names = ["web-1", "web-2", "web-3"];
const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const answers = async (url: string) => (await fetch(url)).ok;
const listens = (at: number) => once(connect(at, "127.0.0.1").end(), "connect").then(() => true);

const port = Number(process.env.PORT ?? 3000) || (await freePort());
const redisPort = await freePort();
const redis = new Program("redis-server", [
  ...["--bind", "127.0.0.1", "--port", `${redisPort}`],
  ...["--save", "", "--appendonly", "no"],
]);
const startSecret = randomBytes(24).toString("base64url");
const instances = await Promise.all(names.map((name) => instanceOf(name)));
const haproxy = new Program("haproxy", ["-db", "-f", fileOf("../haproxy.cfg")], {
  PORT: `${port}`,
  ...Object.fromEntries(
    instances.map((one) => [`${one.name.toUpperCase().replace("-", "_")}_PORT`, one.port]),
  ),
});

async function instanceOf(name: string) {
  const own = `${await freePort()}`;
  const program = new Program(process.execPath, [...process.execArgv, fileOf("instance.ts")], {
    INSTANCE: name,
    PORT: own,
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    START_SECRET: startSecret,
  });
  const start = () => program.start(() => answers(`http://127.0.0.1:${own}/metricast/health/ready`));
  return { name, port: own, program, start };
}

/** One at a time, and the next only when HAProxy has seen the one before: two always serve. */
async function restartAll(socket: Socket): Promise<void> {
  socket.on("error", () => {}); // whoever asked may go
  for (const { name, program, start } of instances) {
    socket.write(`${name} …`);
    await program.stop();
    await start();
    await pause(1_000);
    socket.write(" is back\n");
  }
  socket.end();
}

let restarting = Promise.resolve();
const control = createServer((socket) => {
  restarting = restarting
    .then(() => restartAll(socket))
    .catch((cause) => {
      socket.end(` is not: ${cause}\n`);
    });
});

async function stop(): Promise<void> {
  control.close();
  await restarting;
  await haproxy.stop();
  await Promise.all(instances.map(({ program }) => program.stop()));
  await redis.stop();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);

async function startAll(): Promise<void> {
  await redis.start(() => listens(redisPort));
  await Promise.all(instances.map(({ start }) => start()));
  await haproxy.start(() => answers(`http://127.0.0.1:${port}/`));
  rmSync(controlSocket(port), { force: true });
  control.listen(controlSocket(port));
}

try {
  await startAll();
  const url = /^up: (\S+)/m.exec(instances[0]?.program.output ?? "")?.[1] ?? "";
  console.log(`metricast: ${url.replace(/:\d+\//, `:${port}/`)}`);
} catch (cause) {
  console.error(cause);
  process.exitCode = 1;
  await stop();
}
