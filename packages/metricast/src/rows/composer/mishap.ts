import { type FaultMode, type FaultProxy, openPeer, type Spoiler, type WsPeer } from "@metricast/testkit";
import { frames } from "../fuzz/corpus.js";
import type { Post, Scene } from "./scene.js";

/** Something that goes wrong at one place, and is over after a while. */
export interface Mishap {
  readonly name: string;
  /** No two go on at one place. */
  readonly place: string;
  /** Resolves when it is over. */
  happen(lasting: () => Promise<void>, spoiler: Spoiler): Promise<void>;
}

/** All that can go wrong on a scene. */
export function mishapsOf(scene: Scene): readonly Mishap[] {
  return [
    ...scene.posts.flatMap((post) => [...ofNetworks(post), ...ofService(post), ...ofStrangers(post)]),
    ...ofRedis(scene),
  ];
}

function ofNetworks({ name, front, back }: Post): readonly Mishap[] {
  return [
    ...onProxy(`the network before ${name}`, front),
    ...onProxy(`the network between ${name} and Redis`, back),
  ];
}

function onProxy(place: string, proxy: FaultProxy): readonly Mishap[] {
  const mode = (kind: FaultMode, atEnd: () => void = () => {}) => ({
    name: `${place}: ${kind}`,
    place,
    async happen(lasting: () => Promise<void>) {
      proxy.mode = kind;
      if (kind === "refuse") proxy.cut();
      await lasting();
      proxy.mode = "pass";
      atEnd();
    },
  });
  const once = (what: string, act: () => void) => ({
    name: `${place}: ${what}`,
    place,
    async happen(lasting: () => Promise<void>) {
      act();
      await lasting();
      act();
    },
  });
  return [
    mode("blackhole"),
    mode("latency"),
    mode("refuse"),
    // What was swallowed is missing in the middle of a stream: TCP would have ended it.
    mode("swallowDown", () => proxy.cut()),
    once("cut", () => proxy.cut()),
    once("silent for good", () => proxy.freeze()),
  ];
}

function ofService({ name, service }: Post): readonly Mishap[] {
  const place = `service ${name}`;
  return [
    {
      name: `${place}: stopped`,
      place,
      async happen(lasting) {
        service.child.signal("SIGSTOP");
        await lasting();
        service.child.signal("SIGCONT");
      },
    },
    {
      name: `${place}: computes`,
      place,
      async happen(lasting) {
        service.block(1_500);
        await lasting();
      },
    },
    {
      name: `${place}: loses every socket`,
      place,
      async happen(lasting) {
        service.child.say("drop");
        await lasting();
      },
    },
  ];
}

function ofStrangers({ name, service }: Post): readonly Mishap[] {
  const withPeers = async (act: (peer: WsPeer) => void, lasting: () => Promise<void>) => {
    const peers = await Promise.allSettled(Array.from({ length: 20 }, () => openPeer(service.url)));
    const there = peers.flatMap((peer) => (peer.status === "fulfilled" ? [peer.value] : []));
    for (const peer of there) act(peer);
    await lasting();
    for (const peer of there) peer.destroy();
  };
  return [
    {
      name: `readers of ${name}: stop reading`,
      place: `readers of ${name}`,
      happen: (lasting) =>
        withPeers((peer) => {
          peer.send('{"type":"subscribe","id":1,"items":[{"channel":"metrics"}]}');
          peer.pause();
        }, lasting),
    },
    {
      name: `strangers at ${name}: send nonsense`,
      place: `strangers at ${name}`,
      happen: (lasting, spoiler) =>
        withPeers((peer) => {
          for (let more = 0; more < 20; more += 1) peer.raw(spoiler.spoil(spoiler.pick(frames), frames));
        }, lasting),
    },
  ];
}

function ofRedis({ redis }: Scene): readonly Mishap[] {
  return [
    {
      name: "Redis: stopped",
      place: "Redis",
      async happen(lasting) {
        redis.pause();
        await lasting();
        redis.resume();
      },
    },
    {
      name: "Redis: killed, and back empty",
      place: "Redis",
      async happen(lasting) {
        await redis.kill();
        await lasting();
        await redis.start();
      },
    },
  ];
}
