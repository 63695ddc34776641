import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";

export type Answer = Readonly<Record<string, unknown>>;

export interface LineProcessOptions {
  /** The core it is held to, where the system can do that. */
  readonly core: number | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long one may take to end once it is told nothing any more. */
const graceMs = 5_000;

/** A process that takes lines and answers each with a line of JSON. */
export class LineProcess {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (cause: Error) => void }[] = [];
  readonly #unasked: Answer[] = [];
  #errors = "";
  #ended: string | undefined;

  constructor(name: string, command: readonly string[], { core, env = {} }: LineProcessOptions) {
    const [program = "", ...args] =
      core === undefined ? command : ["taskset", "-c", String(core), ...command];
    this.#name = name;
    this.#child = spawn(program, args, { env: { ...process.env, ...env } });
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#lines.on("line", (line) => this.#take(line));
    this.#child.stderr.on("data", (chunk) => {
      this.#errors = `${this.#errors}${chunk}`.slice(-4_000);
    });
    this.#child.on("error", (cause) => this.#end(String(cause)));
    this.#child.on("close", (code, signal) => this.#end(`ended with ${code ?? signal}`));
    this.#child.stdin.on("error", () => {});
  }

  /** What it says without being asked, once. */
  async hello(deadlineMs = 30_000): Promise<Answer> {
    return this.#unasked.shift() ?? (await this.#answer(deadlineMs, "its first line"));
  }

  /** Rejects where it answers with an error, ends, or does not answer in time. */
  async ask(line: string, deadlineMs = 120_000): Promise<Answer> {
    this.#child.stdin.write(`${line}\n`);
    return await this.#answer(deadlineMs, line.slice(0, 60));
  }

  /** What it last wrote to stderr. */
  get said(): string {
    return this.#errors.trim();
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const closed = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #answer(deadlineMs: number, what: string): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<Answer>((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#failure(this.#ended));
      this.#waiting.push({ resolve, reject });
      timer = setTimeout(() => reject(this.#failure(`no answer in ${deadlineMs} ms to ${what}`)), deadlineMs);
    }).finally(() => clearTimeout(timer));
    if ("error" in answer) throw this.#failure(String(answer.error));
    return answer;
  }

  #take(line: string): void {
    const answer: Answer = JSON.parse(line);
    const next = this.#waiting.shift();
    if (next === undefined) this.#unasked.push(answer);
    else next.resolve(answer);
  }

  #end(how: string): void {
    this.#ended = how;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure(how));
  }

  #failure(what: string): Error {
    return new Error(`${this.#name}: ${what}${this.said === "" ? "" : `\n${this.said}`}`);
  }
}

/** A number that an answer must have. */
export function numberOf(answer: Answer, name: string): number {
  const value = answer[name];
  if (typeof value !== "number")
    throw new Error(`no number ${name} in ${JSON.stringify(answer).slice(0, 200)}`);
  return value;
}
