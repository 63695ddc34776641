/** Every option that is a number: its default, its bounds, and what it means. `docs/reference/options.md` shows this table. */

export interface NumberOption {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const kilobyte = 1_024;
const megabyte = 1_024 * kilobyte;

/** Defaults of `intervalMs` and `maxClients` are the `production` preset's. */
export const numberOptions = {
  intervalMs: {
    default: 5_000,
    min: 100,
    max: hour,
    meaning: "Time between two ticks of the `metrics` channel, and of channels that name none.",
  },
  retentionMs: { default: day, min: minute, max: 31 * day, meaning: "How long history is kept." },
  retentionEvents: { default: 10_000, min: 1, max: 1_000_000, meaning: "Events kept per type." },
  maxEventTypes: { default: 100, min: 1, max: 10_000, meaning: "Distinct event types per channel." },
  memoryBudgetBytes: {
    default: 64 * megabyte,
    min: megabyte,
    max: 64 * 1_024 * megabyte,
    meaning: "All memory that history, logs and names may take.",
  },
  maxClients: {
    default: 1_000,
    min: 1,
    max: 1_000_000,
    meaning: "Sessions at once; one more is told to come back.",
  },
  maxClientsPerAddress: {
    default: 256,
    min: 1,
    max: 1_000_000,
    meaning: "Sessions at once from one address (IPv6: one /64).",
  },
  acceptsPerSecond: {
    default: 500,
    min: 1,
    max: 1_000_000,
    meaning: "Connections accepted per second, in all.",
  },
  acceptsPerSecondPerAddress: {
    default: 10,
    min: 1,
    max: 1_000_000,
    meaning: "Connections accepted per second from one address.",
  },
  acceptBurstPerAddress: {
    default: 100,
    min: 1,
    max: 1_000_000,
    meaning: "Connections one address may open at once before its rate counts.",
  },
  messagesPerMinute: {
    default: 100,
    min: 1,
    max: 1_000_000,
    meaning: "Messages a client may send per minute.",
  },
  messageBurst: {
    default: 40,
    min: 1,
    max: 1_000_000,
    meaning: "Messages a client may send at once before its rate counts.",
  },
  maxMessageBytes: {
    default: 16 * kilobyte,
    min: kilobyte,
    max: megabyte,
    meaning: "Largest message from a client.",
  },
  maxSubscriptions: { default: 128, min: 1, max: 10_000, meaning: "Subscriptions of one session." },
  maxViews: {
    default: 1_000,
    min: 1,
    max: 100_000,
    meaning: "Distinct views (channel, scope, select, step, merge, codec) at once.",
  },
  maxSeries: {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    meaning: "Live series slots in the process; a histogram has one per bucket and the sum.",
  },
  maxLabelSets: {
    default: 1_000,
    min: 1,
    max: 1_000_000,
    meaning: "Label sets of one metric; the next ones go to its overflow series.",
  },
  maxInFlightBytes: {
    default: 64 * kilobyte,
    min: 4 * kilobyte,
    max: 16 * megabyte,
    meaning: "Bytes sent to a session and not yet confirmed by an answered ping.",
  },
  heartbeatMs: {
    default: 10 * second,
    min: 50,
    max: 5 * minute,
    meaning: "Time between pings, and after which a silent session gets a `beat`.",
  },
  deadAfterMs: {
    default: 30 * second,
    min: 150,
    max: 15 * minute,
    meaning: "Silence after which a peer is dead.",
  },
  helloTimeoutMs: {
    default: 10 * second,
    min: 50,
    max: 5 * minute,
    meaning: "Time a session has to authenticate.",
  },
  recheckMs: {
    default: 5 * minute,
    min: second,
    max: day,
    meaning: "Time after which `authorize` is asked again for what a session watches.",
  },
  hookTimeoutMs: {
    default: 5 * second,
    min: 10,
    max: minute,
    meaning: "Time that `authenticate`, `authorize` and `identify` have to answer.",
  },
  stallLastValuesMs: {
    default: 30 * second,
    min: 100,
    max: hour,
    meaning: "Time without progress after which a session gets last values only, no blocks.",
  },
  stallCloseMs: {
    default: 60 * second,
    min: 100,
    max: hour,
    meaning: "Time without progress after which a session is closed with 4002.",
  },
  maxSessionMs: {
    default: 12 * hour,
    min: minute,
    max: 31 * day,
    meaning: "Longest life of a session, give or take a tenth.",
  },
  fanOutSliceMs: {
    default: 2,
    min: 0.1,
    max: 100,
    meaning:
      "Longest time a broadcast, or streams that begin together, hold the event loop before they yield.",
  },
  shedLateMs: {
    default: 30,
    min: 1,
    max: minute,
    meaning:
      "Lateness of the event loop from which on metricast leaves out ticks, where half of the looks of 3 s find it.",
  },
  shedLastValuesLateMs: {
    default: 150,
    min: 1,
    max: minute,
    meaning: "Lateness of the event loop from which on sessions get last values only, besides.",
  },
  frameLogFrames: {
    default: 120,
    min: 1,
    max: 10_000,
    meaning: "Frames kept per view for sessions that are a little behind.",
  },
  frameLogBytes: {
    default: 256 * kilobyte,
    min: kilobyte,
    max: 64 * megabyte,
    meaning: "Bytes of frames kept per view.",
  },
  viewLingerMs: {
    default: 10 * second,
    min: 0,
    max: hour,
    meaning: "Time an unwatched view is kept, and lazy sources are still read.",
  },
  maxResumePoints: {
    default: 600,
    min: 1,
    max: 10_000,
    meaning: "Ticks given back one by one on resume; a longer absence comes back coarser.",
  },
  maxBlockBytes: {
    default: 32 * kilobyte,
    min: kilobyte,
    max: megabyte,
    meaning: "Size that a page of history is aimed at.",
  },
  maxAlertRules: { default: 100, min: 0, max: 10_000, meaning: "Rules of alerts." },
  maxActiveAlerts: {
    default: 1_000,
    min: 1,
    max: 100_000,
    meaning: "Alerts that fire at once; the next ones are not told, but counted.",
  },
  ticketTtlMs: { default: minute, min: second, max: hour, meaning: "Life of a ticket." },
} as const satisfies Record<string, NumberOption>;

export type NumberOptionName = keyof typeof numberOptions;
export type NumberOptions = { readonly [name in NumberOptionName]: number };
