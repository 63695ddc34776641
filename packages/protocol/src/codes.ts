/**
 * Every code that metricast says to somebody, in three tables: words a client reads in an `error` message, codes a
 * socket is closed with, and codes a host reads in thrown errors and events. The reference pages are held to them.
 */

export interface WireCode {
  readonly meaning: string;
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
}

/** Words of the `error` message. */
export const wireCodes = {
  invalid_message: {
    meaning: "The message or one of its fields is malformed; `field` names it.",
    temporary: false,
  },
  unknown_type: { meaning: "No message of this type may be sent by a client.", temporary: false },
  forbidden: { meaning: "The channel does not exist or is not for this identity.", temporary: false },
  already_subscribed: { meaning: "The session already watches this view.", temporary: false },
  not_subscribed: { meaning: "The session does not watch this view.", temporary: false },
  limit: {
    meaning: "A limit of the session or the server is reached; `field` names what it counts.",
    temporary: false,
  },
  rate_limited: { meaning: "Too many messages; try again after `retryAfterMs`.", temporary: true },
  unavailable: { meaning: "The server cannot answer now.", temporary: true },
  too_large: {
    meaning: "The answer would be larger than one message may be; ask for less.",
    temporary: false,
  },
  unauthenticated: { meaning: "No valid credentials were given.", temporary: false },
  unsupported_version: { meaning: "The server does not speak this protocol version.", temporary: false },
  system_error: { meaning: "The host's process is about to crash; reconnect later.", temporary: true },
  internal: { meaning: "The server failed to answer; the fault is on its side.", temporary: true },
} as const satisfies Record<string, WireCode>;

export type WireCodeName = keyof typeof wireCodes;

export interface CloseCode {
  readonly code: number;
  /** Sent as the close reason: ASCII, under 123 bytes, never client text. */
  readonly reason: string;
  readonly meaning: string;
}

/** Close codes. 4000–4499: the client reconnects. 4500–4999: it must not. Unknown codes follow their range. */
export const closeCodes = {
  normal: { code: 1000, reason: "closed", meaning: "The peer is done." },
  goingAway: { code: 1001, reason: "going away", meaning: "The peer leaves." },
  protocolError: { code: 1002, reason: "protocol error", meaning: "The WebSocket framing is wrong." },
  unsupportedData: {
    code: 1003,
    reason: "unsupported data",
    meaning: "A binary message from a client.",
  },
  invalidText: { code: 1007, reason: "invalid text", meaning: "A text message is not UTF-8." },
  policy: { code: 1008, reason: "too many fragments", meaning: "A message in too many fragments." },
  tooBig: { code: 1009, reason: "message too big", meaning: "A message over the size limit." },
  internalError: { code: 1011, reason: "internal error", meaning: "The server failed." },
  restart: { code: 1012, reason: "restarting", meaning: "The server restarts; come back when `bye` says." },
  tryLater: { code: 1013, reason: "try again later", meaning: "The server is at its client limit." },
  noPong: { code: 4001, reason: "no pong", meaning: "Nothing was heard for three heartbeats." },
  slow: {
    code: 4002,
    reason: "reading too slowly",
    meaning: "The client made no progress for a stated time.",
  },
  insufficientState: {
    code: 4003,
    reason: "insufficient state",
    meaning: "The session cannot go on; start anew.",
  },
  authExpired: {
    code: 4004,
    reason: "authentication expired",
    meaning: "Renew the credentials, then reconnect.",
  },
  rateLimited: { code: 4005, reason: "rate limited", meaning: "The client kept exceeding its message rate." },
  connectionLimit: {
    code: 4006,
    reason: "connection limit",
    meaning: "Too many connections of one identity.",
  },
  maxLifetime: { code: 4007, reason: "maximum lifetime", meaning: "The session reached its longest life." },
  helloTimeout: {
    code: 4008,
    reason: "no hello in time",
    meaning: "The client did not authenticate in time.",
  },
  badMessage: {
    code: 4500,
    reason: "message out of order",
    meaning: "A message that the state does not allow.",
  },
  unsupportedVersion: { code: 4501, reason: "protocol version", meaning: "No common protocol version." },
  unauthenticated: {
    code: 4502,
    reason: "unauthenticated",
    meaning: "The credentials are missing or wrong.",
  },
  forbidden: { code: 4503, reason: "forbidden", meaning: "The identity may not connect." },
  tooManyErrors: { code: 4504, reason: "too many errors", meaning: "Ten invalid messages within a minute." },
  kicked: { code: 4505, reason: "disconnected by the host", meaning: "The host ended the session." },
} as const satisfies Record<string, CloseCode>;

export type CloseCodeName = keyof typeof closeCodes;

/** Whether a client comes back after a close: never on 4500–4999, else always. */
export function mayReconnect(code: number): boolean {
  return code < 4500 || code > 4999;
}

/** Codes of errors thrown to the host and of the events `error` and `warning`. */
export const hostCodes = {
  MC_OPTION_INVALID: "An option has a value that makes no sense; the message names both.",
  MC_OPTION_UNKNOWN: "There is no option of this name.",
  MC_SERVER_REQUIRED: "attach() takes the http.Server that listen() returns, not the application.",
  MC_ALREADY_ATTACHED: "The server is already attached.",
  MC_CLOSED: "metricast was closed; nothing can be started on it any more.",
  MC_NAME_INVALID: "A metric, label, channel or event name is malformed.",
  MC_KIND_CONFLICT: "A metric of this name exists with another kind, unit or bounds.",
  MC_CHANNEL_UNKNOWN: "There is no channel of this name.",
  MC_CHANNEL_KIND: "The channel carries the other kind of data: metrics or events.",
  MC_EVENT_INVALID: "An event is malformed: its type, or data that JSON cannot carry.",
  MC_VALUE_INVALID: "A value is not a JavaScript number, or makes no sense for the metric's kind.",
  MC_SOURCE_INVALID: "A source has no name or no read function.",
  MC_SOURCE_FAILED: "A source threw or rejected; its series are stale.",
  MC_SOURCE_TIMEOUT: "A source did not answer in time; its series are stale.",
  MC_SOURCE_GARBAGE: "A source returned samples that are not samples; they were dropped and counted.",
  MC_SERIES_LIMIT: "The limit of live series is reached; new label sets go to the overflow series.",
  MC_MEMORY_BUDGET: "The memory budget is used up; new series are refused.",
  MC_VIEW_LIMIT: "The limit of distinct views is reached.",
  MC_CLIENT_LIMIT: "The limit of clients is reached; new clients are told to come back.",
  MC_ALERT_INVALID: "A rule of alerts, or their webhook, makes no sense; the message names it.",
  MC_ALERT_LIMIT: "Too many alerts fire, or too many series are watched for them: others are not told.",
  MC_ALERT_UNDELIVERED: "The webhook did not take an alert, and it was given up; details.why.",
  MC_LIMIT_NEAR: "A limit is at 90 % of its bound.",
  MC_ACCEPT_REFUSED: "Connections are refused before the upgrade: rate, origin or address.",
  MC_PROXY_UNDECLARED:
    "Refused clients carry X-Forwarded-For, but come from an address that trustProxy does not name: all behind it share that one.",
  MC_AUTH_MISSING: "In production no client is served until identify, authenticate, secret or public is set.",
  MC_PUBLIC: "Every client is served: public is true.",
  MC_WORKERS_APART: "Several workers run without a shared store: each shows its own metrics.",
  MC_SECRET_PRIVATE: "Several workers run without a shared secret: tickets of one are refused by the others.",
  MC_INSTANCE_DUPLICATE: "Two live instances have one name; a suffix was added.",
  MC_HOOK_FAILED: "A hook of the host threw, rejected, hung or answered nonsense.",
  MC_LISTENER_FAILED: "A listener of the host threw.",
  MC_TRANSPORT_FAILED: "A transport failed under a session; the session ended.",
  MC_DASHBOARD_NOT_BUILT:
    "The dashboard's page is not beside its package: it was not built, or a bundler left it out.",
  MC_STORE_EXPECTED:
    "The preset expects a shared store (redisStore): without one, history ends with the process and instances stay apart.",
  MC_STORE_FAILED: "The store failed; local clients are served on.",
  MC_SHED:
    "How much metricast sheds of its own work has changed, as the event loop runs late or no longer does: details.level, 0 being nothing.",
  MC_CLOCK_STEP: "The wall clock stepped; the ticks between are a declared gap.",
  MC_CLOCK_SKEW:
    "The clock is more than an interval off that of the store: this instance's ticks are early or late for the others.",
  MC_INTERNAL: "A fault of metricast itself; please report it.",
} as const satisfies Record<string, string>;

export type HostCode = keyof typeof hostCodes;
