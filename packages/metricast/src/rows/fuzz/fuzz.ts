import { connect } from "node:net";
import { closeCodes, wireCodes } from "@metricast/protocol";
import {
  noteFigure,
  opcodes,
  openPeer,
  parseResponse,
  Spoiler,
  until,
  type WsPeer,
  wsFrame,
} from "@metricast/testkit";
import { expect, type TestContext } from "vitest";
import { doors } from "../faults/door.js";
import { FaultService } from "../faults/fault-service.js";
import { frames, handshakes, messages, requests } from "./corpus.js";

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** No turn of the service's event loop computes longer. */
  readonly longestTurnMs: number;
}

/** One kind of input: how many are sent at a time, and what was answered to them, as words of the table below. */
export interface Attempt {
  readonly inputs: number;
  send(service: FuzzedService, spoiler: Spoiler): Promise<readonly (string | number)[]>;
}

/** Everything that may be said to somebody, whatever they send. */
const answers = new Set<string | number>([
  ...Object.keys(wireCodes),
  ...Object.values(closeCodes).map(({ code }) => code),
  // Of WebSocket itself: no close frame, and a close without a code.
  1005,
  1006,
  // Of HTTP, Node's own among them; 0 where a connection just ends.
  ...[
    0, 101, 200, 204, 302, 304, 307, 308, 400, 403, 404, 405, 408, 413, 414, 417, 421, 426, 429, 431, 501,
    503, 505,
  ],
]);

const parallel = 16;
const inputsPerSession = 8;
/** A frame that was spoilt may swallow all that follows: nothing answers then. */
const patienceMs = 250;

export class FuzzedService {
  readonly service: FaultService;

  static async start(): Promise<FuzzedService> {
    const [door] = doors;
    if (door === undefined) throw new Error("there is no door");
    const options = `{
      public: true, messagesPerMinute: 1_000_000, messageBurst: 1_000_000, acceptsPerSecond: 1_000_000, intervalMs: 500,
    }`;
    const before = `globalThis.hostOptions = { headersTimeout: 2_000, requestTimeout: 2_000, connectionsCheckingInterval: 500 };`;
    return new FuzzedService(await FaultService.start({ door, options, before }));
  }

  private constructor(service: FaultService) {
    this.service = service;
  }

  /** Spoilt inputs of one kind, sixteen at a time; then the service is asked whether it bore them. */
  async bear(
    task: TestContext["task"],
    attempt: Attempt,
    { seed, inputs, longestTurnMs }: FuzzOptions,
  ): Promise<void> {
    const spoiler = new Spoiler(seed);
    const told = new Map<string | number, number>();
    const run = async (count: number) => {
      for (let left = count / attempt.inputs; left > 0; left -= parallel) {
        const round = await Promise.all(
          Array.from({ length: Math.min(left, parallel) }, () => attempt.send(this, spoiler)),
        );
        for (const answer of round.flat()) told.set(answer, (told.get(answer) ?? 0) + 1);
      }
    };
    // What is made once stays: memory is judged after it.
    await run(Math.min(1_000, inputs / 4));
    await this.service.settled(0, 30_000);
    const before = await this.service.report();
    await run(inputs);
    await this.service.settled(0, 30_000);
    const after = await this.service.report();
    const grownMb = (after.heapBytes - before.heapBytes) / 1_048_576;
    noteFigure(
      task,
      `${inputs} inputs, seed ${seed}: longest turn ${Math.round(after.turnMs)} ms, heap ${grownMb.toFixed(1)} MB, ${told.size} kinds of answer`,
    );
    expect([...told.keys()].filter((answer) => !answers.has(answer))).toEqual([]);
    expect(after.warnings.filter((code) => code === "MC_INTERNAL")).toEqual([]);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
    expect(grownMb).toBeLessThan(20);
    expect(after.turnMs).toBeLessThan(longestTurnMs);
    expect(this.service.child.exit).toBeUndefined();
  }
}

const texts = messages.map((message) => Buffer.from(message));

/** Sends some on one session, and waits until each was answered: a ping at the end is answered after them, or the session is over, or neither for too long. */
async function onSession(
  { service }: FuzzedService,
  make: () => Uint8Array,
): Promise<readonly (string | number)[]> {
  const peer = await openPeer(service.url);
  for (let at = 0; at < inputsPerSession; at += 1) peer.raw(make());
  peer.ping("last");
  await until(() => peer.ended || peer.pongs.some((pong) => pong.toString() === "last"), patienceMs).catch(
    () => {},
  );
  peer.destroy();
  return said(peer);
}

function said(peer: WsPeer): (string | number)[] {
  const told = peer.messages.flatMap((message): { type: string; code?: string }[] =>
    typeof message === "string" ? [JSON.parse(message)] : [],
  );
  const words = told.flatMap(({ type, code }) => (type === "error" && code !== undefined ? [code] : []));
  const code = peer.closeFrame?.code;
  // Without a `bye` of ours it is the client's own code that comes back: RFC 6455, 5.5.1.
  const isEcho = code !== undefined && mayBeEchoed(code) && !told.some(({ type }) => type === "bye");
  return code === undefined || isEcho ? words : [...words, code];
}

/** What a client may close with, and a service never does by itself: RFC 6455, 7.4. */
function mayBeEchoed(code: number): boolean {
  return (code >= 1_010 && code <= 1_014 && !answers.has(code)) || (code >= 3_000 && code <= 4_999);
}

/** Sends one, says that no more comes, and gives the status of what is answered. */
function overHttp({ service }: FuzzedService, request: Uint8Array): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const socket = connect(service.port, "127.0.0.1");
    let text = "";
    const give = () => {
      socket.destroy();
      resolve([parseResponse(text).status]);
    };
    socket.setTimeout(5_000, give);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", give);
    socket.end(request);
  });
}

/** What is spoilt, and how it is sent. */
export const attempts: ReadonlyMap<string, Attempt> = new Map([
  [
    "frames",
    {
      inputs: inputsPerSession,
      send: (service, spoiler) => onSession(service, () => spoiler.spoil(spoiler.pick(frames), frames)),
    },
  ],
  [
    "messages",
    {
      inputs: inputsPerSession,
      send: (service, spoiler) =>
        onSession(service, () => {
          const payload = spoiler.spoil(spoiler.pick(texts), texts).subarray(0, 16_000);
          return wsFrame({ opcode: opcodes.text, payload });
        }),
    },
  ],
  [
    "handshakes",
    {
      inputs: 1,
      send: (service, spoiler) => overHttp(service, spoiler.spoil(spoiler.pick(handshakes), handshakes)),
    },
  ],
  [
    "HTTP requests",
    {
      inputs: 1,
      send: (service, spoiler) => overHttp(service, spoiler.spoil(spoiler.pick(requests), requests)),
    },
  ],
]);
