export type { Aggregator, Block, BlockSeries, SeriesInfo, SeriesKind } from "@metricast/protocol";
export { isAggregator } from "@metricast/protocol";
export type { Alert, AlertState, Severity } from "./alerts/alert.js";
export type { AlertOptions, AlertRule, WebhookOptions } from "./alerts/rule.js";
export { systemClock } from "./clock.js";
export type * from "./contracts/clock.js";
export * from "./contracts/connection.js";
export * from "./contracts/feed.js";
export type * from "./contracts/identity.js";
export type * from "./contracts/logger.js";
export type * from "./contracts/random.js";
export type * from "./contracts/source.js";
export type * from "./contracts/store.js";
export { MetricastError } from "./errors.js";
export type { Counter } from "./feed/counter.js";
export type { Gauge } from "./feed/gauge.js";
export type { Histogram } from "./feed/histogram.js";
export type { Health, SourceHealth } from "./health/health.js";
export { readSealed } from "./history/sealed-bytes.js";
export type { HostEvents } from "./host-events.js";
export { copyHeaders } from "./http/copy-headers.js";
export type { HttpHandler } from "./http/handler.js";
export type * from "./http/message.js";
export { httpRequest, type NodeHandler, nodeHandler } from "./http/node.js";
export { isOver, openStream } from "./http/node-stream.js";
export {
  type NumberOption,
  type NumberOptionName,
  type NumberOptions,
  numberOptions,
} from "./limit-options.js";
export { type CloseOptions, createMetricast, Metricast } from "./metricast.js";
export type { Authorization, ChannelOptions, MetricastOptions } from "./options.js";
export { type PresetName, presets } from "./presets.js";
export type { HistoryQuery } from "./query-history.js";
export { systemRandom } from "./system-random.js";
export { version } from "./version.js";
export { compileSelect, type Select } from "./views/select.js";
