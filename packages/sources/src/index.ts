export {
  type AgentLike,
  type ConnectionPoolsOptions,
  connectionPoolsSource,
  type PoolLike,
} from "./connection-pools.js";
export { type EventLoopSourceOptions, eventLoopSource } from "./event-loop.js";
export { type ExponentialBuckets, ExponentialFold, type ExponentialValue } from "./exponential-fold.js";
export { ExponentialLattice, type ExponentialRange } from "./exponential-lattice.js";
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
export type {
  OtelDescriptor,
  OtelMetric,
  OtelMetrics,
  OtelPoint,
  OtelResource,
  OtelScopeMetrics,
} from "./otel-data.js";
export {
  type OpenTelemetryExporter,
  type OpenTelemetryExporterOptions,
  type OtelExportResult,
  openTelemetryExporter,
} from "./otel-exporter.js";
export {
  type OpenTelemetryReader,
  type OpenTelemetryReaderOptions,
  type OtelProducer,
  openTelemetryReader,
} from "./otel-reader.js";
export type { OtelSampleOptions } from "./otel-samples.js";
export { type ProcessSourceOptions, processSource } from "./process.js";
export { type PromClientSourceOptions, type PromRegistry, promClientSource } from "./prom-client.js";
export { type PromClientDefaultsOptions, promClientDefaults } from "./prom-client-defaults.js";
export {
  type BadLine,
  type Exposition,
  ExpositionError,
  type ExpositionOptions,
  expositionSamples,
  parsePrometheusText,
} from "./prometheus-text.js";
export { type RedisInfoClient, type RedisInfoSourceOptions, redisInfoSource } from "./redis-info.js";
export type { RelabelMatch, RelabelRule } from "./relabel.js";
export { type RuntimeResourcesOptions, runtimeResourcesSource } from "./runtime-resources.js";
export { type ScrapeSourceOptions, scrapeSource } from "./scrape.js";
export type { ScrapeTargetOptions } from "./scrape-target.js";
export { type ScrapeTargetsOptions, scrapeTargets } from "./scrape-targets.js";
export { undiciSource } from "./undici.js";
export { unitOf } from "./unit.js";
