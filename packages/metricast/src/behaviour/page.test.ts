import { ServedCast } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, type MetricastError, metricast } from "../index.js";

const secret = "correct horse battery staple";

/** A service that only attaches: its own routes answer 404 to everything. */
async function serve(options: CastOptions = {}) {
  const cast = metricast({
    intervalMs: 1_000,
    defaultSources: false,
    sources: [() => ({ load: 1 })],
    ...options,
  });
  const told: MetricastError[] = [];
  cast.on("warning", (warning) => told.push(warning));
  const served = await ServedCast.start(cast);
  served.host.server.on("request", (_, response) => response.writeHead(404).end("the host's own"));
  onTestFinished(() => served.close());
  const origin = `http://127.0.0.1:${served.host.port}`;
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(`${origin}${path}`, { headers, method, redirect: "manual" });
  return { cast, served, told, get };
}

const cookieOf = (answer: Response) => (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

describe("a service that only attaches", () => {
  test("shows its page at the address that it prints, and to nobody without the token", async () => {
    const { cast, get } = await serve();
    const { pathname, search } = new URL(cast.url ?? "");
    const page = await get(pathname + search);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    for (const wrong of ["", "?token=guess", "?ticket=guess"]) {
      const refused = await get(pathname + wrong);
      expect(refused.status).toBe(401);
      expect(await refused.text()).toContain("the address that the service printed");
      expect(refused.headers.get("content-type")).toContain("text/plain");
    }
  });

  test("gives the page its ticket, and by it what it shows beside the charts, for as long as an hour", async () => {
    const { cast, get } = await serve();
    expect((await get("/metricast/ticket", {}, "POST")).status).toBe(401);
    expect((await get("/metricast/overview")).status).toBe(401);
    const ticket = await get("/metricast/ticket", { authorization: `Bearer ${cast.startToken}` }, "POST");
    expect(ticket.headers.get("set-cookie")).toContain("Max-Age=3600");
    const cookie = cookieOf(ticket);
    const overview = await get("/metricast/overview", { cookie });
    expect(await overview.json()).toMatchObject({ status: "ok", clients: { count: 0 } });
    expect((await get("/metricast/", { cookie })).status).toBe(200);
  });

  test("leaves everything else to the host", async () => {
    const { get } = await serve();
    for (const path of ["/", "/metricast/health", "/metricast/metrics", "/metricast/nope", "/metricastle/"]) {
      expect(await (await get(path)).text()).toBe("the host's own");
    }
  });

  test("sends who forgot the slash to the page", async () => {
    const { get } = await serve();
    const { status, headers } = await get("/metricast?token=abc");
    expect([status, headers.get("location")]).toEqual([307, "./metricast/?token=abc"]);
  });

  test("shows it to those whom authenticate knows, to everybody where it is public, to nobody in production", async () => {
    const authenticate: CastOptions["authenticate"] = ({ headers }) =>
      headers.get("cookie") === "user=ann" ? { id: "ann" } : null;
    const known = await serve({ authenticate });
    expect((await known.get("/metricast/", { cookie: "user=ann" })).status).toBe(200);
    expect((await known.get("/metricast/")).status).toBe(401);
    const open = await serve({ public: true });
    expect((await open.get("/metricast/")).status).toBe(200);
    const undecided = await serve({ production: true });
    const refused = await undecided.get("/metricast/");
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining("MC_AUTH_MISSING")]);
  });

  test.each<[string, CastOptions]>([
    ["secret", { secret }],
    ["identify", { identify: () => ({ id: "ann" }) }],
    ["dashboard: false", { dashboard: false }],
  ])("shows none with %s: there the host's login is to be asked, or none is wanted", async (_, options) => {
    const { get } = await serve(options);
    for (const path of ["/metricast/", "/metricast/ticket", "/metricast/overview"]) {
      expect(await (await get(path)).text()).toBe("the host's own");
    }
  });

  test("is left as it was when closed", async () => {
    const { cast, get } = await serve({ public: true });
    await cast.close();
    expect(await (await get("/metricast/")).text()).toBe("the host's own");
  });
});
