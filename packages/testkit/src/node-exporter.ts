import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface RunningExporter {
  /** Where it serves its metrics. */
  readonly url: string;
  /** Ends it, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts the node exporter of the Debian package `prometheus-node-exporter` on a free port of the loopback. */
export async function startNodeExporter(): Promise<RunningExporter> {
  const child = spawn("prometheus-node-exporter", ["--web.listen-address=127.0.0.1:0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await once(child, "spawn");
  } catch (cause) {
    const install = "apt-get install -y --no-install-recommends prometheus-node-exporter";
    throw new Error(`prometheus-node-exporter does not start; to install it: ${install}`, { cause });
  }
  const address = await listeningAddress(child.stderr);
  return { url: `http://${address}/metrics`, stop: () => stop(child) };
}

/** Reads its log up to the line that says where it listens, and the rest away. */
async function listeningAddress(log: Readable): Promise<string> {
  const said: string[] = [];
  let address: string | undefined;
  for await (const line of createInterface({ input: log })) {
    said.push(line);
    [, address] = /Listening on.* address=(\S+)/.exec(line) ?? [];
    if (address !== undefined) break;
  }
  if (address === undefined) throw new Error(`prometheus-node-exporter ended: ${said.slice(-3).join("\n")}`);
  // Unread, its log would fill the pipe and stop it.
  log.resume();
  return address;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill();
  await gone;
}
