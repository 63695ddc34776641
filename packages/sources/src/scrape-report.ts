import type { Sample } from "@metricast/core";

export interface ScrapeCounts {
  /** Series the exporter gave. */
  readonly given: number;
  /** Those of them that rules kept, where there are rules. */
  readonly kept?: number;
}

export interface ScrapeReport {
  readonly isUp: boolean;
  readonly seconds: number;
  /** Absent where there was no answer. */
  readonly counts?: ScrapeCounts;
}

/** What is said of a scrape, under Prometheus' own names. */
export function reportSamples(
  labels: Readonly<Record<string, string>>,
  { isUp, seconds, counts }: ScrapeReport,
): Sample[] {
  const samples: Sample[] = [
    { name: "up", labels, value: isUp ? 1 : 0, help: "1 while the exporter answers.", aggregator: "min" },
    {
      name: "scrape_duration_seconds",
      labels,
      value: seconds,
      unit: "seconds",
      help: "Time the exporter took.",
      aggregator: "max",
    },
  ];
  if (counts === undefined) return samples;
  const { given, kept } = counts;
  samples.push({ name: "scrape_samples_scraped", labels, value: given, help: "Series the exporter gave." });
  if (kept === undefined) return samples;
  return [
    ...samples,
    {
      name: "scrape_samples_post_metric_relabeling",
      labels,
      value: kept,
      help: "Series that were kept of them.",
    },
  ];
}
