import { describe, expect, it } from "vitest";
import { Turns } from "./turns.js";

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function held() {
  let end = () => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { done, end };
}

describe("turns", () => {
  it("come so many at a time, in order", async () => {
    const turns = new Turns(2);
    const works = [held(), held(), held(), held()];
    const began: number[] = [];
    const all = works.map(({ done }, number) =>
      turns.take(never, () => {
        began.push(number);
        return done;
      }),
    );
    await Promise.resolve();
    expect(began).toEqual([0, 1]);
    works[1]?.end();
    await all[1];
    await expect.poll(() => began).toEqual([0, 1, 2]);
    for (const { end } of works) end();
    await Promise.all(all);
    expect(began).toEqual([0, 1, 2, 3]);
  });

  it("pass on after work that fails, and after who did not wait", async () => {
    const turns = new Turns(1);
    const work = held();
    const first = turns.take(never, async () => {
      await work.done;
      throw new Error("failed");
    });
    const leaving = new AbortController();
    const second = turns.take(leaving.signal, async () => "second");
    const third = turns.take(never, async () => "third");
    leaving.abort(new Error("too late"));
    await expect(second).rejects.toThrow("too late");
    work.end();
    await expect(first).rejects.toThrow("failed");
    expect(await third).toBe("third");
    expect(await turns.take(never, async () => "fourth")).toBe("fourth");
  });

  it("pass on where one comes as its waiter leaves", async () => {
    const turns = new Turns(1);
    const work = held();
    const first = turns.take(never, () => work.done);
    const leaving = new AbortController();
    const second = turns.take(leaving.signal, async () => "second").catch(() => "left");
    work.end();
    await first;
    leaving.abort();
    await second;
    expect(await turns.take(never, async () => "third")).toBe("third");
  });
});
