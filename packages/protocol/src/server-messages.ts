import type { Merge } from "./client-messages.js";
import type { WireCodeName } from "./codes.js";
import type { WireBlock, WireSeries, WireValue } from "./wire-values.js";

/** Messages a server sends, protocol version 1 as JSON. `docs/protocol.md` is their specification. */

export interface FrameMessage {
  readonly type: "frame";
  readonly view: number;
  readonly tick: number;
  /** The frame before this one; absent on a keyframe, which needs none. */
  readonly prev?: number;
  /** On a keyframe: ids start anew with each generation. */
  readonly generation?: number;
  /** The position at this tick where it is not the last one's with another tick; always on a keyframe. */
  readonly position?: string;
  /** New entries of the dictionary; they take the next ids. On a keyframe the whole dictionary. */
  readonly series?: readonly WireSeries[];
  /** Ids of the values, ascending: each the distance from the one before, the first from 0. */
  readonly i: readonly number[];
  readonly v: readonly WireValue[];
  /** Writers that a merged frame did not wait for. */
  readonly missing?: readonly string[];
}

export interface BlockMessage extends WireBlock {
  readonly type: "block";
  readonly view: number;
  readonly generation: number;
}

/** The answer to `query`: one block per item. */
export interface ResultMessage {
  readonly type: "result";
  readonly id: number;
  readonly items: readonly (WireBlock & { readonly channel: string; readonly intervalMs: number })[];
}

export type ResumeOutcome = "complete" | "backfilled" | "reset";
export type ResetReason = "unknown_position" | "epoch_changed" | "expired" | "ahead";

export interface WireResume {
  readonly outcome: ResumeOutcome;
  readonly reason?: ResetReason;
  /** Flat triples (from, to, step) in ticks: what comes back coarser than it was sent. */
  readonly ranges?: readonly number[];
}

export interface SubscribedItem {
  readonly view: number;
  readonly channel: string;
  readonly kind: "metrics" | "events";
  readonly select: readonly string[];
  readonly merge: Merge;
  /** As it was asked for by name. */
  readonly instance?: string;
  readonly intervalMs?: number;
  readonly stepTicks?: number;
  readonly position: string;
  readonly resume?: WireResume;
  /** Blocks that follow cover (from, to] at this step, newest first. */
  readonly history?: { readonly from: number; readonly to: number; readonly step: number };
  /** The oldest tick that history still holds. */
  readonly oldest?: number;
}

export interface WelcomeMessage {
  readonly type: "welcome";
  readonly id?: number;
  readonly version: 1;
  readonly session: string;
  readonly instance: string;
  readonly serverTimeMs: number;
  /** When the session has to be renewed, by the server's time; absent where it need not be. */
  readonly expiresMs?: number;
  readonly heartbeatMs: number;
  readonly limits: {
    readonly maxMessageBytes: number;
    readonly maxSubscriptions: number;
    readonly messagesPerMinute: number;
  };
}
/** A channel the client may watch, with its catalogue; a channel of events has no series. */
export interface WireChannel {
  readonly channel: string;
  readonly kind: "metrics" | "events";
  readonly intervalMs?: number;
  readonly retentionMs: number;
  readonly series: readonly WireSeries[];
}
export interface SubscribedMessage {
  readonly type: "subscribed";
  readonly id?: number;
  readonly items: readonly SubscribedItem[];
}
export interface UnsubscribedMessage {
  readonly type: "unsubscribed";
  readonly id: number;
  readonly views: readonly number[];
}
/** The answer to `list`. */
export interface SeriesMessage {
  readonly type: "series";
  readonly id: number;
  readonly channels: readonly WireChannel[];
  /** More series follow from here. */
  readonly next?: number;
}
export interface WireEvent {
  /** Writer's epoch and the event's number, dense per writer: an event seen twice has the same id. */
  readonly id: string;
  readonly type: string;
  readonly atMs: number;
  readonly data: unknown;
}
export interface EventsMessage {
  readonly type: "events";
  readonly view: number;
  readonly position: string;
  readonly items: readonly WireEvent[];
  /** Events before these that retention dropped before this session could take them. */
  readonly lost?: number;
}
/** `catching_up`: a block of what was missed follows at full resolution; `coarse`: at a coarser step. */
export type QualityState = "live" | "catching_up" | "coarse" | "last_values";
export interface QualityMessage {
  readonly type: "quality";
  readonly view: number;
  readonly state: QualityState;
  readonly reason?: "slow_reader" | "bounds" | "shed";
  /** The range that came back coarser, and its step, in ticks. */
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
}
export interface RevisedMessage {
  readonly type: "revised";
  readonly view: number;
  readonly from: number;
  readonly to: number;
}
export interface BeatMessage {
  readonly type: "beat";
  readonly serverTimeMs: number;
  /** Flat pairs: view, head tick. */
  readonly heads: readonly number[];
}
export interface ErrorMessage {
  readonly type: "error";
  readonly id?: number;
  readonly code: WireCodeName;
  readonly temporary: boolean;
  readonly field?: string;
  /** Index of the item refused; none of the message's items was applied. */
  readonly item?: number;
  readonly retryAfterMs?: number;
  readonly detail?: string;
}
export interface PongMessage {
  readonly type: "pong";
  readonly id: number;
  readonly serverTimeMs: number;
}
export interface ByeMessage {
  readonly type: "bye";
  readonly code: number;
  readonly reason: string;
  /** Absent where the client must not come back. */
  readonly reconnectAfterMs?: number;
}

export type ServerMessage =
  | WelcomeMessage
  | SubscribedMessage
  | UnsubscribedMessage
  | FrameMessage
  | BlockMessage
  | ResultMessage
  | SeriesMessage
  | EventsMessage
  | QualityMessage
  | RevisedMessage
  | BeatMessage
  | ErrorMessage
  | PongMessage
  | ByeMessage;

export type ServerMessageType = ServerMessage["type"];
