import { execFileSync } from "node:child_process";
import { onTestFinished } from "vitest";

/** Where a service lives whose network can be taken away: no FIN, no RST. Needs root, as `npm run test:long` has in CI. */
export interface Network {
  readonly host: string;
  readonly under: readonly string[];
  /** How often its system sends anew before it gives a peer up; by default 15 times, which is a quarter of an hour. */
  readonly retries: number;
  vanish(): void;
}

/** Undone with the test. */
export function serviceNetwork(): Network {
  const name = `ms${process.pid}`;
  const retries = 3;
  const ip = (...args: readonly string[]) => execFileSync("ip", args);
  const within = (...args: readonly string[]) => ip("netns", "exec", name, ...args);
  onTestFinished(() => {
    ip("link", "del", `${name}a`);
    ip("netns", "del", name);
  });
  ip("netns", "add", name);
  ip("link", "add", `${name}a`, "type", "veth", "peer", "name", `${name}b`);
  ip("link", "set", `${name}b`, "netns", name);
  ip("addr", "add", "10.213.8.1/30", "dev", `${name}a`);
  ip("link", "set", `${name}a`, "up");
  within("ip", "addr", "add", "10.213.8.2/30", "dev", `${name}b`);
  within("ip", "link", "set", `${name}b`, "up");
  within("sh", "-c", `echo ${retries} > /proc/sys/net/ipv4/tcp_retries2`);
  return {
    host: "10.213.8.2",
    under: ["ip", "netns", "exec", name],
    retries,
    vanish: () => ip("link", "set", `${name}a`, "down"),
  };
}
