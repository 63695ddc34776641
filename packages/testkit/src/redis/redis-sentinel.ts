import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { until } from "../until.js";
import { RedisServer } from "./redis-server.js";

/** A master, its replica, and a sentinel that fails over when the master has been silent for a second. */
export class RedisSentinel {
  readonly name = "main";
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinel: RedisServer;
  readonly #folder: string;

  static async start(): Promise<RedisSentinel> {
    const master = await RedisServer.start();
    const replica = await RedisServer.start({ args: ["--replicaof", "127.0.0.1", `${master.port}`] });
    await until(
      async () => (await replica.run("info", "replication")).includes("master_link_status:up"),
      15_000,
    );
    const folder = await mkdtemp(join(tmpdir(), "metricast-sentinel-"));
    const [port, file] = [await freePort(), join(folder, "sentinel.conf")];
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${folder}`,
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      "sentinel down-after-milliseconds main 1000",
      "sentinel failover-timeout main 6000",
    ];
    await writeFile(file, `${lines.join("\n")}\n`);
    const sentinel = await RedisServer.start({ port, args: [file, "--sentinel"] });
    const knows = async () =>
      (await sentinel.run("sentinel", "replicas", "main")).includes(`${replica.port}`);
    await until(knows, 15_000, "the sentinel knows the replica");
    return new RedisSentinel(master, replica, sentinel, folder);
  }

  private constructor(master: RedisServer, replica: RedisServer, sentinel: RedisServer, folder: string) {
    this.master = master;
    this.replica = replica;
    this.sentinel = sentinel;
    this.#folder = folder;
  }

  async stop(): Promise<void> {
    for (const server of [this.sentinel, this.replica, this.master]) await server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
