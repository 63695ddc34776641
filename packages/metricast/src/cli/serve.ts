import { homedir } from "node:os";
import { join } from "node:path";
import { scrapeSource } from "@metricast/sources";
import { metricast } from "../cast.js";
import { keptSecret } from "../start-secret.js";
import { type ServeCastOptions, serveCast } from "./serve-cast.js";

export interface ServeOptions extends ServeCastOptions {
  readonly scrape: readonly string[];
  readonly intervalMs: number;
  readonly isPublic: boolean;
}

/** Broadcasts Prometheus exporters, and serves the dashboard for them, until the signal; rejects where the port cannot be had. */
export function serve(options: ServeOptions): Promise<void> {
  const { scrape, intervalMs, isPublic } = options;
  const startSecret = keptSecret(join(homedir(), ".cache", "metricast"));
  const cast = metricast({
    service: "metricast-serve",
    // Nobody logs in to a command: its start token stands for whoever started it, also where NODE_ENV says production.
    production: false,
    public: isPublic,
    ...(startSecret && { startSecret }),
    intervalMs,
    defaultSources: false,
    sources: scrape.map((url) => scrapeSource({ url })),
  });
  return serveCast(cast, options);
}
