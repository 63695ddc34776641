import type { FaultProxy, RedisServer } from "@metricast/testkit";
import type { Arm } from "./arm.js";

/** What all arms stand on: the same server, the same two proxies. */
export interface Ground {
  readonly redis: RedisServer;
  readonly sender: FaultProxy;
  readonly reader: FaultProxy;
  readonly arms: readonly Arm[];
  pause(ms: number): Promise<void>;
}

export interface Fault {
  readonly title: string;
  /** Resolves when everything is as it was; what is sent from then on should arrive. */
  act(ground: Ground): Promise<void>;
}

async function away({ proxy, pause }: { proxy: FaultProxy; pause: Ground["pause"] }): Promise<void> {
  proxy.mode = "refuse";
  proxy.cut();
  await pause(3_000);
  proxy.mode = "pass";
}

export const faults: readonly Fault[] = [
  {
    title: "connections of the server that reads cut, three times",
    async act({ reader, pause }) {
      for (let round = 0; round < 3; round += 1) {
        reader.cut();
        await pause(500);
      }
    },
  },
  {
    title: "Redis out of reach of the server that reads, 3 s",
    act: ({ reader, pause }) => away({ proxy: reader, pause }),
  },
  {
    title: "Redis out of reach of the server that sends, 3 s",
    act: ({ sender, pause }) => away({ proxy: sender, pause }),
  },
  {
    title: "connections of the server that reads go silent for good",
    async act({ reader }) {
      reader.freeze();
    },
  },
  {
    title: "answers to the server that sends lost for 300 ms, then a cut, three times",
    async act({ sender, pause }) {
      for (let round = 0; round < 3; round += 1) {
        sender.mode = "swallowDown";
        await pause(300);
        sender.cut();
        sender.mode = "pass";
        await pause(500);
      }
    },
  },
  {
    title: "Redis stopped (SIGSTOP), 3 s",
    async act({ redis, pause }) {
      redis.pause();
      await pause(3_000);
      redis.resume();
    },
  },
  {
    title: "Redis killed, and back empty after 2 s",
    async act({ redis, pause }) {
      await redis.kill();
      await pause(2_000);
      await redis.start();
    },
  },
  {
    title: "clients cut off for 2 s",
    async act({ arms, pause }) {
      for (const { clientProxy } of arms) {
        clientProxy.mode = "refuse";
        clientProxy.cut();
      }
      await pause(2_000);
      for (const { clientProxy } of arms) clientProxy.mode = "pass";
    },
  },
];
