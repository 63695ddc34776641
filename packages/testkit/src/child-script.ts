import { type ChildProcess, spawn } from "node:child_process";
import { until } from "./until.js";

/** A process of its own that runs an ES module given as text; imports are resolved from the folder of this process. */
export class ChildScript {
  readonly #process: ChildProcess;
  stdout = "";
  stderr = "";
  /** Set when it has ended. */
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;

  /**
   * `flags` go to Node before the script; packages of a workspace are run from their sources. `under` is a program that
   * runs another, as `["ip", "netns", "exec", "name"]`.
   */
  static run(source: string, flags: readonly string[] = [], under: readonly string[] = []): ChildScript {
    const sources = ["--conditions=metricast-src", "--import", "tsx"];
    return new ChildScript([...sources, ...flags, "--input-type=module", "-e", source], under);
  }

  constructor(args: readonly string[], under: readonly string[] = []) {
    const [program = process.execPath, ...rest] = [...under, process.execPath, ...args];
    this.#process = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"] });
    this.#process.stdout?.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.#process.on("close", (code, signal) => {
      this.exit = { code, signal };
    });
  }

  /** Waits for a whole line of its output that starts so, and gives the rest of it. */
  async says(start: string, deadlineMs = 15_000): Promise<string> {
    const found = () =>
      this.stdout
        .split("\n")
        .slice(0, -1)
        .find((line) => line.startsWith(start));
    await until(
      () => found() !== undefined || this.exit !== undefined,
      deadlineMs,
      () => `"${start}"; ${this.stderr}`,
    );
    const line = found();
    if (line === undefined) throw new Error(`ended without "${start}": ${this.stderr}`);
    return line.slice(start.length);
  }

  async ended(deadlineMs = 15_000): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    await until(
      () => this.exit !== undefined,
      deadlineMs,
      () => `the process ends; ${this.stderr}`,
    );
    return { code: this.exit?.code ?? null, signal: this.exit?.signal ?? null };
  }

  say(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it, whatever it does. */
  kill(): void {
    if (this.exit === undefined) this.#process.kill("SIGKILL");
  }
}
