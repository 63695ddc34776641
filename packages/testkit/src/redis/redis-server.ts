import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { until } from "../until.js";
import { redisCli } from "./redis-cli.js";

export interface RedisServerOptions {
  /** Arguments of `redis-server` beside port, folder and no persistence. */
  readonly args?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** Serves TLS instead of plain TCP. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
}

const install = "to install it: apt-get install -y --no-install-recommends redis-server";
/** Ends the server with whoever started it, however that ends. */
const guard = ["/usr/bin/setpriv", "--pdeathsig", "KILL"] as const;

/** A real redis-server on a port of 127.0.0.1, without persistence. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly #options: RedisServerOptions;
  #process: ChildProcess | undefined;
  #log = "";

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt += 1) {
      const folder = await mkdtemp(join(tmpdir(), "metricast-redis-"));
      const server = new RedisServer(options.port ?? (await freePort()), folder, options);
      try {
        await server.start();
        return server;
      } catch (cause) {
        await server.stop();
        // Somebody may have taken the port meanwhile.
        if (options.port !== undefined || attempt === 5) throw cause;
      }
    }
  }

  private constructor(port: number, folder: string, options: RedisServerOptions) {
    this.port = port;
    this.folder = folder;
    this.#options = options;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get log(): string {
    return this.#log;
  }

  /** Starts it again after `kill`: on the same port, and empty. */
  async start(): Promise<void> {
    this.#log = "";
    const [command = "", ...before] = existsSync(guard[0]) ? [...guard, "redis-server"] : ["redis-server"];
    const child = spawn(command, [...before, ...this.#arguments()], { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-20_000);
      });
    }
    let fault: Error | undefined;
    child.on("error", (error) => {
      fault = error;
    });
    const isUp = () => /Ready to accept connections|Sentinel ID is/.test(this.#log);
    await until(
      () => isUp() || child.exitCode !== null || fault !== undefined,
      10_000,
      () => `redis-server starts; ${this.#log}`,
    );
    if (!isUp()) throw new Error(`redis-server does not start; ${install}\n${this.#log}`, { cause: fault });
  }

  /** Sends a signal; with the default waits until it is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await gone;
  }

  /** Takes connections, answers nothing. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Runs a command by `redis-cli`; gives what it prints. */
  run(...command: readonly string[]): Promise<string> {
    return redisCli(this.port, command);
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.kill("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }

  #arguments(): string[] {
    const { args = [], tls } = this.#options;
    const listening =
      tls === undefined
        ? ["--port", `${this.port}`]
        : [
            ...["--port", "0", "--tls-port", `${this.port}`, "--tls-auth-clients", "no"],
            ...[
              "--tls-cert-file",
              tls.certFile,
              "--tls-key-file",
              tls.keyFile,
              "--tls-ca-cert-file",
              tls.caFile,
            ],
          ];
    // A configuration file is the first argument where there is one.
    const [first = "", ...others] = args;
    const file = first.startsWith("/") ? [first] : [];
    const rest = file.length > 0 ? others : args;
    const replication = ["--repl-diskless-sync-delay", "0"];
    const quiet = [
      ...replication,
      "--bind",
      "127.0.0.1",
      "--dir",
      this.folder,
      "--save",
      "",
      "--appendonly",
      "no",
    ];
    return file.length > 0 ? [...file, ...rest] : [...listening, ...quiet, ...rest];
  }
}
