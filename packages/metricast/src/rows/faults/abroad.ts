import { execFileSync } from "node:child_process";
import { FaultProxy } from "@metricast/testkit";
import { onTestFinished } from "vitest";
import { systemClock } from "../../index.js";

/** Where a peer lives whose network can be harmed. */
export interface Abroad {
  /** How it reaches this machine. */
  readonly host: string;
  /** What its programs are run by. */
  readonly under: readonly string[];
  /** The port that it uses for one of ours. */
  portFor(port: number): Promise<number>;
  /** No byte comes or goes any more, and nobody is told. */
  vanish(): void;
  /** From now on 5 % of the packets sent there are lost on the way, and sent again by TCP. */
  lose(): void;
  /** Packets lost, and packets sent, since then. */
  losses(): { readonly lost: number; readonly sent: number };
}

/** A network of its own for the rest of the test, where there is the right to make one. */
export function abroad(): Abroad {
  return process.getuid?.() === 0 ? ownNetwork() : behindProxy();
}

/** Its only link goes down without a FIN or RST, or its kernel drops one packet in twenty of those that arrive. */
function ownNetwork(): Abroad {
  const name = `mc${process.pid}`;
  // Other test files have theirs at the same time.
  const subnet = `10.213.${process.pid % 256}`;
  const ip = (line: string) => execFileSync("ip", line.split(" "), { encoding: "utf8" });
  const nft = (line: string) => ip(`netns exec ${name} nft ${line}`);
  onTestFinished(() => {
    ip(`link del ${name}a`);
    ip(`netns del ${name}`);
  });
  ip(`netns add ${name}`);
  ip(`link add ${name}a type veth peer name ${name}b`);
  ip(`link set ${name}b netns ${name}`);
  ip(`addr add ${subnet}.1/30 dev ${name}a`);
  ip(`link set ${name}a up`);
  ip(`netns exec ${name} ip addr add ${subnet}.2/30 dev ${name}b`);
  ip(`netns exec ${name} ip link set ${name}b up`);
  return {
    host: `${subnet}.1`,
    under: ["ip", "netns", "exec", name],
    portFor: async (port) => port,
    vanish: () => void ip(`link set ${name}a down`),
    lose: () => {
      // Else the kernel hands over dozens of segments as one packet.
      ip(`link set ${name}a gso_max_segs 1`);
      nft("add table ip loss");
      nft("add chain ip loss arriving { type filter hook prerouting priority 0 ; }");
      nft("add rule ip loss arriving counter");
      nft("add rule ip loss arriving numgen random mod 20 == 0 counter drop");
    },
    losses: () => {
      const counted = [...nft("list chain ip loss arriving").matchAll(/packets (\d+)/g)];
      const [sent = 0, lost = 0] = counted.map(([, packets]) => Number(packets));
      return { sent, lost };
    },
  };
}

/** A proxy that keeps the connection and moves no byte: for good, or as long as TCP takes to send a packet again. */
function behindProxy(): Abroad {
  let proxy: FaultProxy | undefined;
  const set = (mode: FaultProxy["mode"]) => {
    if (proxy !== undefined) proxy.mode = mode;
  };
  return {
    host: "127.0.0.1",
    under: [],
    portFor: async (port) => {
      proxy = await FaultProxy.listen(port);
      onTestFinished(() => proxy?.close());
      return proxy.port;
    },
    vanish: () => set("blackhole"),
    lose: () => {
      let stop = () => {};
      const turn = () => {
        set(proxy?.mode === "pass" ? "blackhole" : "pass");
        stop = systemClock.after(200, turn);
      };
      turn();
      onTestFinished(() => stop());
    },
    losses: () => ({ lost: 0, sent: 0 }),
  };
}
