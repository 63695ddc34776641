import { connect } from "node:net";
import { opcodes, openPeer, type Spoiler, upgradeRequest, type WsPeer, wsFrame } from "@metricast/testkit";
import { frames } from "../fuzz/corpus.js";

/** Somebody who does what nobody should; given is how to be rid of them. */
type Nuisance = (url: string, spoiler: Spoiler) => Promise<() => void>;

const nuisances: readonly Nuisance[] = [
  onSession((peer, spoiler) => {
    for (let more = 0; more < 5; more += 1) peer.raw(spoiler.spoil(spoiler.pick(frames), frames));
  }),
  // Pings without an end.
  onSession((peer) => {
    for (let more = 0; more < 500; more += 1) peer.ping(`${more}`);
  }),
  // Is there no more, and does not say so.
  onSession((peer) => {
    peer.answersPings = false;
  }),
  // Everything, again and again, as far back as there is.
  onSession((peer) => {
    const item = {
      channel: "metrics",
      select: Array.from({ length: 8 }, (_, k) => `*${k}*`),
      sinceMs: 86_400_000,
    };
    for (let id = 1; id < 20; id += 1)
      peer.send(JSON.stringify({ type: "subscribe", id, items: Array.from({ length: 40 }, () => item) }));
  }),
  onSession((peer) => peer.send('{"type":"hello","id":1,"version":1,"token":"of somebody else"}')),
  // Begins a message, and never ends it.
  onSession((peer) => peer.raw(wsFrame({ opcode: opcodes.text, payload: '{"type":', fin: false }))),
  slowHandshake,
];

/** One of them, by the seed. */
export function nuisance(url: string, spoiler: Spoiler): Promise<() => void> {
  return spoiler.pick(nuisances)(url, spoiler);
}

function onSession(act: (peer: WsPeer, spoiler: Spoiler) => void): Nuisance {
  return async (url, spoiler) => {
    const peer = await openPeer(url);
    act(peer, spoiler);
    return () => peer.destroy();
  };
}

/** A byte of the request now, and the rest never. */
async function slowHandshake(url: string, spoiler: Spoiler): Promise<() => void> {
  const request = upgradeRequest(url);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(request.slice(0, 1 + spoiler.below(request.length - 1)));
  return () => socket.destroy();
}
