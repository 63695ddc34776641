import { type HttpHandler, type HttpRequest, MetricastError } from "@metricast/core";
import { describe, expect, it } from "vitest";
import { findPage, guardedPage } from "./page-routes.js";

const page: HttpHandler = Object.assign(async () => undefined, { knows: () => true });

/** What becomes of a wish where making the page ends so. */
function find(wanted: Parameters<typeof findPage>[0], make: () => HttpHandler) {
  const warned: string[] = [];
  return { page: findPage(wanted, (code) => warned.push(code), make), warned };
}

function missing(): HttpHandler {
  throw new MetricastError("MC_DASHBOARD_NOT_BUILT");
}

describe("the page", () => {
  it("is there unless it is not wanted", () => {
    expect(find(undefined, () => page)).toEqual({ page, warned: [] });
    expect(find(true, () => page).page).toBe(page);
    expect(find(false, missing)).toEqual({ page: undefined, warned: [] });
  });

  it("that is missing is a warning, and an error for who asked for it", () => {
    expect(find(undefined, missing)).toEqual({ page: undefined, warned: ["MC_DASHBOARD_NOT_BUILT"] });
    for (const wanted of [true, {}]) expect(() => find(wanted, missing)).toThrow("MC_DASHBOARD_NOT_BUILT");
  });

  it("does not hide another fault", () => {
    expect(() => findPage({ frameAncestors: ["a;b"] }, () => {})).toThrow("MC_OPTION_INVALID");
  });
});

describe("who would get no ticket", () => {
  const asked = (path: string): HttpRequest => ({
    method: "GET",
    path,
    query: "",
    headers: new Map(),
    remoteAddress: "9.9.9.9",
    secure: false,
  });
  const shown = { status: 200, headers: {}, body: "shown" };
  const files = Object.assign(async () => shown, { knows: () => true });

  it("is not shown the page, but told why, in words that nothing runs in", async () => {
    const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
    const guarded = guardedPage({ page: files, refusal: async () => ({ status: 401, headers, body: "{}" }) });
    const refused = await guarded(asked("/"));
    expect(refused).toMatchObject({ status: 401, body: expect.stringMatching(/^metricast: Log in/) });
    expect(refused?.headers).toEqual({
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'",
    });
    expect(await guarded(asked("/assets/a.js"))).toBe(shown);
  });
});
