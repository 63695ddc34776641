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

export interface PointBytes {
  /** A point of one tick. */
  readonly tick: number;
  /** A point of several, with minimum, maximum and sum. */
  readonly merged: number;
}

/** Makes a view's messages at its head, in one codec. */
export interface Frames {
  /** About how many bytes a point of one series takes in a block. */
  readonly pointBytes: PointBytes;
  readonly tokens: Tokens;
  /** The chain frame of a tick. `added`: series that the view did not have at the tick before. `missing`: section 7. */
  chain(
    view: ViewAddress,
    tick: number,
    prev: number,
    membership: Membership,
    added: readonly Series[],
    missing?: readonly string[],
  ): EncodedFrame;
  keyframe(
    view: ViewAddress,
    tick: number,
    position: string,
    membership: Membership,
    missing?: readonly string[],
  ): EncodedFrame;
  block(view: ViewAddress, block: Block, membership: Membership): EncodedFrame;
}
