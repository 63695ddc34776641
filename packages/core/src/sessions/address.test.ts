import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, parseAddress, parseTrustProxy, peerOf } from "./address.js";

function keyOf(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : addressKey(address);
}

function clientOf(remote: string, forwarded: string | undefined, trust: readonly string[]): string {
  const headers = new Map(forwarded === undefined ? [] : [["x-forwarded-for", forwarded]]);
  return peerOf(remote, headers, parseTrustProxy(trust)).key;
}

describe("addresses", () => {
  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::FFFF:0102:0304", "1.2.3.4"],
    ["0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"],
    ["1.2.3.4:5678", "1.2.3.4"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    [" 1.2.3.4 ", "1.2.3.4"],
  ])("%s counts as %s", (text, key) => {
    expect(keyOf(text)).toBe(key);
  });

  it.each([
    "",
    "unknown",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1::2::3",
    "[::1",
    "_hidden",
    `fe80::1%${"x".repeat(100)}`,
    "x".repeat(65_536),
  ])("%.20s is no address", (text) => {
    expect(keyOf(text)).toBeUndefined();
  });

  it.each([
    "1.2.3.4",
    "::ffff:1.2.3.4",
    "::FFFF:0102:0304",
    "::ffff:1.2.3",
    "::ffff:2001:db8::1",
    "::1",
    "x",
  ])("%s is the client it is, whether proxies are declared or not", (remote) => {
    const key = keyOf(remote) ?? "unknown";
    expect([clientOf(remote, "9.9.9.9", []), clientOf(remote, "9.9.9.9", ["8.8.8.8"])]).toEqual([key, key]);
  });

  it("gives all addresses of one /64 one key, and the next /64 another", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 }), (low) => {
        const host = low.map((group) => group.toString(16)).join(":");
        return (
          keyOf(`2001:db8:0:1:${host}`) === "2001:db8:0:1::/64" &&
          keyOf(`2001:db8:0:2:${host}`) === "2001:db8:0:2::/64"
        );
      }),
    );
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => keyOf(text) !== ""));
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => keyOf(text) !== undefined));
  });
});

describe("trustProxy", () => {
  it.each([
    "nonsense",
    "",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8.5",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0/8",
    "::1/129",
    "fe80::1%eth0",
    "[::1]",
    "1.2.3.4:80",
    "0.0.0.0/0",
    "::/0",
    "::ffff:10.0.0.0/95",
  ])("refuses %s, naming it", (value) => {
    expect(() => parseTrustProxy(["127.0.0.1", value])).toThrow(
      expect.objectContaining({ code: "MC_OPTION_INVALID", details: { option: "trustProxy", value } }),
    );
  });

  it("refuses what is no text, and no list", () => {
    for (const value of [1, null, undefined, 10n, Object.create(null), {}]) {
      expect(() => Reflect.apply(parseTrustProxy, undefined, [[value]])).toThrow("MC_OPTION_INVALID");
      expect(() => Reflect.apply(parseTrustProxy, undefined, [value])).toThrow("MC_OPTION_INVALID");
    }
  });

  it.each([
    ["10.0.0.0/8", "10.255.255.255", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.1.2.3/8", "10.9.9.9", true],
    ["192.168.4.0/22", "192.168.7.255", true],
    ["192.168.4.0/22", "192.168.8.0", false],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "127.0.0.2", false],
    ["::ffff:10.0.0.0/104", "10.3.4.5", true],
    ["10.0.0.0/8", "::ffff:10.1.1.1", true],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::1", "::1", true],
    ["::1", "0.0.0.1", false],
    ["fe80::/10", "fe80::1%eth0", true],
  ])("%s holds %s: %s", (range, address, held) => {
    expect(parseTrustProxy([range]).trusts(parseAddress(address))).toBe(held);
  });

  it("agrees with prefix arithmetic for every IPv4 range", () => {
    const ip = fc.nat(0xffff_ffff);
    const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join(".");
    fc.assert(
      fc.property(ip, ip, fc.integer({ min: 1, max: 32 }), (base, other, prefix) => {
        const size = 2 ** (32 - prefix);
        const expected = Math.floor(base / size) === Math.floor(other / size);
        return (
          parseTrustProxy([`${dotted(base)}/${prefix}`]).trusts(parseAddress(dotted(other))) === expected
        );
      }),
    );
  });
});

describe("the client's address", () => {
  it("is the socket's while no proxy is declared, whatever the header says", () => {
    expect(clientOf("9.9.9.9", "1.2.3.4", [])).toBe("9.9.9.9");
    expect(clientOf("9.9.9.9", "1.2.3.4", ["10.0.0.0/8"])).toBe("9.9.9.9");
  });

  it("is the right-most hop that no declared proxy has", () => {
    const trust = ["10.0.0.0/8", "127.0.0.1"];
    expect(clientOf("127.0.0.1", "6.6.6.6, 1.2.3.4, 10.1.1.1", trust)).toBe("1.2.3.4");
    expect(clientOf("::ffff:127.0.0.1", "1.2.3.4", trust)).toBe("1.2.3.4");
    expect(clientOf("127.0.0.1", undefined, trust)).toBe("127.0.0.1");
    expect(clientOf("127.0.0.1", "", trust)).toBe("127.0.0.1");
    expect(clientOf("127.0.0.1", "10.0.0.1,10.0.0.2", trust)).toBe("10.0.0.1");
  });

  it("ends the walk at garbage", () => {
    const trust = ["10.0.0.0/8"];
    expect(clientOf("10.0.0.1", "1.2.3.4, unknown", trust)).toBe("10.0.0.1");
    expect(clientOf("10.0.0.1", "1.2.3.4, <script>, 10.0.0.2", trust)).toBe("10.0.0.2");
    expect(clientOf("10.0.0.1", ",,,,", trust)).toBe("10.0.0.1");
  });

  it("does not let 200 made-up hops choose the address", () => {
    const hops = Array.from({ length: 200 }, (_, index) => `6.6.6.${index}`).join(", ");
    expect(clientOf("10.0.0.1", `${hops}, 1.2.3.4`, ["10.0.0.0/8"])).toBe("1.2.3.4");
  });

  it("walks a header of 64 KB of proxies in no time", () => {
    const hops = Array.from({ length: 8_000 }, () => "10.0.0.1").join(",");
    expect(clientOf("10.0.0.1", `1.2.3.4,${hops}`, ["10.0.0.0/8"])).toBe("1.2.3.4");
  });

  it("has a name where the socket has no address", () => {
    expect(clientOf("", "1.2.3.4", ["10.0.0.0/8"])).toBe("unknown");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (remote, forwarded) => {
        return typeof clientOf(remote, forwarded, ["10.0.0.0/8"]) === "string";
      }),
    );
    fc.assert(
      fc.property(fc.string(), (forwarded) => clientOf("10.0.0.1", forwarded, ["10.0.0.0/8"]) !== ""),
    );
  });
});
