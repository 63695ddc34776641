export type { ChannelInfo, QueryBlock, QueryOptions } from "./catalogue.js";
export {
  type ClientEvents,
  connect,
  type ListOptions,
  type MetricastClient,
} from "./client.js";
export type { Cancel, ClientClock, ClientRandom } from "./clock.js";
export type {
  Columns,
  CounterSeries,
  Gap,
  GaugeSeries,
  HistogramSeries,
  LatestValue,
  SeriesColumns,
  SeriesView,
} from "./columns.js";
export type { ConnectionState } from "./connection.js";
export { type ClientCode, type LocalCode, MetricastClientError } from "./error.js";
export type { ChannelEvent, EventStreamEvents } from "./event-view.js";
export type { GapReason } from "./gap-list.js";
export type { SubscriptionEvents } from "./metrics-view.js";
export type { ClientOptions } from "./options.js";
export { seriesKey } from "./series-key.js";
export type { WebSocketConstructor, WebSocketLike } from "./socket.js";
export type {
  EventStream,
  EventStreamOptions,
  SelectOptions,
  SubscribeOptions,
  Subscription,
  SubscriptionState,
} from "./subscription.js";
