// The process of one arm: listens, and does what lines on stdin say, each answered by one line of JSON.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import type { Arm, ArmMaker, ArmOptions } from "./arm.js";
import { Barrier } from "./barrier.js";
import { metricastArm } from "./metricast-arm.js";
import { MovingSeries } from "./moving-series.js";
import { serverSentEvents, socketIo, statusMonitor, uwsPublish } from "./peer-arms.js";
import { ServerRun } from "./server-run.js";
import { wsFrame, wsLiar, wsNaive, wsOnce } from "./ws-arms.js";

const makers: Readonly<Record<string, ArmMaker>> = {
  metricast: metricastArm,
  "ws-naive": wsNaive,
  "ws-once": wsOnce,
  "ws-frame": wsFrame,
  "ws-liar": wsLiar,
  "socket.io": socketIo,
  sse: serverSentEvents,
  uws: uwsPublish,
  "status-monitor": statusMonitor,
};

async function start(name: string, options: ArmOptions): Promise<void> {
  const make = makers[name];
  if (make === undefined) throw new Error(`no arm ${name}`);
  const server = createServer((req, res) => {
    if (req.url !== "/host") return;
    res.setHeader("content-type", "application/json");
    res.end('{"answer":42}');
  });
  // Connections that ask the route rest between two stretches of time.
  server.keepAliveTimeout = 300_000;
  const moving = new MovingSeries(options.series, options.share);
  const arm: Arm = await make({ ...options, moving, server });
  server.listen(0, "127.0.0.1", 4_096);
  await new Promise((resolve) => server.once("listening", resolve));
  const barrier = await Barrier.listen();
  const run = new ServerRun({ arm, moving, barrier });
  const address = server.address();
  const hostPort = typeof address === "object" && address !== null ? address.port : 0;
  await arm.prepare?.(hostPort);
  say({ port: arm.port ?? hostPort, hostPort, controlPort: barrier.port });
  for await (const line of createInterface({ input: process.stdin })) {
    say(await run.obey(line).catch((cause: unknown) => ({ error: String(cause) })));
  }
}

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const [, , name = "", options = "{}"] = process.argv;
await start(name, JSON.parse(options));
process.exit();
