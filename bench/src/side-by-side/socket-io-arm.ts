import { FaultProxy, HttpHost } from "@metricast/testkit";
import { createAdapter as pubSubAdapter } from "@socket.io/redis-adapter";
import { createAdapter as streamsAdapter } from "@socket.io/redis-streams-adapter";
import { Redis } from "ioredis";
import { Server, type ServerOptions } from "socket.io";
import { io } from "socket.io-client";
import { type Arm, type Reader, type RedisWays, readersPerArm, sendEveryMs } from "./arm.js";

/** Options of a server, made of a client as their pages show it. */
type Setup = (redis: Redis) => Partial<ServerOptions>;

export const viaPubSub: Setup = (redis) => ({
  adapter: pubSubAdapter(redis, withoutNoise(redis.duplicate())),
});

export const viaStreams: Setup = (redis) => ({
  adapter: streamsAdapter(redis),
  connectionStateRecovery: {},
});

export async function socketIoArm(name: string, ways: RedisWays, setup: Setup): Promise<Arm> {
  const sender = await SocketIoServer.start(ways.sender, setup);
  const reader = await SocketIoServer.start(ways.reader, setup);
  const clientProxy = await FaultProxy.listen(reader.host.port);
  const readers = Array.from({ length: readersPerArm }, () => new SocketIoReader(clientProxy.port));
  let sent = 0;
  const timer = setInterval(() => sender.io.emit("number", ++sent), sendEveryMs);
  return {
    name,
    readers,
    clientProxy,
    get sent() {
      return sent;
    },
    async stop() {
      clearInterval(timer);
      for (const one of readers) one.close();
      await clientProxy.close();
      for (const server of [sender, reader]) await server.close();
    },
  };
}

class SocketIoServer {
  readonly host: HttpHost;
  readonly io: Server;
  readonly #redis: Redis;

  static async start(redisPort: number, setup: Setup): Promise<SocketIoServer> {
    return new SocketIoServer(await HttpHost.start(), withoutNoise(new Redis(redisPort)), setup);
  }

  private constructor(host: HttpHost, redis: Redis, setup: Setup) {
    this.host = host;
    this.#redis = redis;
    this.io = new Server(host.server, setup(redis));
  }

  async close(): Promise<void> {
    await this.io.close();
    await this.host.close();
    this.#redis.disconnect();
  }
}

class SocketIoReader implements Reader {
  readonly #socket;
  readonly #got: number[] = [];
  highest = 0;

  constructor(port: number) {
    this.#socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
    this.#socket.on("number", (number: number) => {
      this.#got.push(number);
      this.highest = Math.max(this.highest, number);
    });
  }

  async held(): Promise<readonly number[]> {
    return this.#got;
  }

  close(): void {
    this.#socket.disconnect();
  }
}

/** That connections fail is the matter here; it need not be printed. */
function withoutNoise(redis: Redis): Redis {
  return redis.on("error", () => {});
}
