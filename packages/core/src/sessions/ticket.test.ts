import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Identity } from "../contracts/identity.js";
import { watchedComparisons } from "./testing/watched-comparisons.js";
import { startTokenIdentity, Tickets } from "./ticket.js";

const secret = "a shared secret of 32 characters";
const startMs = 1_700_000_000_000;

class Time {
  ms = startMs;
  nowMs(): number {
    return this.ms;
  }
}

let drawn = 0;
const random = { bytes: (count: number) => new Uint8Array(count).fill(++drawn) };

function tickets(secrets: readonly string[] | undefined, time = new Time(), issuer?: string): Tickets {
  return new Tickets({ secrets, random, time, issuer });
}

const ann: Identity = { id: "ann", scope: { tenant: "a" } };

describe("a ticket", () => {
  it("minted on one instance is good on another, and after a restart", () => {
    const ticket = tickets([secret]).mint(ann, 60_000);
    expect(tickets([secret]).verify(ticket)).toEqual(ann);
  });

  it("is foreign under another secret, another issuer, or a random secret", () => {
    const ticket = tickets([secret]).mint(ann, 60_000);
    expect(tickets(["another secret, as long as it is"]).verify(ticket)).toBeUndefined();
    expect(tickets(undefined).verify(ticket)).toBeUndefined();
    expect(tickets([secret], new Time(), "shop").verify(ticket)).toBeUndefined();
    const shop = tickets([secret], new Time(), "shop");
    expect(shop.verify(shop.mint(ann, 60_000))).toEqual(ann);
    expect(tickets([secret]).verify(shop.mint(ann, 60_000))).toBeUndefined();
  });

  it("outlives a rotation as long as the old secret is listed", () => {
    const old = tickets(["old secret of 16+ characters"]).mint(ann, 60_000);
    const both = tickets(["new secret of 16+ characters", "old secret of 16+ characters"]);
    expect(both.verify(old)).toEqual(ann);
    const signed = both.mint(ann, 60_000);
    expect(tickets(["new secret of 16+ characters"]).verify(signed)).toEqual(ann);
    expect(tickets(["old secret of 16+ characters"]).verify(signed)).toBeUndefined();
  });

  it("dies at its time, not before", () => {
    const time = new Time();
    const desk = tickets([secret], time);
    const ticket = desk.mint(ann, 60_000);
    time.ms = startMs + 59_999;
    expect(desk.verify(ticket)).toEqual(ann);
    time.ms = startMs + 60_000;
    expect(desk.verify(ticket)).toBeUndefined();
  });

  it("from a clock far ahead is refused", () => {
    const ahead = new Time();
    ahead.ms = startMs + 86_400_000;
    const ticket = tickets([secret], ahead).mint(ann, 60_000);
    expect(tickets([secret]).verify(ticket)).toBeUndefined();
    expect(tickets([secret], ahead).verify(ticket)).toEqual(ann);
  });

  it("lives an hour at most, whatever is asked", () => {
    const time = new Time();
    const desk = tickets([secret], time);
    const ticket = desk.mint(ann, 1e12);
    expect(desk.verify(ticket)).toEqual(ann);
    time.ms = startMs + 3_600_000;
    expect(desk.verify(ticket)).toBeUndefined();
  });

  it("carries when the session must be renewed, and is void from then on", () => {
    const time = new Time();
    const desk = tickets([secret], time);
    const ticket = desk.mint({ id: "bob", expiresMs: startMs + 1_000 }, 60_000);
    expect(desk.verify(ticket)).toEqual({ id: "bob", expiresMs: startMs + 1_000 });
    time.ms += 1_000;
    expect(desk.verify(ticket)).toBeUndefined();
  });

  it("keeps a scope named __proto__ a label", () => {
    const scope = Object.fromEntries([["__proto__", "x"]]);
    const desk = tickets([secret]);
    const identity = desk.verify(desk.mint({ id: "eve", scope }, 60_000));
    expect(Object.entries(identity?.scope ?? {})).toEqual([["__proto__", "x"]]);
    expect(Object.getPrototypeOf(identity?.scope)).toBe(Object.prototype);
  });

  it("is refused at mint when the identity does not fit or is none", () => {
    const desk = tickets([secret]);
    const wide = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`label${n}`, "v".repeat(900)]));
    const wrong: unknown[] = [{ id: "x", scope: wide }, { id: "" }, {}, null, { id: "x", scope: new Map() }];
    for (const identity of wrong) {
      expect(() => Reflect.apply(desk.mint, desk, [identity, 60_000])).toThrow("MC_HOOK_FAILED");
    }
  });
});

it("of the secret before the last eight is none: a store that is emptied gives ever new ones", () => {
  const desk = tickets(undefined);
  const minted = Array.from({ length: 9 }, (_, n) => {
    desk.adopt(`secret number ${n} of 16 characters`);
    return desk.mint(ann, 60_000);
  });
  const good = minted.map((ticket) => desk.verify(ticket) !== undefined);
  expect(good).toEqual([false, ...Array<boolean>(8).fill(true)]);
});

describe("what is no ticket", () => {
  const desk = tickets([secret]);
  const ticket = desk.mint(ann, 60_000);

  it("any changed character voids it", () => {
    for (let at = 0; at < ticket.length; at += 1) {
      const other = ticket[at] === "A" ? "B" : "A";
      expect(desk.verify(ticket.slice(0, at) + other + ticket.slice(at + 1))).toBeUndefined();
    }
  });

  it("has one spelling", () => {
    for (const text of [`${ticket}=`, `${ticket}.`, ` ${ticket}`, `${ticket}\n`, ticket.replace(".", "=.")]) {
      expect(desk.verify(text)).toBeUndefined();
    }
  });

  it("a signature by the bare secret, none, or of another kind of token is refused", () => {
    const body = Buffer.from(JSON.stringify({ v: 1, id: "eve", exp: startMs + 1_000, alg: "none" })).toString(
      "base64url",
    );
    const bare = createHmac("sha256", secret).update(body).digest("base64url");
    for (const signature of ["", bare, desk.startToken]) {
      expect(desk.verify(`${body}.${signature}`)).toBeUndefined();
    }
    expect(desk.verify(`eyJhbGciOiJub25lIn0.${body}.`)).toBeUndefined();
  });

  it("is refused over 8 KB before anything is computed", () => {
    const key = createHmac("sha256", secret).update("metricast ticket v1").digest();
    const signed = (padding: number) => {
      const payload = { v: 1, id: "ann", exp: startMs + 1_000, padding: "x".repeat(padding) };
      const body = Buffer.from(JSON.stringify(payload)).toString("base64url");
      return `${body}.${createHmac("sha256", key).update(body).digest("base64url")}`;
    };
    expect(desk.verify(signed(5_000))).toEqual({ id: "ann" });
    expect(desk.verify(signed(7_000))).toBeUndefined();
    expect(desk.isStartToken("x".repeat(20_000))).toBe(false);
  });

  it("is compared in a time that says nothing of how much of it is right", () => {
    const lengths = watchedComparisons();
    const bent = `${ticket.slice(0, -1)}${ticket.endsWith("A") ? "B" : "A"}`;
    expect([desk.verify(bent), desk.isStartToken("wrong")]).toEqual([undefined, false]);
    // A signature as text, and a digest.
    expect(lengths).toEqual([43, 32]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.base64String(), fc.base64String()).map((p) => p.join(".")),
        ),
        (text) => {
          return desk.verify(text) === undefined && desk.identityFor(text) === undefined;
        },
      ),
    );
    expect(Reflect.apply(desk.verify, desk, [undefined])).toBeUndefined();
  });

  it("a signed payload of any shape never throws, and is an identity or nothing", () => {
    const key = createHmac("sha256", secret).update("metricast ticket v1").digest();
    const exp = startMs + 1_000;
    const payloads = fc.oneof(
      fc.jsonValue(),
      fc.record({ v: fc.constant(1), exp: fc.constant(exp), id: fc.jsonValue(), scope: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(payloads, (payload) => {
        const body = Buffer.from(JSON.stringify(payload)).toString("base64url");
        const identity = desk.verify(`${body}.${createHmac("sha256", key).update(body).digest("base64url")}`);
        return identity === undefined || typeof identity.id === "string";
      }),
    );
    const body = Buffer.from(JSON.stringify({ v: 1, id: "ok", exp })).toString("base64url");
    const signature = createHmac("sha256", key).update(body).digest("base64url");
    expect(desk.verify(`${body}.${signature}`)).toEqual({ id: "ok" });
  });
});

describe("the start token", () => {
  it("is the same on every instance and after a restart when there is a secret", () => {
    expect(tickets([secret]).startToken).toBe(tickets([secret]).startToken);
    expect(tickets([secret]).startToken).not.toBe(tickets(["another secret, as long as it is"]).startToken);
  });

  it("is drawn anew when there is none", () => {
    expect(tickets(undefined).startToken).not.toBe(tickets(undefined).startToken);
    expect(tickets([]).startToken).toMatch(/^[\w-]{43}$/);
  });

  it("of a rotated secret is good while the secret is listed", () => {
    const old = tickets(["old secret of 16+ characters"]).startToken;
    const both = tickets(["new secret of 16+ characters", "old secret of 16+ characters"]);
    expect(both.isStartToken(old)).toBe(true);
    expect(both.startToken).not.toBe(old);
    expect(tickets(["new secret of 16+ characters"]).isStartToken(old)).toBe(false);
  });

  it("stands for whoever may read the terminal, and is no ticket", () => {
    const desk = tickets([secret]);
    expect(desk.identityFor(desk.startToken)).toEqual(startTokenIdentity);
    expect(desk.verify(desk.startToken)).toBeUndefined();
    expect(desk.isStartToken("")).toBe(false);
  });
});
