import type {
  BinaryHead,
  ClientMessage,
  QueryItem,
  ResetReason,
  ResumeOutcome,
  ServerMessage,
  StaleCause,
  SubscribedItem,
  SubscribeItem,
  UpdateItem,
  WireBlockSeries,
  WireChannel,
  WireEvent,
  WireResume,
  WireSeries,
} from "@metricast/protocol";

// Types are gone at run time. Here they are spelled out so that the compiler complains when a message gets or loses a
// field, and a test can then ask the documents about it.

type Fields<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? "optional" : "required" };
type Messages<M extends { readonly type: string }> = {
  readonly [T in M["type"]]: Fields<Omit<Extract<M, { readonly type: T }>, "type">>;
};

const r = "required";
const o = "optional";

export const clientFields: Messages<ClientMessage> = {
  hello: { id: o, version: o, token: o, resume: o },
  subscribe: { id: r, items: r },
  update: { id: r, items: r },
  unsubscribe: { id: r, views: r },
  query: { id: r, items: r },
  list: { id: r, channel: o, select: o, from: o },
  ping: { id: r },
};

export const serverFields: Messages<ServerMessage> = {
  welcome: {
    id: o,
    version: r,
    session: r,
    instance: r,
    serverTimeMs: r,
    expiresMs: o,
    heartbeatMs: r,
    limits: r,
  },
  subscribed: { id: o, items: r },
  unsubscribed: { id: r, views: r },
  frame: { view: r, tick: r, prev: o, generation: o, position: o, series: o, i: r, v: r, missing: o },
  block: { view: r, generation: r, from: r, to: r, step: r, series: r, gaps: o },
  events: { view: r, position: r, items: r, lost: o },
  result: { id: r, items: r },
  series: { id: r, channels: r, next: o },
  quality: { view: r, state: r, reason: o, from: o, to: o, step: o },
  revised: { view: r, from: r, to: r },
  beat: { serverTimeMs: r, heads: r },
  error: { id: o, code: r, temporary: r, field: o, item: o, retryAfterMs: o, detail: o },
  pong: { id: r, serverTimeMs: r },
  bye: { code: r, reason: r, reconnectAfterMs: o },
};

/** Schemas of the AsyncAPI document that are types of their own. */
export const schemaFields = {
  SubscribeItem: {
    channel: r,
    select: o,
    everyMs: o,
    merge: o,
    instance: o,
    sinceMs: o,
    points: o,
    position: o,
  } satisfies Fields<SubscribeItem>,
  UpdateItem: { view: r, select: o, everyMs: o, sinceMs: o, points: o } satisfies Fields<UpdateItem>,
  QueryItem: {
    channel: r,
    select: o,
    from: r,
    to: r,
    points: o,
    merge: o,
    instance: o,
  } satisfies Fields<QueryItem>,
  SubscribedItem: {
    view: r,
    channel: r,
    kind: r,
    select: r,
    merge: r,
    instance: o,
    intervalMs: o,
    stepTicks: o,
    position: r,
    resume: o,
    history: o,
    oldest: o,
  } satisfies Fields<SubscribedItem>,
  Resume: { outcome: r, reason: o, ranges: o } satisfies Fields<WireResume>,
  Entry: {
    name: r,
    labels: o,
    kind: o,
    unit: o,
    help: o,
    bounds: o,
    aggregator: o,
  } satisfies Fields<WireSeries>,
  BlockSeries: {
    id: o,
    series: o,
    last: r,
    min: o,
    max: o,
    sum: o,
    count: o,
    increase: o,
  } satisfies Fields<WireBlockSeries>,
  Channel: { channel: r, kind: r, intervalMs: o, retentionMs: r, series: r } satisfies Fields<WireChannel>,
  Event: { id: r, type: r, atMs: r, data: o } satisfies Fields<WireEvent>,
};

export const outcomes = { complete: 0, backfilled: 0, reset: 0 } satisfies Record<ResumeOutcome, 0>;
export const resetReasons = {
  unknown_position: 0,
  epoch_changed: 0,
  expired: 0,
  ahead: 0,
} satisfies Record<ResetReason, 0>;

/** What a binary message says as JSON. */
export const binaryHeadFields = {
  tick: 0,
  generation: 0,
  position: 0,
  missing: 0,
  series: 0,
  from: 0,
  to: 0,
  step: 0,
  gaps: 0,
} satisfies Record<keyof BinaryHead, 0>;

export const staleCauses = ["failed", "timeout", "garbage", "limit"] as const satisfies readonly StaleCause[];
