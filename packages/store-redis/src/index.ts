export { neededCommands } from "./acl.js";
export type { RedisNode, RedisSentinelOptions, RedisStoreOptions } from "./options.js";
export { redisStore } from "./redis-store.js";
