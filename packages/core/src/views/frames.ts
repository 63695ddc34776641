import type { Block } from "@metricast/protocol";
import type { EncodedFrame } from "../contracts/connection.js";
import type { Series } from "../contracts/feed.js";
import type { Membership } from "./membership.js";
import type { Tokens } from "./tokens.js";

/** How a client wants frames and blocks. */
export type Codec = "json" | "binary";

/** Of what view a message is. */
export interface ViewAddress {
  readonly number: number;
  readonly generation: number;
}

/** Makes a view's messages at its head, in one codec. */
export interface Frames {
  readonly tokens: Tokens;
  /** The chain frame of a tick. `added`: series that the view did not have at the tick before. */
  chain(
    view: ViewAddress,
    tick: number,
    prev: number,
    membership: Membership,
    added: readonly Series[],
  ): EncodedFrame;
  keyframe(view: ViewAddress, tick: number, position: string, membership: Membership): EncodedFrame;
  block(view: ViewAddress, block: Block, membership: Membership): EncodedFrame;
}
