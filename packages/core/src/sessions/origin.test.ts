import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originAllowed, parseOrigin, parseOrigins } from "./origin.js";

interface Ask {
  readonly origin?: string;
  readonly host?: string;
  readonly secure?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly proxied?: boolean;
  readonly allowed?: readonly string[];
}

function ask({
  origin,
  host = "app.example.com",
  secure = true,
  headers = {},
  proxied = false,
  allowed = [],
}: Ask) {
  const all = new Map(Object.entries({ host, ...headers, ...(origin === undefined ? {} : { origin }) }));
  return originAllowed({ headers: all, secure }, parseOrigins(allowed), proxied);
}

describe("same origin", () => {
  it.each([
    [{ origin: "https://app.example.com" }, true],
    [{ origin: "HTTPS://APP.example.com" }, true],
    [{ origin: "https://app.example.com:443" }, true],
    [{ origin: "https://app.example.com", host: "app.example.com:443" }, true],
    [{ origin: "http://localhost:3000", host: "localhost:3000", secure: false }, true],
    [{ origin: "http://[::1]:3000", host: "[::1]:3000", secure: false }, true],
    [{}, true],
    [{ origin: "http://app.example.com" }, false],
    [{ origin: "https://app.example.com", secure: false }, false],
    [{ origin: "https://app.example.com:8443" }, false],
    [{ origin: "https://example.com" }, false],
    [{ origin: "https://app.example.com.evil.io" }, false],
    [{ origin: "https://evil.io" }, false],
    [{ origin: "https://app.example.com@evil.io" }, false],
    [{ origin: "https://evil.io/https://app.example.com" }, false],
    [{ origin: "https://evil.io\\.app.example.com" }, false],
    [{ origin: "https://app.exa\tmple.com" }, false],
    [{ origin: "null" }, false],
    [{ origin: "" }, false],
    [{ origin: "https://app.example.com, https://app.example.com" }, false],
    [{ origin: "https://app.example.com, https://evil.io" }, false],
    [{ origin: "app.example.com" }, false],
    [{ origin: "https://" }, false],
    [{ origin: `https://${"a".repeat(70_000)}` }, false],
  ] satisfies [Ask, boolean][])("%o: %s", (asked, answer) => {
    expect(ask(asked)).toBe(answer);
  });

  it("refuses a page when the request names no host", () => {
    expect(
      originAllowed({ headers: new Map([["origin", "https://a.io"]]), secure: true }, new Set(), false),
    ).toBe(false);
  });

  it.each(["evil.io/", "a@evil.io", "evil.io, evil.io", "", " "])(
    "is not fooled by the host header %o",
    (host) => {
      expect(ask({ origin: "https://evil.io", host })).toBe(false);
    },
  );
});

describe("behind a proxy", () => {
  const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "app.example.com" };
  const inner = { origin: "https://app.example.com", host: "10.0.0.5:3000", secure: false, headers };

  it("believes what a declared proxy forwards, and nobody else", () => {
    expect(ask({ ...inner, proxied: true })).toBe(true);
    expect(ask({ ...inner, proxied: false })).toBe(false);
    expect(ask({ ...inner, proxied: true, origin: "https://evil.io" })).toBe(false);
    const host = { ...inner, secure: true, headers: { "x-forwarded-host": "app.example.com" } };
    expect([true, false].map((proxied) => ask({ ...host, proxied }))).toEqual([true, false]);
  });

  it("takes the client's side of a chain", () => {
    const chain = { "x-forwarded-proto": "https, http", "x-forwarded-host": "app.example.com, inner:8080" };
    expect(ask({ ...inner, headers: chain, proxied: true })).toBe(true);
  });

  it("uses Host where only the scheme is forwarded", () => {
    const asked = {
      origin: "https://app.example.com",
      secure: false,
      headers: { "x-forwarded-proto": "https" },
    };
    expect(ask({ ...asked, proxied: true })).toBe(true);
    expect(ask({ ...asked, proxied: false })).toBe(false);
  });
});

describe("listed origins", () => {
  const allowed = ["https://Dash.example.com", "http://localhost:5173", "capacitor://localhost"];

  it("are allowed exactly", () => {
    expect(ask({ origin: "https://dash.example.com", allowed })).toBe(true);
    expect(ask({ origin: "http://localhost:5173", allowed })).toBe(true);
    expect(ask({ origin: "capacitor://localhost", allowed })).toBe(true);
    expect(ask({ origin: "http://dash.example.com", allowed })).toBe(false);
    expect(ask({ origin: "http://localhost:5174", allowed })).toBe(false);
    expect(ask({ origin: "capacitor://localhost.evil", allowed })).toBe(false);
    expect(ask({ origin: "https://x.dash.example.com", allowed })).toBe(false);
  });

  it.each([
    "*",
    "null",
    "",
    "app.example.com",
    "https://*.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://user@app.example.com",
    "https://app.example.com?x",
    "https://app.example.com:99999",
    "https:// app",
    "javascript:alert(1)",
    "(a+)+$",
  ])("%o is refused at start", (value) => {
    expect(() => parseOrigins([value])).toThrow(
      expect.objectContaining({ code: "MC_OPTION_INVALID", details: { option: "origins", value } }),
    );
  });

  it("are refused when they are no text, or no list", () => {
    for (const value of [1, null, 10n, {}]) {
      expect(() => Reflect.apply(parseOrigins, undefined, [[value]])).toThrow("MC_OPTION_INVALID");
      expect(() => Reflect.apply(parseOrigins, undefined, [value])).toThrow("MC_OPTION_INVALID");
    }
  });
});

it("never throws, and what it accepts is its own one spelling", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.string().map((text) => `https://${text}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const origin = parseOrigin(text);
      return origin === undefined || parseOrigin(origin) === origin;
    }),
  );
});
