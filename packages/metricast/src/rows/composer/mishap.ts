import { type FaultMode, type FaultProxy, openPeer, type Spoiler, type WsPeer } from "@metricast/testkit";
import { frames } from "../fuzz/corpus.js";
import { type PostName, postNames, type Scene } from "./scene.js";

/** Something that goes wrong at one place of a scene, and is over after a while. */
export interface Mishap {
  readonly what: string;
  /** Resolves when it is over. */
  happen(scene: Scene, lasting: () => Promise<void>, spoiler: Spoiler): Promise<void>;
}

/** What can go wrong, by the place where it does: no two go on at one. */
export const mishaps: ReadonlyMap<string, readonly Mishap[]> = new Map([
  ...postNames.flatMap(ofPost),
  ["Redis", ofRedis()],
  ["the wall clock", ofWallClock()],
]);

function ofPost(name: PostName): readonly (readonly [string, readonly Mishap[]])[] {
  return [
    [`the network before ${name}`, ofProxy((scene) => scene.post(name).front)],
    [`the network between ${name} and Redis`, ofProxy((scene) => scene.post(name).back)],
    [`service ${name}`, ofService(name)],
    [`readers of ${name}`, [stopReading(name)]],
    [`strangers at ${name}`, [sendNonsense(name)]],
  ];
}

function ofProxy(proxyOf: (scene: Scene) => FaultProxy): readonly Mishap[] {
  const mode = (kind: FaultMode, atEnd: (proxy: FaultProxy) => void = () => {}): Mishap => ({
    what: kind,
    async happen(scene, lasting) {
      const proxy = proxyOf(scene);
      proxy.mode = kind;
      if (kind === "refuse") proxy.cut();
      await lasting();
      proxy.mode = "pass";
      atEnd(proxy);
    },
  });
  const twice = (what: string, act: (proxy: FaultProxy) => void): Mishap => ({
    what,
    async happen(scene, lasting) {
      act(proxyOf(scene));
      await lasting();
      act(proxyOf(scene));
    },
  });
  return [
    mode("blackhole"),
    mode("latency"),
    mode("refuse"),
    // What was swallowed is missing in the middle of a stream: TCP would have ended it.
    mode("swallowDown", (proxy) => proxy.cut()),
    twice("cut", (proxy) => proxy.cut()),
    twice("silent for good", (proxy) => proxy.freeze()),
  ];
}

function ofService(name: PostName): readonly Mishap[] {
  return [
    {
      what: "stopped",
      async happen(scene, lasting) {
        const { child } = scene.post(name).service;
        child.signal("SIGSTOP");
        await lasting();
        child.signal("SIGCONT");
      },
    },
    {
      what: "computes",
      async happen(scene, lasting) {
        scene.post(name).service.block(1_500);
        await lasting();
      },
    },
    {
      what: "loses every socket",
      async happen(scene, lasting) {
        scene.post(name).service.child.say("drop");
        await lasting();
      },
    },
  ];
}

function stopReading(name: PostName): Mishap {
  return {
    what: "stop reading",
    happen: (scene, lasting) =>
      withPeers(scene.post(name).service.url, lasting, (peer) => {
        peer.send('{"type":"subscribe","id":1,"items":[{"channel":"metrics"}]}');
        peer.pause();
      }),
  };
}

function sendNonsense(name: PostName): Mishap {
  return {
    what: "send nonsense",
    happen: (scene, lasting, spoiler) =>
      withPeers(scene.post(name).service.url, lasting, (peer) => {
        for (let more = 0; more < 20; more += 1) peer.raw(spoiler.spoil(spoiler.pick(frames), frames));
      }),
  };
}

async function withPeers(url: string, lasting: () => Promise<void>, act: (peer: WsPeer) => void) {
  const peers = await Promise.allSettled(Array.from({ length: 20 }, () => openPeer(url)));
  const there = peers.flatMap((peer) => (peer.status === "fulfilled" ? [peer.value] : []));
  for (const peer of there) act(peer);
  await lasting();
  for (const peer of there) peer.destroy();
}

function ofRedis(): readonly Mishap[] {
  return [
    {
      what: "stopped",
      async happen({ redis }, lasting) {
        redis.pause();
        await lasting();
        redis.resume();
      },
    },
    {
      what: "killed, and back empty",
      async happen({ redis }, lasting) {
        await redis.kill();
        await lasting();
        await redis.start();
      },
    },
  ];
}

/** Of the machine, so of both services. Whoever is stopped finds it so when it goes on. */
function ofWallClock(): readonly Mishap[] {
  const stepping = (what: string, there: "forward" | "back", andBack: "forward" | "back"): Mishap => ({
    what,
    async happen({ posts }, lasting) {
      for (const { service } of posts) service.child.say(`run ${there}`);
      await lasting();
      for (const { service } of posts) service.child.say(`run ${andBack}`);
    },
  });
  return [
    stepping("an hour forward, and back", "forward", "back"),
    stepping("an hour back, and right again", "back", "forward"),
  ];
}
