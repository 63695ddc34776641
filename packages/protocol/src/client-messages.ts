/** Messages a client sends, protocol version 1 as JSON. `docs/protocol.md` is their specification. */

export type Merge = "cluster" | "instance";

/** Whose series: those of all instances as one, or one instance's own. */
export interface MergeWish {
  /** `cluster` when absent. */
  readonly merge?: Merge;
  /** With `instance`: the name of which one; the serving one when absent. */
  readonly instance?: string;
}

export interface SubscribeItem extends MergeWish {
  readonly channel: string;
  /** Patterns of series, or of event types; everything when absent. */
  readonly select?: readonly string[];
  /** Shortest time between frames; snapped up to a step of the channel. The channel's interval when absent. */
  readonly everyMs?: number;
  /** How far back history is asked for. */
  readonly sinceMs?: number;
  /** Points per series of the history asked for; 300 when absent. */
  readonly points?: number;
  /** Where the client stopped; the answer says whether it goes on without a gap. */
  readonly position?: string;
}

export interface UpdateItem {
  readonly view: number;
  readonly select?: readonly string[];
  readonly everyMs?: number;
  readonly sinceMs?: number;
  readonly points?: number;
}

export interface QueryItem extends MergeWish {
  readonly channel: string;
  readonly select?: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  readonly points?: number;
}

export interface HelloMessage {
  readonly type: "hello";
  readonly id?: number;
  readonly version?: number;
  readonly token?: string;
  /** Subscriptions to take up at once, saving a round trip; answered by a `subscribed` of the same id. */
  readonly resume?: readonly SubscribeItem[];
}
export interface SubscribeMessage {
  readonly type: "subscribe";
  readonly id: number;
  readonly items: readonly SubscribeItem[];
}
export interface UpdateMessage {
  readonly type: "update";
  readonly id: number;
  readonly items: readonly UpdateItem[];
}
export interface UnsubscribeMessage {
  readonly type: "unsubscribe";
  readonly id: number;
  readonly views: readonly number[];
}
export interface QueryMessage {
  readonly type: "query";
  readonly id: number;
  readonly items: readonly QueryItem[];
}
export interface ListMessage {
  readonly type: "list";
  readonly id: number;
  readonly channel?: string;
  readonly select?: readonly string[];
  /** Where the page begins: the `next` of the answer before; at the beginning when absent. */
  readonly from?: number;
}
export interface PingMessage {
  readonly type: "ping";
  readonly id: number;
}

export type ClientMessage =
  | HelloMessage
  | SubscribeMessage
  | UpdateMessage
  | UnsubscribeMessage
  | QueryMessage
  | ListMessage
  | PingMessage;

export type ClientMessageType = ClientMessage["type"];
