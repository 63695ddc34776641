import { isIPv4, isIPv6 } from "node:net";
import { inspect } from "node:util";
import { MetricastError } from "../errors.js";

/** An address as numbers: 4 bytes, or 8 groups of 16 bits. IPv4 in IPv6 clothes is IPv4. */
export type Address = { readonly family: 4 | 6; readonly parts: readonly number[] };

interface Range extends Address {
  readonly prefix: number;
}

/** How a socket that listens for both shows an IPv4 address. */
const mappedPrefix = "::ffff:";
/** Longer than any address with zone, brackets and port. */
const maxLength = 100;

/** Reads an address as sockets and proxies write it, with or without zone, brackets and port. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > maxLength) return undefined;
  const bare = withoutZone(withoutPort(text.trim()));
  if (isIPv4(bare)) return { family: 4, parts: bare.split(".").map(Number) };
  if (isIPv6(bare)) return mappedToV4(groupsOf(bare));
  return undefined;
}

function withoutPort(text: string): string {
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    return end < 0 ? text : text.slice(1, end);
  }
  const colon = text.indexOf(":");
  const onlyColon = colon >= 0 && colon === text.lastIndexOf(":");
  return onlyColon ? text.slice(0, colon) : text;
}

function withoutZone(text: string): string {
  const percent = text.indexOf("%");
  return percent < 0 ? text : text.slice(0, percent);
}

/** Only for what isIPv6 accepted. */
function groupsOf(text: string): number[] {
  const [head = "", tail] = text.split("::");
  const before = sideGroups(head);
  if (tail === undefined) return before;
  const after = sideGroups(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function sideGroups(side: string): number[] {
  if (side === "") return [];
  return side.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function mappedToV4(groups: readonly number[]): Address {
  const [g5 = 0, g6 = 0, g7 = 0] = groups.slice(5);
  const mapped = g5 === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (!mapped) return { family: 6, parts: groups };
  return { family: 4, parts: [g6 >> 8, g6 & 255, g7 >> 8, g7 & 255] };
}

/** What limits count by: an IPv4 address, or the /64 of an IPv6 one, as whoever has one address there has them all. */
export function addressKey(address: Address): string {
  if (address.family === 4) return address.parts.join(".");
  const network = address.parts.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}

/** Proxies whose X-Forwarded-For is believed. */
export interface ProxyTrust {
  readonly size: number;
  trusts(address: Address | undefined): boolean;
}

/** Reads the option `trustProxy`. Throws MC_OPTION_INVALID naming the value that is no address and no CIDR range. */
export function parseTrustProxy(values: readonly string[]): ProxyTrust {
  if (!Array.isArray(values)) throw invalid(values, "must be a list of addresses or CIDR ranges");
  const ranges = values.map(parseRange);
  return {
    size: ranges.length,
    trusts: (address) => address !== undefined && ranges.some((range) => contains(range, address)),
  };
}

function parseRange(value: unknown): Range {
  if (typeof value !== "string") throw invalid(value, "must be an address or a CIDR range");
  const slash = value.indexOf("/");
  const bare = slash < 0 ? value : value.slice(0, slash);
  const address = isIPv4(bare) || (isIPv6(bare) && !bare.includes("%")) ? parseAddress(bare) : undefined;
  if (address === undefined) throw invalid(value, "must be an address or a CIDR range");
  const bits = address.family === 4 ? 32 : 128;
  if (slash < 0) return { ...address, prefix: bits };
  const written = prefixLength(value.slice(slash + 1));
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8 in IPv6 clothes.
  const prefix = address.family === 4 && bare.includes(":") ? written - 96 : written;
  if (!(prefix >= 0 && prefix <= bits)) throw invalid(value, "has a prefix length out of range");
  if (prefix === 0) throw invalid(value, "would believe X-Forwarded-For from everybody");
  return { ...address, prefix };
}

function prefixLength(text: string): number {
  const digits = text.length > 0 && text.length <= 3 && [...text].every((char) => char >= "0" && char <= "9");
  return digits ? Number(text) : Number.NaN;
}

function invalid(value: unknown, why: string): MetricastError {
  return new MetricastError("MC_OPTION_INVALID", `trustProxy: ${inspect(value, { depth: 1 })} ${why}`, {
    option: "trustProxy",
    value,
  });
}

function contains(range: Range, address: Address): boolean {
  if (range.family !== address.family) return false;
  const width = range.family === 4 ? 8 : 16;
  let left = range.prefix;
  for (let index = 0; left > 0; index += 1) {
    const drop = Math.max(0, width - left);
    if ((range.parts[index] ?? 0) >> drop !== (address.parts[index] ?? 0) >> drop) return false;
    left -= width;
  }
  return true;
}

/** Where a request came from, as far as it can be believed. */
export interface Peer {
  /** Key of the client's address; `unknown` where the socket has none, as a Unix socket. */
  readonly key: string;
  /** Whether the socket's peer is a declared proxy, so that its X-Forwarded headers count. */
  readonly proxied: boolean;
}

/** Finds the right-most hop that is not a declared proxy. A hop that is no address ends the walk. */
export function peerOf(
  remoteAddress: string,
  headers: ReadonlyMap<string, string>,
  proxies: ProxyTrust,
): Peer {
  // Most have no proxies, and most addresses are their own key.
  const plain = remoteAddress.startsWith(mappedPrefix)
    ? remoteAddress.slice(mappedPrefix.length)
    : remoteAddress;
  if (proxies.size === 0 && isIPv4(plain)) return { key: plain, proxied: false };
  let client = parseAddress(remoteAddress);
  const proxied = proxies.trusts(client);
  const forwarded = headers.get("x-forwarded-for") ?? "";
  let end = forwarded.length;
  while (end > 0 && proxies.trusts(client)) {
    const comma = forwarded.lastIndexOf(",", end - 1);
    const hop = parseAddress(forwarded.slice(comma + 1, end));
    if (hop === undefined) break;
    client = hop;
    end = comma;
  }
  return { key: client === undefined ? "unknown" : addressKey(client), proxied };
}
