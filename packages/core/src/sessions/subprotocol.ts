import { binarySubprotocol, jsonSubprotocol } from "@metricast/protocol";
import type { Codec } from "../views/frames.js";

/** Undefined: only protocols were offered that we do not speak. */
export function protocolFor(offered: readonly string[]): string | undefined {
  if (offered.length === 0) return "";
  return offered.find((protocol) => protocol === jsonSubprotocol || protocol === binarySubprotocol);
}

export function codecFor(offered: readonly string[]): Codec {
  return protocolFor(offered) === binarySubprotocol ? "binary" : "json";
}
