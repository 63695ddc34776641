import fc from "fast-check";
import { expect, test } from "vitest";
import { wireCodes } from "./codes.js";
import { protocolLimits } from "./limits.js";
import { parseClientMessage } from "./parse.js";

/** What the parser promises of any text. */
function holds(text: string): void {
  const parsed = parseClientMessage(text);
  if (parsed.ok) {
    expect(JSON.parse(text).type).toBe(parsed.message.type);
    return;
  }
  const { code, id, field, item } = parsed.failure;
  expect(Object.keys(wireCodes)).toContain(code);
  if (id !== undefined) expect(JSON.parse(text).id).toBe(id);
  if (id !== undefined) expect(Number.isSafeInteger(id) && id >= 0).toBe(true);
  if (field !== undefined) expect(field.length).toBeLessThan(20);
  if (item !== undefined) expect(item).toBeLessThan(protocolLimits.maxItems);
}

const channel = fc.string({ maxLength: 20 });
const select = fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1, maxLength: 16 }));
const count = fc.nat({ max: 1_000_000 });
const points = fc.integer({ min: 1, max: 2_000 });
const view = fc.nat();
const merge = fc.constantFrom("cluster", "instance");
const optional = { requiredKeys: ["channel"] as const };
const subscribeItem = fc.record(
  { channel, select, everyMs: count, sinceMs: count, points, merge, position: fc.string() },
  { requiredKeys: [...optional.requiredKeys] },
);
const updateItem = fc.record(
  { view, select, everyMs: count, sinceMs: count, points },
  { requiredKeys: ["view"] },
);
const queryItem = fc.record(
  { channel, select, from: count, to: count, points, merge },
  { requiredKeys: ["channel", "from", "to"] },
);
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 5 });
const id = fc.nat();
const valid: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.record(
    { type: fc.constant("hello"), id, version: count, token: fc.string(), resume: list(subscribeItem) },
    {
      requiredKeys: ["type"],
    },
  ),
  fc.record({ type: fc.constant("subscribe"), id, items: list(subscribeItem) }),
  fc.record({ type: fc.constant("update"), id, items: list(updateItem) }),
  fc.record({ type: fc.constant("unsubscribe"), id, views: list(view) }),
  fc.record({ type: fc.constant("query"), id, items: list(queryItem) }),
  fc.record({ type: fc.constant("list"), id, channel, select }, { requiredKeys: ["type", "id"] }),
  fc.record({ type: fc.constant("ping"), id }),
);

/** Replaces, removes or adds something anywhere in a message. */
function mutated(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[step % (keys.length + 1)] ?? "__proto__";
  const entries = new Map<string, unknown>(Object.entries(value));
  entries.set(key, mutated(entries.get(key), rest, by));
  return Array.isArray(value) ? [...entries.values()] : Object.fromEntries(entries);
}

test("no text makes it throw", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), holds), { numRuns: 1_000 });
  fc.assert(fc.property(fc.stringMatching(/^[{}[\]",:\\a-z0-9.-]{0,60}$/), holds), { numRuns: 1_000 });
});

test("no JSON makes it throw", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 12 }), (value) => holds(JSON.stringify(value))),
    { numRuns: 1_000 },
  );
});

test("a message that keeps to the rules is taken, with nothing lost", () => {
  fc.assert(
    fc.property(valid, (message) => {
      const parsed = parseClientMessage(JSON.stringify(message));
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
      const listed = JSON.parse(JSON.stringify(message), (key, value) =>
        key === "select" && typeof value === "string" ? [value] : value,
      );
      expect(parsed.message).toEqual(listed);
    }),
    { numRuns: 500 },
  );
});

test("no mutation of a good message makes it throw, or answer with what the client did not send", () => {
  const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(2 ** 53, -1, 1.5, "NaN", [], {}, null));
  fc.assert(
    fc.property(valid, fc.array(fc.nat({ max: 9 }), { maxLength: 5 }), junk, (message, path, by) => {
      const text = JSON.stringify(mutated(message, path, by));
      if (text !== undefined) holds(text);
    }),
    { numRuns: 2_000 },
  );
});

test("no cut of a good message makes it throw", () => {
  fc.assert(
    fc.property(valid, fc.nat(), fc.nat(), (message, from, to) => {
      const text = JSON.stringify(message);
      holds(text.slice(from % text.length) + text.slice(0, to % text.length));
    }),
    { numRuns: 500 },
  );
});
