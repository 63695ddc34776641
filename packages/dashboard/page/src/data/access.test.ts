import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Access } from "./access.js";

const drawer = () => {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  };
};
const answer = (status: number, body: unknown = {}) => new Response(JSON.stringify(body), { status });
const open = (address: string, response: () => Response, storage = drawer()) => {
  const fetch = vi.fn(async () => response());
  return { access: new Access({ address: new URL(address), drawer: storage, fetch }), fetch };
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("the start token of the address is shown once for a ticket, and remembered for a reload", async () => {
  const storage = drawer();
  const given = () => answer(200, { ticket: "t", expiresMs: 0 });
  const { access, fetch } = open("http://h/a/b/?token=start#x", given, storage);
  expect(access.base.href).toBe("http://h/a/b/");
  expect(await access.ticket()).toBe("t");
  const authorization = { headers: { authorization: "Bearer start" } };
  expect(fetch).toHaveBeenCalledWith(new URL("http://h/a/b/ticket"), expect.objectContaining(authorization));
  const again = open("http://h/a/b/", given, storage);
  await again.access.ticket();
  expect(again.fetch).toHaveBeenCalledWith(expect.anything(), expect.objectContaining(authorization));
});

test("a login that ended is told from a server that is away", async () => {
  const ended = open("http://h/", () => answer(401)).access;
  await expect(ended.ticket()).rejects.toThrow();
  expect(ended.isRefused.value).toBe(true);
  const away = open("http://h/", () => answer(503)).access;
  await expect(away.ticket()).rejects.toThrow();
  expect(away.isRefused.value).toBe(false);
});

test("a host without tickets is connected to without one", async () => {
  expect(await open("http://h/", () => answer(404)).access.ticket()).toBeUndefined();
});

test("what is no ticket is refused", async () => {
  await expect(open("http://h/", () => answer(200, { ticket: 5 })).access.ticket()).rejects.toThrow(
    TypeError,
  );
});

test("a ticket is renewed after half of its life", async () => {
  const { access, fetch } = open("http://h/", () =>
    answer(200, { ticket: "t", expiresMs: Date.now() + 60_000 }),
  );
  await access.ticket();
  await vi.advanceTimersByTimeAsync(29_000);
  expect(fetch).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(fetch).toHaveBeenCalledTimes(2);
});
