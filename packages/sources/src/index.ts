export { type EventLoopSourceOptions, eventLoopSource } from "./event-loop.js";
export { foldFamily, unfold } from "./fold.js";
export { gcSource } from "./gc.js";
export {
  type FastifyLike,
  type FastifyReplyLike,
  type FastifyRequestLike,
  type HttpTiming,
  type HttpTimingOptions,
  httpTiming,
  type RouteOf,
} from "./http.js";
export type { FamilyType, MetricFamily, Row } from "./metric-family.js";
export { type ProcessSourceOptions, processSource } from "./process.js";
export { type PromClientSourceOptions, type PromRegistry, promClientSource } from "./prom-client.js";
export {
  type BadLine,
  type Exposition,
  ExpositionError,
  type ExpositionOptions,
  expositionSamples,
  parsePrometheusText,
} from "./prometheus-text.js";
export { type ScrapeSourceOptions, scrapeSource } from "./scrape.js";
export { unitOf } from "./unit.js";
