import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { RouteTrace, routePath } from "./http-route.js";

describe("routePath", () => {
  it.each([
    ["/users/:id", "/users/:id"],
    [/^\/v\d+$/i, "/^\\/v\\d+$/i"],
    [["/a", /b/, ["/c"]], "/a|/b/|/c"],
    [undefined, undefined],
    [["/a", 1], undefined],
    [{}, undefined],
  ])("of %j is %j", (path, pattern) => {
    expect(routePath(path)).toBe(pattern);
  });
});

describe("RouteTrace", () => {
  function traced() {
    const req = new IncomingMessage(new Socket());
    const trace = new RouteTrace();
    Reflect.set(req, "baseUrl", "");
    trace.watch(req);
    const enter = (baseUrl: string, params: object = {}) => {
      Reflect.set(req, "params", params);
      Reflect.set(req, "baseUrl", baseUrl);
    };
    const match = (path: unknown) => Reflect.set(req, "route", { path });
    return { req, trace, enter, match };
  }

  it("joins the patterns of mounts and route", () => {
    const { trace, enter, match, req } = traced();
    enter("/tenants/acme%20inc", { tenant: "acme inc" });
    enter("/tenants/acme%20inc/files");
    match("/:file");
    enter("");
    expect(trace.pattern).toBe("/tenants/:tenant/files/:file");
    expect(Reflect.get(req, "baseUrl")).toBe("");
    expect(Reflect.get(req, "route")).toEqual({ path: "/:file" });
  });

  it("leaves no trace of a router that did not answer", () => {
    const { trace, enter, match } = traced();
    enter("/a/1", { id: "1" });
    enter("");
    enter("/a");
    match("/");
    expect(trace.pattern).toBe("/a");
  });

  it.each([
    ["/x/LAX-SFO", { from: "LAX", to: "SFO" }, "/x/:from"],
    ["/files/a/b", { path: ["a", "b"] }, "/files/:path/:path"],
    ["/users/users", { id: "users" }, "/users/:id"],
    ["/a%ZZ", { id: "a%ZZ" }, "/:id"],
    ["/a", { id: "", other: undefined }, "/a"],
  ])("gives parameters in %s their names", (baseUrl, params, pattern) => {
    const { trace, enter, match } = traced();
    enter(baseUrl, params);
    match("/");
    expect(trace.pattern).toBe(pattern);
  });

  it("knows the parameters of the mount it begins in", () => {
    const req = new IncomingMessage(new Socket());
    Reflect.set(req, "baseUrl", "/tenants/acme");
    Reflect.set(req, "params", { tenant: "acme" });
    const trace = new RouteTrace();
    trace.watch(req);
    Reflect.set(req, "route", { path: "/files" });
    expect(trace.pattern).toBe("/tenants/:tenant/files");
  });

  it("cuts a pattern that is too long", () => {
    const { trace, match } = traced();
    match(`/${"a".repeat(1_000)}`);
    expect(trace.pattern).toHaveLength(200);
  });
});
