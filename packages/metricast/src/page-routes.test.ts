import { type HttpHandler, MetricastError } from "@metricast/core";
import { describe, expect, it } from "vitest";
import { findPage } from "./page-routes.js";

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
