import type { EventsMessage } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LoggedEvent } from "../feed/event-log.js";
import { EventView } from "./event-view.js";
import { compileSelect } from "./select.js";

/** Events as a log keeps them: numbered from 1, the oldest dropped at will. */
function log() {
  const events: LoggedEvent[] = [];
  let trimmed = 0;
  let head = 0;
  return {
    get head() {
      return head;
    },
    append(type: string, data: unknown = null): void {
      head += 1;
      events.push({ epoch: "e", n: head, place: head, type, atMs: head * 10, data });
    },
    trimThrough(n: number): void {
      trimmed = Math.max(trimmed, n);
      while ((events[0]?.n ?? Infinity) <= n) events.shift();
    },
    since(n: number, matches: (type: string) => boolean) {
      return {
        events: events.filter((event) => event.n > n && matches(event.type)),
        complete: n >= trimmed && n <= head,
      };
    },
  };
}

function view(source: ReturnType<typeof log>, patterns: readonly string[] = ["*"]): EventView {
  return new EventView({
    number: 4,
    channel: "events",
    source,
    select: compileSelect(patterns),
    positionAt: (n) => `v1.e.${n}`,
  });
}

const messageOf = (page: { frame: { bytes: Uint8Array } } | undefined): EventsMessage =>
  JSON.parse(Buffer.from(page?.frame.bytes ?? []).toString());

test("a page says all there is to an event, and the position it reaches", () => {
  const source = log();
  source.append("deploy", { version: "1.2" });
  expect(messageOf(view(source).page(0))).toEqual({
    type: "events",
    view: 4,
    position: "v1.e.1",
    items: [{ id: "e-1", type: "deploy", atMs: 10, data: { version: "1.2" } }],
  });
});

test("only types that were selected, and the position passes the others", () => {
  const source = log();
  for (const type of ["a", "b", "ab", "b"]) source.append(type);
  const page = view(source, ["a*"]).page(0);
  expect(messageOf(page).items.map(({ id }) => id)).toEqual(["e-1", "e-3"]);
  expect(page).toMatchObject({ through: 4, count: 2 });
  expect(view(source, ["c"]).page(0)).toBeUndefined();
});

test("is encoded once for everybody who is at one place", () => {
  const source = log();
  source.append("a");
  const events = view(source);
  expect(events.page(0)?.frame).toBe(events.page(0)?.frame);
  const before = events.page(0);
  source.append("a");
  expect(events.page(0)).not.toBe(before);
});

test("pages hold 64 events, and follow each other without a gap or a repetition", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b"), { maxLength: 300 }),
      fc.nat({ max: 50 }),
      (types, from) => {
        const source = log();
        for (const type of types) source.append(type);
        const events = view(source, ["a"]);
        const got: string[] = [];
        let at = Math.min(from, source.head);
        for (let page = events.page(at); page && at < source.head; page = events.page(at)) {
          expect(page.count).toBeLessThanOrEqual(64);
          expect(page.through).toBeGreaterThan(at);
          got.push(...messageOf(page).items.map(({ id }) => id));
          at = page.through;
        }
        const wanted = types
          .map((type, k) => ({ type, n: k + 1 }))
          .filter(({ type, n }) => type === "a" && n > from);
        expect(got).toEqual(wanted.map(({ n }) => `e-${n}`));
      },
    ),
  );
});

describe("events that retention dropped", () => {
  test("are told, never passed over in silence", () => {
    const source = log();
    for (let k = 0; k < 10; k += 1) source.append("a");
    source.trimThrough(6);
    expect(messageOf(view(source).page(2))).toMatchObject({ lost: 4, position: "v1.e.10" });
    expect(messageOf(view(source).page(6)).lost).toBeUndefined();
  });

  test("even where nothing is left to give", () => {
    const source = log();
    for (let k = 0; k < 3; k += 1) source.append("a");
    source.trimThrough(3);
    const page = view(source).page(1);
    expect(messageOf(page)).toMatchObject({ lost: 2, items: [], position: "v1.e.3" });
    expect(page).toMatchObject({ through: 3, count: 0 });
  });

  test("are told where older ones, of another type, are still there", () => {
    const source = log();
    for (let k = 0; k < 3; k += 1) source.append("a");
    const [first, , third] = source.since(0, () => true).events;
    const events = [first, third].filter((event) => event !== undefined);
    const since = () => ({ events, complete: false });
    expect(messageOf(view({ ...source, head: 3, since }).page(0))).toMatchObject({
      lost: 1,
      items: [{}, {}],
    });
  });
});

test("pages at many places are forgotten, not kept", () => {
  const source = log();
  for (let k = 0; k < 200; k += 1) source.append("a");
  const events = view(source);
  const first = events.page(0);
  for (let after = 1; after <= 64; after += 1) events.page(after);
  expect(events.page(0)).not.toBe(first);
});
