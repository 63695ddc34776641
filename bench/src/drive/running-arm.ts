import { writeFileSync } from "node:fs";
import { MovingSeries } from "../server/moving-series.js";
import { framed } from "../server/ws-arms.js";
import { type ArmSpec, targets } from "./arm-spec.js";
import { checkContent, viewNumber } from "./content-check.js";
import { type Answer, LineProcess, numberOf } from "./line-process.js";
import { LoadClient, type LoadCounts } from "./load-client.js";
import { coreBusyMs, untilQuiet } from "./quiet.js";
import type { Tools } from "./tools.js";

/** What a burst of ticks cost. */
export interface BurstFigures {
  readonly ticks: number;
  /** CPU of the server's whole process per tick and client, microseconds. */
  readonly cpuUs: number;
  /** Ticks delivered to one client each, per second of the server's CPU. */
  readonly perCpuSecond: number;
  /** The same per second of the wall clock. */
  readonly perSecond: number;
  /** Payload bytes of a tick to one client. */
  readonly payloadBytes: number;
  /** How much of the time others used the server's core; undefined where that is not known. */
  readonly disturbed: number | undefined;
}

/** Above this share of others on its core a burst is repeated, a few times. */
const mostDisturbed = 0.12;
const repeats = 2;
/** Of shorter bursts nobody takes the time. */
const leastJudgedMs = 100;
const patienceMs = 500;
/** Who watches while an arm warms up: enough for all that is done once a tick. */
const warmUpClients = 2;

/** A server's process and the clients of it. */
export class RunningArm {
  readonly spec: ArmSpec;
  readonly clients: LoadClient;
  readonly hostPort: number;
  readonly #tools: Tools;
  readonly #server: LineProcess;
  readonly #port: number;
  readonly #controlPort: number;
  #reports = false;
  #ticks = 0;
  #payloadBytes = 0;

  /** Starts both; nothing is connected yet. */
  static async start(tools: Tools, spec: ArmSpec): Promise<RunningArm> {
    const server = serverProcess(tools, spec);
    try {
      const hello = await server.hello();
      if (spec.arm === "c-write") await server.ask(`frame ${frameFile(tools, spec)}`);
      return new RunningArm(tools, spec, server, hello);
    } catch (cause) {
      await server.close();
      throw cause;
    }
  }

  private constructor(tools: Tools, spec: ArmSpec, server: LineProcess, hello: Answer) {
    this.spec = spec;
    this.#port = numberOf(hello, "port");
    this.clients = loadClient(tools, spec, this.#port);
    this.hostPort = numberOf(hello, "hostPort" in hello ? "hostPort" : "port");
    this.#controlPort = numberOf(hello, "controlPort");
    this.#tools = tools;
    this.#server = server;
  }

  get ticksItself(): boolean {
    return this.spec.arm === "metricast" && this.spec.options.paced === true;
  }

  get messagesPerTick(): number {
    return this.spec.selects?.length ?? 1;
  }

  /** So many ticks with few clients: what is done once a tick, not once a client, is compiled after a thousand and more. */
  async warmUp(ticks: number): Promise<void> {
    // Nothing in C is compiled meanwhile.
    if (this.spec.arm === "c-write" || ticks === 0) return;
    const few = loadClient(this.#tools, { ...this.spec, clients: warmUpClients }, this.#port);
    try {
      await few.open();
      if (this.spec.arm === "metricast") await subscribe(few, this.spec);
      await this.ask(`warmup ${ticks}`);
    } finally {
      await few.close();
    }
  }

  /** Opens all connections and subscribes where the arm knows that; rejects where one is refused. */
  async open(): Promise<void> {
    await this.clients.open();
    if (this.spec.arm === "metricast") await this.subscribe();
    await this.begin();
  }

  /** Counts from here on. */
  async begin(): Promise<void> {
    this.#ticks = 0;
    this.#payloadBytes = 0;
    await this.clients.perTick(this.messagesPerTick);
    await this.clients.zero();
    if (!this.#reports) await this.clients.reportTo(this.#controlPort);
    this.#reports = true;
  }

  /** Resolves to how long that took, without the keyframes that follow. */
  subscribe(): Promise<number> {
    return subscribe(this.clients, this.spec);
  }

  /** For a while only: every client watches everything; resolves to the view's number. */
  async watch(): Promise<number> {
    const view = await viewNumber(this.hostPort, this.spec.protocol);
    await this.clients.zero();
    await this.subscribe();
    return view;
  }

  async unwatch(view: number): Promise<void> {
    await this.clients.tell([{ type: "unsubscribe", id: 2, views: [view] }], '{"type":"unsubscribed"');
  }

  ask(line: string, deadlineMs?: number): Promise<Answer> {
    return this.#server.ask(line, deadlineMs);
  }

  /** Whether what arrives is what the server has, with every client; of clients with other bytes each only their number. */
  async check(): Promise<void> {
    if (this.spec.ownSelects !== undefined) return;
    await this.clients.hash(true);
    await checkContent(this);
    await this.clients.hash(false);
  }

  /** Ticks one after the other for so long; rejects where one is missing with one client. */
  async burst(ms: number): Promise<BurstFigures> {
    let figures = await this.#burst(ms);
    if (ms < leastJudgedMs) return figures;
    for (let again = 0; again < repeats && (figures.disturbed ?? 0) > mostDisturbed; again += 1) {
      const next = await this.#burst(ms);
      if ((next.disturbed ?? 0) < (figures.disturbed ?? 0)) figures = next;
    }
    return figures;
  }

  async #burst(ms: number): Promise<BurstFigures> {
    const { serverCore } = this.#tools;
    if (ms >= leastJudgedMs) await untilQuiet(serverCore, patienceMs);
    const busyBefore = coreBusyMs(serverCore);
    const answer = await this.#server.ask(`burst ${ms}`);
    const busyAfter = coreBusyMs(serverCore);
    const ticks = numberOf(answer, "ticks");
    const cpuMs = numberOf(answer, "cpuMs");
    const wallMs = numberOf(answer, "ms");
    const { payloadBytes } = await this.counted(ticks);
    const bytes = payloadBytes - this.#payloadBytes;
    this.#payloadBytes = payloadBytes;
    const deliveries = ticks * this.spec.clients;
    const others =
      busyBefore === undefined || busyAfter === undefined ? undefined : busyAfter - busyBefore - cpuMs;
    return {
      ticks,
      cpuUs: (1_000 * cpuMs) / deliveries,
      perCpuSecond: deliveries / (cpuMs / 1_000),
      perSecond: deliveries / (wallMs / 1_000),
      payloadBytes: bytes / deliveries,
      disturbed: others === undefined ? undefined : Math.max(0, others / wallMs),
    };
  }

  /** So many ticks more were sent: rejects unless every client got all of them, and nothing else. */
  async counted(ticks: number): Promise<LoadCounts> {
    this.#ticks += ticks;
    const counts = await this.clients.await(this.#ticks);
    const due = this.#ticks * this.messagesPerTick;
    const { least, most, lost, broken, closeCode, leastPayloadBytes, mostPayloadBytes } = counts;
    const wrong: string[] = [];
    if (least !== due || most !== due) wrong.push(`sent ${due}, received ${least} to ${most}`);
    if (leastPayloadBytes !== mostPayloadBytes && this.spec.ownSelects === undefined)
      wrong.push(`${leastPayloadBytes} to ${mostPayloadBytes} bytes`);
    if (lost > 0) wrong.push(`${lost} connections lost, close code ${closeCode}`);
    if (broken > 0) wrong.push(`${broken} frames out of order`);
    if (wrong.length > 0) throw new Error(`${this.spec.label}: ${wrong.join("; ")}`);
    return counts;
  }

  async close(): Promise<void> {
    await this.clients.close();
    await this.#server.close();
  }
}

function loadClient(tools: Tools, { arm, protocol, clients }: ArmSpec, port: number): LoadClient {
  const { kind, path } = targets[arm];
  return new LoadClient(tools, { kind, path, port, protocol, clients });
}

async function subscribe(clients: LoadClient, { selects = [["*"]], ownSelects }: ArmSpec): Promise<number> {
  const wishes = ownSelects ? ownSelects.map((select) => [select]) : [selects];
  const messages = wishes.map((wish) => ({
    type: "subscribe",
    id: 1,
    items: wish.map((select) => ({ channel: "metrics", select })),
  }));
  const ms = await clients.tell(messages, '{"type":"subscribed"');
  // The keyframes.
  await clients.await(wishes[0]?.length ?? 0);
  return ms;
}

function serverProcess(tools: Tools, { arm, label, options }: ArmSpec): LineProcess {
  const { native, server, serverCore: core } = tools;
  if (arm === "c-write") {
    if (native === undefined) throw new Error("The C server needs a compiler");
    return new LineProcess(label, [native.cWrite], { core });
  }
  const profileFolder = process.env.METRICAST_BENCH_PROFILE;
  const profile = profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}/${arm}`];
  const command = [process.execPath, "--expose-gc", "--enable-source-maps", ...profile, server, arm];
  return new LineProcess(label, [...command, JSON.stringify(options)], {
    core,
    env: { NODE_ENV: "production" },
  });
}

/** What peers send at their first tick, as a file of one frame. */
function frameFile(tools: Tools, { options }: ArmSpec): string {
  const moving = new MovingSeries(options.series, options.share);
  moving.advance();
  const file = `${tools.folder}/frame-${options.series}`;
  writeFileSync(file, framed(JSON.stringify(moving.snapshot)));
  return file;
}
