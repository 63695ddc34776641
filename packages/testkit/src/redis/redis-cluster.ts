import { until } from "../until.js";
import { RedisServer } from "./redis-server.js";

const clusterArguments = [
  ...["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"],
  ...["--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"],
];

/** Masters of one Redis Cluster, without replicas. */
export class RedisCluster {
  readonly nodes: readonly RedisServer[];

  static async start(masters = 3): Promise<RedisCluster> {
    const nodes: RedisServer[] = [];
    for (let count = 0; count < masters; count += 1)
      nodes.push(await RedisServer.start({ args: clusterArguments }));
    const cluster = new RedisCluster(nodes);
    try {
      const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
      await nodes[0]?.run("--cluster", "create", ...addresses, "--cluster-replicas", "0", "--cluster-yes");
      for (const node of nodes) {
        await until(async () => (await node.run("cluster", "info")).includes("cluster_state:ok"), 15_000);
      }
      return cluster;
    } catch (cause) {
      await cluster.stop();
      throw cause;
    }
  }

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes;
  }

  /** The node that serves a key. */
  async ownerOf(key: string): Promise<RedisServer> {
    const slot = await this.slotOf(key);
    for (const node of this.nodes) {
      const mine = (await node.run("cluster", "nodes")).split("\n").find((line) => line.includes("myself"));
      for (const range of mine?.split(" ").slice(8) ?? []) {
        const [first = -1, last = first] = range.split("-").map(Number);
        if (first <= slot && slot <= last) return node;
      }
    }
    throw new Error(`nobody serves slot ${slot}`);
  }

  async slotOf(key: string): Promise<number> {
    return Number(await this.nodes[0]?.run("cluster", "keyslot", key));
  }

  /** Moves a key's slot with all its keys, one by one, so that clients meet ASK, TRYAGAIN and MOVED. */
  async moveSlot(key: string, to: RedisServer): Promise<void> {
    const [slot, from] = [`${await this.slotOf(key)}`, await this.ownerOf(key)];
    const [fromId, toId] = [await from.run("cluster", "myid"), await to.run("cluster", "myid")];
    await to.run("cluster", "setslot", slot, "importing", fromId);
    await from.run("cluster", "setslot", slot, "migrating", toId);
    for (;;) {
      const keys = (await from.run("cluster", "getkeysinslot", slot, "1")).split("\n").filter(Boolean);
      if (keys.length === 0) break;
      for (const one of keys) await from.run("migrate", "127.0.0.1", `${to.port}`, one, "0", "5000");
    }
    for (const node of [to, from, ...this.nodes.filter((other) => other !== to && other !== from)]) {
      await node.run("cluster", "setslot", slot, "node", toId);
    }
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
  }
}
