import { ChildScript, until, WireClient, type WireClientOptions } from "@metricast/testkit";
import { onTestFinished } from "vitest";
import type { Door } from "./door.js";
import { intervalMs } from "./interval.js";

export interface FaultServiceOptions {
  readonly door: Door;
  /** The source of an object of options, beyond those that every fault needs. */
  readonly options?: string;
  /** Imports and statements before the service is made. */
  readonly before?: string;
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** A program that runs the service's. */
  readonly under?: readonly string[];
  /** Where it listens. */
  readonly host?: string;
}

/** What a service says of itself. */
export interface ServiceReport {
  readonly sessions: number;
  /** Codes of the sessions that ended, of very many the last ones. */
  readonly left: readonly number[];
  readonly warnings: readonly string[];
  /** The longest that a turn of its event loop computed since it was last asked: other processes of the machine do not count. */
  readonly turnMs: number;
  readonly heapBytes: number;
  /** Bytes handed to the system on all sockets that are open. */
  readonly written: number;
  readonly descriptors: number;
}

/**
 * A service in a process of its own, to be stopped, killed and blocked. It gives way to no address and samples
 * `tick`, the number of the tick.
 */
export class FaultService {
  readonly child: ChildScript;
  readonly host: string;
  port = 0;
  readonly #clients: WireClient[] = [];

  /** Ended with the test. */
  static start(options: FaultServiceOptions): Promise<FaultService> {
    const service = new FaultService(options);
    onTestFinished(() => service.end());
    return service.#listening();
  }

  /** For several tests: whoever starts it ends it. */
  static startForAll(options: FaultServiceOptions): Promise<FaultService> {
    return new FaultService(options).#listening();
  }

  async #listening(): Promise<this> {
    // Machines are busy: a process may take long to load.
    this.port = Number(await this.child.says("port ", 120_000));
    return this;
  }

  private constructor({
    door,
    options = "{}",
    before = "",
    flags = [],
    under = [],
    host = "127.0.0.1",
  }: FaultServiceOptions) {
    this.host = host;
    this.child = ChildScript.run(scriptOf({ door, options, before, host }), ["--expose-gc", ...flags], under);
  }

  get url(): string {
    return `ws://${this.host}:${this.port}/metricast/`;
  }

  async open(options: WireClientOptions = {}): Promise<WireClient> {
    const client = await WireClient.open(this.url, options);
    this.#clients.push(client);
    return client;
  }

  /** Holds the event loop. */
  block(ms: number): void {
    this.child.say(`block ${ms}`);
  }

  async command(line: string): Promise<void> {
    this.child.stdout = "";
    this.child.say(line);
    await this.child.says("done");
  }

  async report(deadlineMs = 15_000): Promise<ServiceReport> {
    this.child.stdout = "";
    this.child.say("report");
    return JSON.parse(await this.child.says("report ", deadlineMs));
  }

  async settled(sessions: number, deadlineMs = 10_000): Promise<void> {
    let count = -1;
    await until(
      async () => {
        ({ sessions: count } = await this.report());
        return count === sessions;
      },
      deadlineMs,
      () => `${count} sessions, not ${sessions}`,
    );
  }

  end(): void {
    for (const { peer } of this.#clients.splice(0)) peer.destroy();
    this.child.kill();
  }
}

function scriptOf({
  door,
  options,
  before,
  host,
}: Required<Pick<FaultServiceOptions, "door" | "options" | "before" | "host">>) {
  return `
    import { readdirSync } from "node:fs";
    import { createInterface } from "node:readline";
    import { metricast } from "metricast";
    ${before}
    const host = ${JSON.stringify(host)};
    const cast = metricast({
      intervalMs: ${intervalMs}, public: true, defaultSources: false, dashboard: false, shed: false,
      acceptsPerSecondPerAddress: 100_000, acceptBurstPerAddress: 100_000, maxClients: 10_000, maxClientsPerAddress: 10_000,
      channels: { metricast: { intervalMs: 60_000 } },
      sources: [({ now }) => ({ tick: now / ${intervalMs} })],
      ...(${options}),
    });
    const left = [];
    const warnings = [];
    // The memory of a service that is watched for long is to be its own.
    const note = (list) => ({ code }) => {
      if (list.push(code) > 10_000) list.splice(0, 5_000);
    };
    cast.on("disconnect", note(left));
    cast.on("warning", note(warnings));
    cast.on("error", note(warnings));
    ${door.script}
    let turnMs = 0;
    let seen = { atMs: performance.now(), cpu: process.cpuUsage() };
    setInterval(() => {
      const now = { atMs: performance.now(), cpu: process.cpuUsage() };
      const { user, system } = process.cpuUsage(seen.cpu);
      turnMs = Math.max(turnMs, Math.min(now.atMs - seen.atMs - 5, (user + system) / 1_000));
      seen = now;
    }, 5);
    const commands = {
      block(ms) {
        const endMs = performance.now() + Number(ms);
        while (performance.now() < endMs);
      },
      // Some in each turn, as the ends of connections arrive: the turn that all of this takes is not the service's.
      async drop() {
        for (const [at, cut] of cuts().entries()) {
          cut();
          if (at % 20 === 19) await new Promise(setImmediate);
        }
        console.log("done");
      },
      async run(code) {
        await globalThis[code]?.();
        console.log("done");
      },
      report() {
        const computed = turnMs;
        globalThis.gc();
        console.log("report " + JSON.stringify({
          sessions: cast.health().clients.count, left, warnings, turnMs: computed,
          heapBytes: process.memoryUsage().heapUsed, descriptors: readdirSync("/proc/self/fd").length,
          written: written(),
        }));
        turnMs = 0;
        seen = { atMs: performance.now(), cpu: process.cpuUsage() };
      },
    };
    createInterface({ input: process.stdin }).on("line", (line) => {
      const [name, ...words] = line.split(" ");
      commands[name](words.join(" "));
    });
    console.log("port " + port);
  `;
}
