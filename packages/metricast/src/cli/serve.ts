import { createServer } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { scrapeSource } from "@metricast/sources";
import { metricast } from "../cast.js";
import { keptSecret } from "../start-secret.js";

export interface ServeOptions {
  readonly scrape: readonly string[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly intervalMs: number;
  readonly isPublic: boolean;
  readonly out: { write(text: string): unknown };
  /** Ends the service. */
  readonly signal: AbortSignal;
}

/** Broadcasts Prometheus exporters, and serves the dashboard for them, until the signal; rejects where the port cannot be had. */
export async function serve(options: ServeOptions): Promise<void> {
  const { scrape, intervalMs, isPublic, out, signal } = options;
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
  for (const event of ["error", "warning"] as const) {
    cast.on(event, (error) => out.write(`${event}: ${error.message} ${JSON.stringify(error.details)}\n`));
  }
  const handle = cast.handler();
  const server = createServer((request, response) => {
    handle(request, response, () => {
      response.writeHead(404, { "content-type": "text/plain" }).end("the dashboard is at /metricast/\n");
    });
  });
  try {
    await listening(server, options);
    cast.attach(server);
    out.write(`metricast: ${cast.url}\n`);
    await aborted(signal);
  } finally {
    await cast.close();
    server.close();
    server.closeAllConnections();
  }
}

function listening(server: ReturnType<typeof createServer>, { port, host }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
