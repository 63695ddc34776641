/** Commands that an ACL user of the store needs; keys: the prefix, and `{service/`. A test runs the store with no others. */
export const neededCommands = [
  "multi",
  "exec",
  "xadd",
  "xread",
  "xrange",
  "xrevrange",
  "set",
  "get",
  "zadd",
  "zrangebyscore",
  "zremrangebyscore",
  "hset",
  "hgetall",
  "hdel",
  "pexpire",
  "pexpireat",
] as const;
