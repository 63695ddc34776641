import { until } from "@metricast/testkit";
import { expect } from "vitest";
import type { HookedService } from "./hooked-service.js";
import { type InputCase, refusalOf } from "./input-case.js";

// B42 and B43: where a client says it comes from.

const undeclared = "the peer is no declared proxy";
const declared = "it is";
const trustProxy = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];

/** What a client that is forwarded for this address, or these, is counted by. */
async function countedAs(service: HookedService, forwarded: string): Promise<string | undefined> {
  const before = service.addresses.length;
  const client = await service.served.open({
    headers: [
      ["X-User", "ann"],
      ["X-Forwarded-For", forwarded],
    ],
  });
  await until(() => service.addresses.length > before);
  client.peer.destroy();
  return service.addresses.at(-1);
}

const hops = (count: number) => Array.from({ length: count }, (_, at) => `203.0.113.${at % 250}`).join(", ");
const forged = ["203.0.113.9", hops(200), "not an address", "::1", "", "127.0.0.1, 203.0.113.9"];

const believed: readonly (readonly [string, string, string])[] = [
  ["one hop", "203.0.113.9", "203.0.113.9"],
  ["a forged one before it", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
  ["trusted hops behind it", "198.51.100.1, 203.0.113.9, 10.1.2.3, fd00::7", "203.0.113.9"],
  ["nothing but trusted hops", "10.1.2.3, 10.1.2.4", "10.1.2.3"],
  ["200 hops", `${hops(199)}, 203.0.113.255`, "203.0.113.255"],
  ["garbage before trusted hops", "203.0.113.9, garbage, 10.1.2.3", "10.1.2.3"],
  ["garbage", "<script>", "127.0.0.1"],
  ["nothing", "", "127.0.0.1"],
  ["with a port", "203.0.113.9:1234", "203.0.113.9"],
];

const forwarding: readonly InputCase[] = [
  ...forged.map(
    (forwarded): InputCase => ({
      row: "B42",
      when: undeclared,
      input: JSON.stringify(forwarded).slice(0, 40),
      run: async (stage) => expect(await countedAs(stage.main, forwarded)).toBe("127.0.0.1"),
    }),
  ),
  {
    row: "B42",
    when: undeclared,
    input: "refused by a rate, the host hears once that a proxy may be undeclared",
    run: async (stage) => {
      const { served, told } = await stage.also({ acceptBurstPerAddress: 1, acceptsPerSecondPerAddress: 1 });
      const from = (address: string) => served.open({ headers: [["X-Forwarded-For", address]] });
      await from("203.0.113.1");
      for (const last of [2, 3, 4]) expect((await refusalOf(from(`203.0.113.${last}`))).status).toBe(429);
      const warnings = told.filter(({ code }) => code === "MC_PROXY_UNDECLARED");
      expect(warnings.map(({ details }) => details)).toEqual([
        { option: "trustProxy", peer: "127.0.0.1", forwarded: "203.0.113.2" },
      ]);
    },
  },
  ...believed.map(
    ([input, forwarded, counted]): InputCase => ({
      row: "B42",
      when: declared,
      input,
      run: async (stage) => {
        expect(await countedAs(await stage.also({ trustProxy }), forwarded)).toBe(counted);
      },
    }),
  ),
];

const same: readonly (readonly [string, readonly string[], string])[] = [
  ["one /64", ["2001:db8::1", "2001:db8:0:0:ffff::2", "[2001:db8::3]:443"], "2001:db8:0:0::/64"],
  ["a mapped address and its IPv4", ["1.2.3.4", "::ffff:1.2.3.4", "::ffff:102:304"], "1.2.3.4"],
  ["a zone", ["fe80::1", "fe80::1%eth0", "fe80::2%1"], "fe80:0:0:0::/64"],
];

const addresses: readonly InputCase[] = [
  ...same.map(
    ([input, forwarded, counted]): InputCase => ({
      row: "B43",
      input,
      run: async (stage) => {
        const service = await stage.also({ trustProxy });
        for (const address of forwarded) expect(await countedAs(service, address)).toBe(counted);
      },
    }),
  ),
  {
    row: "B43",
    input: "300 addresses of one /64 have one address's rate",
    run: async (stage) => {
      const { served } = await stage.also({ trustProxy, acceptBurstPerAddress: 5 });
      const from = (address: string) => served.open({ headers: [["X-Forwarded-For", address]] });
      for (let last = 0; last < 5; last += 1) await from(`2001:db8::${last}`);
      const late = Array.from({ length: 295 }, (_, last) => refusalOf(from(`2001:db8::1:${last}`)));
      expect(new Set((await Promise.all(late)).map(({ status }) => status))).toEqual(new Set([429]));
      await from("2001:db8:0:1::1");
    },
  },
];

export const addressCases: readonly InputCase[] = [...forwarding, ...addresses];
