import { RedisServer, storeContract } from "@metricast/testkit";
import { afterAll, beforeAll } from "vitest";
import { redisStore } from "./index.js";

let server: RedisServer;
let count = 0;

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

storeContract("redis", () => {
  count += 1;
  const options = { port: server.port, prefix: `contract-${count}` };
  return { first: redisStore(options), second: redisStore(options) };
});
