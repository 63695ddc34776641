import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A program beside this one: started, stopped, started again. */
export class Program {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #output = "";

  constructor(command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.#command = command;
    this.#args = args;
    this.#env = { ...process.env, ...env };
  }

  /** What it printed since it was started. */
  get output(): string {
    return this.#output;
  }

  async start(isUp: () => Promise<boolean>): Promise<void> {
    this.#output = "";
    // In a group of its own: a terminal's Ctrl-C reaches this process alone, which stops the others in order.
    const child = spawn(this.#command, this.#args, {
      env: this.#env,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    this.#child = child;
    let fault: Error | undefined;
    child.once("error", (cause) => {
      fault = cause;
    });
    child.stdout.on("data", (chunk: Buffer) => {
      this.#output = (this.#output + chunk).slice(-10_000);
    });
    while (!(await isUp().catch(() => false))) {
      if (fault !== undefined || child.exitCode !== null) {
        throw new Error(`${this.#command} did not start\n${this.#output}`, { cause: fault });
      }
      await pause(50);
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
