// The load client for machines without a C compiler: obeys the same lines as `native/load-client.c`.
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { quantileOf } from "../drive/statistics.js";
import { NodeConnection } from "./node-connection.js";

const pollMs = 2;

class NodeLoadClient {
  #all: NodeConnection[] = [];
  #control: Socket | undefined;
  #perTick = 1;
  #target = 1;
  #behind = 0;
  #until = "";
  #keptTicks = 0;
  #times: bigint[][] = [];

  async obey(line: string): Promise<object> {
    const [word = "", ...rest] = line.split(" ");
    const numbers = rest.map(Number);
    const [first = 0, second = 0] = numbers;
    switch (word) {
      case "open":
        return await this.#open(rest);
      case "until":
        this.#until = rest.join(" ");
        return {};
      case "tell":
        return await this.#tell(first, second, rest.slice(2).join(" "));
      case "await":
        await until(() => this.#all.every((one) => one.lost || this.#ticksOf(one) >= first), second);
        return this.#counts();
      case "pertick":
        this.#perTick = first;
        return {};
      case "zero":
        this.#zero();
        return {};
      case "control":
        this.#control = connect({ port: first, host: "127.0.0.1", noDelay: true });
        return {};
      case "hashing":
        return {};
      case "hashes":
        return this.#hashes(rest.join(" "));
      case "latency":
        this.#keptTicks = first;
        return {};
      case "latencies":
        return this.#latencies(rest.map(BigInt));
      case "probe":
        return await probe(first, rest[1] ?? "/", numbers[2] ?? 1, numbers[3] ?? 1);
      default:
        return { error: "not understood" };
    }
  }

  #ticksOf({ count }: NodeConnection): number {
    return Math.floor(count / this.#perTick);
  }

  async #open([
    kind = "",
    port,
    path = "",
    protocol = "-",
    count,
    atOnce,
    deadlineMs,
  ]: string[]): Promise<object> {
    const begunMs = performance.now();
    const total = Number(count);
    const pending = () => this.#all.filter(({ ready, lost }) => !ready && !lost).length;
    while (this.#all.length < total) {
      await until(() => pending() < Number(atOnce), Number(deadlineMs));
      this.#all.push(
        new NodeConnection({
          kind,
          port: Number(port),
          path,
          protocol,
          onReady: () => {},
          onLost: () => {},
          onData: (connection) => this.#took(connection),
          onText: (connection, text) => {
            if (text.toString("latin1", 0, this.#until.length) === this.#until) connection.asking = false;
          },
        }),
      );
    }
    await until(() => pending() === 0, Number(deadlineMs));
    return this.#done(({ ready }) => ready, begunMs);
  }

  async #tell(atOnce: number, deadlineMs: number, text: string): Promise<object> {
    const begunMs = performance.now();
    const texts = text.split("\t");
    for (const [at, connection] of this.#all.entries()) {
      await until(() => this.#all.filter(({ asking }) => asking).length < atOnce, deadlineMs);
      connection.say(texts[at % texts.length] ?? "");
    }
    await until(() => this.#all.every(({ asking, lost }) => !asking || lost), deadlineMs);
    return this.#done(({ asking }) => !asking, begunMs);
  }

  #done(isDone: (connection: NodeConnection) => boolean, begunMs: number): object {
    const done = this.#all.filter((one) => !one.lost && isDone(one)).length;
    return { done, lost: this.#all.filter(({ lost }) => lost).length, ms: performance.now() - begunMs };
  }

  #zero(): void {
    for (const connection of this.#all) connection.zero();
    this.#target = 1;
    this.#behind = this.#all.length;
    this.#times = [];
  }

  #took(connection: NodeConnection): void {
    if (connection.count % this.#perTick !== 0) return;
    const ticks = this.#ticksOf(connection);
    if (ticks <= this.#keptTicks) {
      this.#times[ticks - 1] ??= [];
      this.#times[ticks - 1]?.push(process.hrtime.bigint());
    }
    if (ticks === this.#target) this.#behind -= 1;
    while (this.#behind === 0 && this.#all.length > 0) {
      this.#control?.write(".");
      this.#target += 1;
      this.#behind = this.#all.filter((one) => this.#ticksOf(one) < this.#target).length;
    }
  }

  #counts(): object {
    const each = (pick: (one: NodeConnection) => number) => this.#all.map(pick);
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
    const counts = each(({ count }) => count);
    const payloads = each(({ payloadBytes }) => payloadBytes);
    const { user, system } = process.cpuUsage();
    return {
      lost: sum(each(({ lost }) => Number(lost))),
      least: Math.min(...counts),
      most: Math.max(...counts),
      sum: sum(counts),
      bytes: sum(each(({ bytes }) => bytes)),
      payloadBytes: sum(payloads),
      leastPayloadBytes: Math.min(...payloads),
      mostPayloadBytes: Math.max(...payloads),
      pings: sum(each(({ pings }) => pings)),
      broken: sum(each(({ broken }) => broken)),
      closeCode: Math.max(...each(({ closeCode }) => closeCode)),
      cpuMs: (user + system) / 1_000,
    };
  }

  #hashes(file: string): object {
    const [first] = this.#all;
    if (first === undefined) return { error: "no connection" };
    writeFileSync(file, first.last);
    return {
      different: this.#all.filter(({ last }) => !last.equals(first.last)).length,
      length: first.last.length,
    };
  }

  #latencies(starts: readonly bigint[]): object {
    const ms = starts.flatMap((start, tick) =>
      (this.#times[tick] ?? []).map((at) => Number(at - start) / 1e6),
    );
    return percentiles(ms);
  }
}

async function probe(port: number, path: string, perSecond: number, seconds: number): Promise<object> {
  const ms: number[] = [];
  const total = Math.round(perSecond * seconds);
  const begunMs = performance.now();
  for (let asked = 0; asked < total; asked += 1) {
    const dueMs = begunMs + (asked * 1_000) / perSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
    get({ port, path, host: "127.0.0.1" }, (res) =>
      res.resume().on("end", () => ms.push(performance.now() - dueMs)),
    );
  }
  await until(() => ms.length === total, 10_000);
  return percentiles(ms);
}

function percentiles(ms: readonly number[]): object {
  const at = (share: number) => quantileOf(ms, share);
  return { samples: ms.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

async function until(condition: () => boolean, deadlineMs: number): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!condition() && performance.now() < endMs) await sleep(pollMs);
}

const client = new NodeLoadClient();
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await client.obey(line).catch((cause: unknown) => ({ error: String(cause) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
