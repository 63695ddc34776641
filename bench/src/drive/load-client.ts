import { readFileSync } from "node:fs";
import { type Answer, LineProcess, numberOf } from "./line-process.js";
import type { Tools } from "./tools.js";

export type LoadKind = "ws" | "socketio" | "sse" | "metricast";

export interface LoadTarget {
  readonly kind: LoadKind;
  readonly port: number;
  readonly path: string;
  /** Subprotocol offered. */
  readonly protocol?: string | undefined;
  readonly clients: number;
}

export interface LoadCounts {
  readonly lost: number;
  /** Messages of data that the connection with the fewest, and the one with the most, got. */
  readonly least: number;
  readonly most: number;
  readonly sum: number;
  /** All bytes that came, and those of data messages' payloads. */
  readonly bytes: number;
  readonly payloadBytes: number;
  readonly leastPayloadBytes: number;
  readonly mostPayloadBytes: number;
  readonly pings: number;
  /** Frames that did not follow the one before. */
  readonly broken: number;
  readonly closeCode: number;
  readonly cpuMs: number;
}

export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

const opensAtOnce = 128;

/** The clients of one arm, in a process of their own. */
export class LoadClient {
  readonly #process: LineProcess;
  readonly #folder: string;
  readonly #target: LoadTarget;

  constructor(tools: Tools, target: LoadTarget) {
    const command = tools.native ? [tools.native.loadClient] : [process.execPath, tools.loadClient];
    this.#process = new LineProcess("load client", command, { core: tools.clientCore });
    this.#folder = tools.folder;
    this.#target = target;
  }

  /** Opens all connections; resolves to how long that took. */
  async open(deadlineMs = 60_000): Promise<number> {
    const { kind, port, path, protocol = "-", clients } = this.#target;
    const line = `open ${kind} ${port} ${path} ${protocol} ${clients} ${opensAtOnce} ${deadlineMs}`;
    return this.#all(await this.#process.ask(line), "opened");
  }

  /**
   * Every connection says the next of these, from the first on again after the last, and gets a message that begins so;
   * resolves to how long that took.
   */
  async tell(messages: readonly object[], until: string, deadlineMs = 60_000): Promise<number> {
    await this.#process.ask(`until ${until}`);
    const texts = messages.map((message) => JSON.stringify(message)).join("\t");
    const line = `tell ${opensAtOnce} ${deadlineMs} ${texts}`;
    return this.#all(await this.#process.ask(line), "were answered");
  }

  async zero(): Promise<void> {
    await this.#process.ask("zero");
  }

  /** So many messages make one tick. */
  async perTick(messages: number): Promise<void> {
    await this.#process.ask(`pertick ${messages}`);
  }

  /** From now on the server is told of every tick that all have. */
  async reportTo(controlPort: number): Promise<void> {
    await this.#process.ask(`control ${controlPort}`);
  }

  /** Waits until all have so many ticks, and counts; in vain after the deadline, which the counts show. */
  async await(ticks: number, deadlineMs = 20_000): Promise<LoadCounts> {
    const answer = await this.#process.ask(`await ${ticks} ${deadlineMs}`, deadlineMs + 10_000);
    const n = (name: string) => numberOf(answer, name);
    return {
      lost: n("lost"),
      least: n("least"),
      most: n("most"),
      sum: n("sum"),
      bytes: n("bytes"),
      payloadBytes: n("payloadBytes"),
      leastPayloadBytes: n("leastPayloadBytes"),
      mostPayloadBytes: n("mostPayloadBytes"),
      pings: n("pings"),
      broken: n("broken"),
      closeCode: n("closeCode"),
      cpuMs: n("cpuMs"),
    };
  }

  /** While on, the last message of each connection is hashed, and the first one's kept. */
  async hash(on: boolean): Promise<void> {
    await this.#process.ask(`hashing ${on ? 1 : 0}`);
  }

  /** The first connection's last message; rejects where another's differs. */
  async sample(): Promise<Buffer> {
    const file = `${this.#folder}/sample-${this.#target.port}`;
    const different = numberOf(await this.#process.ask(`hashes ${file}`), "different");
    if (different > 0) throw new Error(`${different} clients got other bytes than the first one`);
    return readFileSync(file);
  }

  async keepLatencies(ticks: number): Promise<void> {
    await this.#process.ask(`latency ${ticks}`);
  }

  /** `starts`: when each tick began. */
  async latencies(starts: readonly string[]): Promise<Percentiles> {
    return percentilesOf(await this.#process.ask(`latencies ${starts.join(" ")}`));
  }

  /** Asks a route of the host so often for so long, open loop. */
  async probe(port: number, path: string, perSecond: number, seconds: number): Promise<Percentiles> {
    const line = `probe ${port} ${path} ${perSecond} ${seconds}`;
    return percentilesOf(await this.#process.ask(line, (seconds + 30) * 1_000));
  }

  async close(): Promise<void> {
    await this.#process.close();
  }

  #all(answer: Answer, what: string): number {
    const done = numberOf(answer, "done");
    const { clients } = this.#target;
    if (done !== clients) {
      const why = this.#process.said;
      throw new Error(`${done} of ${clients} clients ${what}, ${answer.lost} were lost${why && `: ${why}`}`);
    }
    return numberOf(answer, "ms");
  }
}

function percentilesOf(answer: Answer): Percentiles {
  const n = (name: string) => numberOf(answer, name);
  return { samples: n("samples"), p50: n("p50"), p90: n("p90"), p99: n("p99"), max: n("max") };
}
