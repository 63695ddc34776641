import type { ExponentialBuckets, ExponentialValue } from "./exponential-fold.js";

/** What is read of the metrics that OpenTelemetry's SDK collects; its packages are not imported. */
export interface OtelMetrics {
  readonly resource: OtelResource;
  readonly scopeMetrics: readonly OtelScopeMetrics[];
}

export interface OtelResource {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether detectors still look for some of them. */
  readonly asyncAttributesPending?: boolean | undefined;
  waitForAsyncAttributes?(): Promise<void>;
}

export interface OtelScopeMetrics {
  readonly scope: { readonly name: string };
  readonly metrics: readonly OtelMetric[];
}

export interface OtelMetric {
  readonly descriptor: OtelDescriptor;
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly OtelPoint[];
}

export interface OtelDescriptor {
  readonly name: string;
  readonly description: string;
  /** In UCUM. */
  readonly unit: string;
}

export interface OtelPoint {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

export interface OtelHistogram {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly sum?: number;
  readonly count: number;
}

/** The SDK's `AggregationTemporality`. */
export const temporality = { delta: 0, cumulative: 1 } as const;

/** The SDK's `DataPointType`. */
export const pointType = { histogram: 0, exponentialHistogram: 1, gauge: 2, sum: 3 } as const;

export function isOtelHistogram(value: unknown): value is OtelHistogram {
  if (!isObject(value) || !isObject(value.buckets) || typeof value.count !== "number") return false;
  return Array.isArray(value.buckets.boundaries) && Array.isArray(value.buckets.counts);
}

export function isExponentialValue(value: unknown): value is ExponentialValue {
  if (!isObject(value) || typeof value.zeroCount !== "number") return false;
  return Number.isInteger(value.scale) && isBuckets(value.positive) && isBuckets(value.negative);
}

function isBuckets(value: unknown): value is ExponentialBuckets {
  return isObject(value) && Number.isInteger(value.offset) && Array.isArray(value.bucketCounts);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
