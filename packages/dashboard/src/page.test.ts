import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { type HttpRequest, MetricastError } from "@metricast/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dashboardPage } from "./page.js";
import { type PageFile, readPageFiles } from "./page-files.js";

const folder = mkdtempSync(join(tmpdir(), "metricast-page-"));
const script = "let count = 0;\n".repeat(100);
let files: ReadonlyMap<string, PageFile> = new Map();

beforeAll(() => {
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "assets", "main-abc123.js"), script);
  writeFileSync(join(folder, "assets", "main-abc123.js.gz"), gzipSync(script));
  writeFileSync(join(folder, "assets", "main-abc123.js.br"), "as brotli");
  writeFileSync(join(folder, "notes.txt~"), "left by an editor");
  files = readPageFiles(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const asset = "/assets/main-abc123.js";
const from = (headers: Record<string, string>, path = "/", method = "GET"): HttpRequest => ({
  method,
  path,
  query: "",
  headers: new Map(Object.entries(headers)),
  remoteAddress: "",
  secure: false,
});

async function ask(headers: Record<string, string>, path?: string, method?: string) {
  const response = await dashboardPage({}, files)(from(headers, path, method));
  if (response === undefined) throw new Error("not known");
  return response;
}

describe("the page", () => {
  it("comes with a policy under which nothing foreign and nothing inline runs", async () => {
    const { status, headers } = await ask({});
    expect(status).toBe(200);
    expect(headers["Content-Security-Policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    expect(headers).toMatchObject({
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "private, no-cache",
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "X-Frame-Options": "DENY",
    });
  });

  it("may be embedded by whom the host names, and by nobody else", async () => {
    const page = dashboardPage({ frameAncestors: ["'self'", "https://portal.example:8443"] }, files);
    const response = await page(from({}));
    expect(response?.headers["Content-Security-Policy"]).toContain(
      "; frame-ancestors 'self' https://portal.example:8443;",
    );
    expect(response?.headers["X-Frame-Options"]).toBeUndefined();
  });

  it.each(["https://a; script-src *", "a b", "a,b", "a\nb", "", " "])("refuses the ancestor %j", (text) => {
    expect(() => dashboardPage({ frameAncestors: [text] }, files)).toThrow("MC_OPTION_INVALID");
  });

  it("refuses an option that does not exist", () => {
    expect(() => dashboardPage(Object({ frameAncestor: [] }), files)).toThrow(
      'MC_OPTION_UNKNOWN: there is no option "dashboard.frameAncestor"; there is frameAncestors',
    );
  });

  it("is asked for each time, and not sent again to whom has it", async () => {
    const { headers } = await ask({});
    const tag = headers.ETag ?? "";
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await ask({ "if-none-match": known });
      expect(again).toMatchObject({ status: 304, body: "", headers: { ETag: tag, Vary: "Accept-Encoding" } });
      expect(again.headers["Content-Security-Policy"]).toBe(headers["Content-Security-Policy"]);
    }
    expect(await ask({ "if-none-match": '"other"' })).toMatchObject({ status: 200 });
  });
});

describe("its files", () => {
  it("are kept for ever, as their names change with them", async () => {
    const { headers } = await ask({}, asset);
    expect(headers).toMatchObject({
      "Cache-Control": "public, max-age=31536000, immutable",
      "Content-Type": "text/javascript; charset=utf-8",
    });
  });

  it.each([
    ["gzip, deflate, br", "br"],
    ["br;q=0, gzip", "gzip"],
    ["BR;q=0.000, GZIP;q=0.5", "gzip"],
    ["gzip;q=0", undefined],
    ["", undefined],
    ["brotli", undefined],
  ])("go out packed as the client takes them: %j", async (accepted, encoding) => {
    const { headers, body } = await ask({ "accept-encoding": accepted }, asset);
    expect(headers["Content-Encoding"]).toBe(encoding);
    expect(headers["Content-Length"]).toBe(String(body.length));
    if (encoding === "gzip") expect(gunzipSync(body).toString()).toBe(script);
  });

  it("have another tag in another form", async () => {
    const tags = await Promise.all(
      ["br", "gzip", ""].map(
        async (accepted) => (await ask({ "accept-encoding": accepted }, asset)).headers.ETag,
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it("answer HEAD with the headers of GET", async () => {
    const get = await ask({ "accept-encoding": "br" }, asset);
    const head = await ask({ "accept-encoding": "br" }, asset, "HEAD");
    expect(head).toEqual({ ...get, body: "" });
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])("answer %s with 405", async (method) => {
    expect(await ask({}, asset, method)).toMatchObject({ status: 405, headers: { Allow: "GET, HEAD" } });
  });

  it.each([
    "/index.html",
    "/assets",
    "/assets/",
    "/assets/main-abc123.js.br",
    "/assets/../index.html",
    "/../page.ts",
    "/..%2fpackage.json",
    "/%2e%2e/package.json",
    "/assets/main-abc123.js%00",
    "/__proto__",
    "/constructor",
    "/notes.txt~",
    "",
  ])("are all there is: not %j", async (path) => {
    const page = dashboardPage({}, files);
    expect(page.knows(path)).toBe(false);
    expect(await page(from({}, path))).toBeUndefined();
  });
});

it("says by its code that it was not built", () => {
  const empty = join(folder, "assets");
  expect(() => readPageFiles(empty)).toThrow(MetricastError);
  expect(() => readPageFiles(empty)).toThrow("MC_DASHBOARD_NOT_BUILT");
});
