import { createServer, type Server } from "node:http";
import type { Cast } from "../cast.js";

export interface ServeCastOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly out: { write(text: string): unknown };
  /** Ends the service. */
  readonly signal: AbortSignal;
}

/** Serves it on a server of its own, says where, and closes both at the signal; rejects where the port cannot be had. */
export async function serveCast(cast: Cast, options: ServeCastOptions): Promise<void> {
  const { out, signal } = options;
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

function listening(server: Server, { port, host }: ServeCastOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
