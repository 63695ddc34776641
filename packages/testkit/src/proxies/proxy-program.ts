import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { until } from "../until.js";

/** What is particular to a program that stands before a server. */
export interface ProxyProgram {
  readonly name: string;
  /** Debian's package and what starts it in the foreground on a configuration in a folder. */
  readonly install: string;
  readonly command: (folder: string) => readonly string[];
  /** File name and text of the configuration. */
  readonly config: (
    ports: { readonly from: number; readonly to: number },
    folder: string,
  ) => [string, string];
}

/** Ends the program with whoever started it, however that ends. */
const guard = ["/usr/bin/setpriv", "--pdeathsig", "KILL"] as const;

/** A real proxy on a port of 127.0.0.1, before a server on another one. */
export class RunningProxy {
  readonly port: number;
  readonly #program: ProxyProgram;
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #log = "";

  static async start(program: ProxyProgram, serverPort: number): Promise<RunningProxy> {
    const folder = await mkdtemp(join(tmpdir(), `metricast-${program.name}-`));
    const from = await freePort();
    const [file, text] = program.config({ from, to: serverPort }, folder);
    await writeFile(join(folder, file), text);
    const proxy = new RunningProxy(program, from, folder);
    await proxy.start();
    return proxy;
  }

  private constructor(program: ProxyProgram, port: number, folder: string) {
    this.#program = program;
    this.port = port;
    this.#folder = folder;
  }

  /** Starts it again after `kill`, on the same port. */
  async start(): Promise<void> {
    const before = existsSync(guard[0]) ? guard : [];
    const [command = "", ...args] = [...before, ...this.#program.command(this.#folder)];
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-10_000);
      });
    }
    child.on("error", ({ message }) => {
      this.#log += message;
    });
    const { name, install } = this.#program;
    const story = () => `${name} listens; to install it: apt-get install -y ${install}\n${this.#log}`;
    let isUp = false;
    await until(
      () => {
        void listens(this.port).then((answer) => (isUp ||= answer));
        return isUp || child.exitCode !== null;
      },
      10_000,
      story,
    );
    if (!isUp) throw new Error(story());
  }

  /** Cuts every connection through it. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  }).then((answer) => {
    socket.destroy();
    return answer === true;
  });
}
