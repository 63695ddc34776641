import type { ServerMessage } from "@metricast/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeClient, fakeClient, settle } from "./testing/fake-hub.js";

/** What a client may say in any order: good, bad, and good at another time. */
const channel = fc.constantFrom("metrics", "metrics", "other", "events", "secret", "nope", "__proto__");
const select = fc.option(fc.constantFrom(["*"], ["a"], ["b", "c"], ["("], ['a{tenant="1"}']), {
  nil: undefined,
});
const view = fc.integer({ min: 1, max: 4 });
const subscribeItem = fc.record(
  {
    channel,
    select,
    everyMs: fc.constantFrom(0, 10_000, 70_000),
    sinceMs: fc.constantFrom(0, 50_000),
    position: fc.constantFrom("v1.0123456789abcdef.50", "x", "v1.0123456789abcdef.999"),
  },
  { requiredKeys: ["channel"] },
);
const updateItem = fc.record(
  { view, select, everyMs: fc.constantFrom(0, 10_000), sinceMs: fc.nat() },
  { requiredKeys: ["view"] },
);
const queryItem = fc.record({
  channel,
  select,
  from: fc.nat({ max: 200_000 }),
  to: fc.nat({ max: 200_000 }),
});
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 });
const request = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("subscribe"), items: list(subscribeItem) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("update"), items: list(updateItem) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("unsubscribe"), views: list(view) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("query"), items: list(queryItem) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("list"), channel }, { requiredKeys: ["type"] }) },
  { weight: 1, arbitrary: fc.constant({ type: "ping" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ type: "nope" }, { type: "subscribe", items: [] }, { type: "update" }, {}),
  },
);
const nameless = fc.constantFrom("null", "{", '{"type":"ping"}', '{"type":"ping","id":-1}');

function idOf(message: ServerMessage): number | undefined {
  return "id" in message ? message.id : undefined;
}

/** What the replies alone say is being watched. */
function follow(
  watched: Set<number>,
  said: ReadonlyMap<number, { readonly items?: readonly unknown[] }>,
  replies: readonly ServerMessage[],
): void {
  for (const reply of replies) {
    if (reply.type === "unsubscribed") for (const one of reply.views) watched.delete(one);
    if (reply.type !== "subscribed") continue;
    for (const item of said.get(reply.id ?? -1)?.items ?? []) {
      if (typeof item === "object" && item !== null && "view" in item) watched.delete(Number(item.view));
    }
    for (const { view } of reply.items) watched.add(view);
  }
}

function expectConsistent({ session, hub }: FakeClient, watched: ReadonlySet<number>): void {
  expect(new Set(session.subscriptions.views)).toEqual(watched);
  for (const name of ["metrics", "other"]) {
    const views = hub.views.watched(name);
    for (const one of views) expect(one.watchers).toBe(1);
    const own = [...session.subscriptions].filter((subscription) => subscription.channel === name);
    expect(new Set(views.map(({ number }) => number))).toEqual(
      new Set(own.map((subscription) => subscription.view)),
    );
  }
}

test("every request gets exactly one reply with its id, and only what was answered was applied", async () => {
  const step = fc.oneof({ weight: 9, arbitrary: request }, { weight: 1, arbitrary: nameless });
  const slowly = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      slowly,
      fc.integer({ min: 1, max: 128 }),
      async (steps, patience, maxSubscriptions) => {
        const waiting: (() => void)[] = [];
        let asked = 0;
        const client = fakeClient({
          options: { messageBurst: 1_000, maxSubscriptions },
          authorize: async (_, name) => {
            if (patience[asked++ % patience.length]) await new Promise<void>((go) => waiting.push(go));
            return name === "secret" ? undefined : {};
          },
        });
        // Slow enough that ten errors are never within a minute.
        const decideNext = async () => {
          client.time.ms += 7_000;
          waiting.shift()?.();
          await settle();
        };
        const said = new Map<number, object>();
        let withoutId = 0;
        for (const one of steps) {
          client.time.ms += 7_000;
          if (typeof one === "string") withoutId += 1;
          const message = typeof one === "string" ? one : { ...one, id: said.size };
          if (typeof message !== "string") said.set(message.id, message);
          await client.say(message);
          if (waiting.length > 2) await decideNext();
        }
        while (waiting.length > 0) await decideNext();
        const { messages } = client.connection;
        for (const id of said.keys())
          expect(messages.filter((message) => idOf(message) === id)).toHaveLength(1);
        const unnamed = messages.filter((message) => message.type === "error" && message.id === undefined);
        expect(unnamed).toHaveLength(withoutId);
        expect(client.session.isOpen).toBe(true);
        const watched = new Set<number>();
        follow(watched, said, messages);
        expectConsistent(client, watched);
        client.session.leaveAll();
        expectConsistent(client, new Set());
        expect(client.reports).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});
