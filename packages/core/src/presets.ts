/** What the three presets change; everything else is the same in all. */
export const presets = {
  /** One developer at a time, slow ticks. */
  development: { maxClients: 100, intervalMs: 10_000 },
  /** The default. */
  production: { maxClients: 1_000, intervalMs: 5_000 },
  /** Thousands of dashboards, quick ticks. */
  highTraffic: { maxClients: 5_000, intervalMs: 2_000 },
} as const;

export type PresetName = keyof typeof presets;
