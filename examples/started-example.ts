import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface StartedExample {
  /** What it printed: where clients connect. */
  readonly url: string;
  /** Asks its own server for a page. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Ends it as Ctrl-C would; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts an example as its reader would, on a free port and on the sources of the packages, and waits for its address. */
export async function startExample(name: string, env: Record<string, string> = {}): Promise<StartedExample> {
  const flags = ["--conditions=metricast-src", "--import", "tsx"];
  const child = spawn(process.execPath, [...flags, "src/server.ts"], {
    cwd: fileURLToPath(new URL(name, import.meta.url)),
    env: { ...process.env, ...env, PORT: "0", NODE_ENV: "development" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await printedUrl(child);
  const { port } = new URL(url);
  return {
    url,
    fetch: (path, init) => fetch(new URL(path, `http://127.0.0.1:${port}`), init),
    stop: () => stop(child),
  };
}

async function printedUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("its output cannot be read");
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /^metricast: (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error("it ended before it said where it listens");
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, "exit");
    child.kill("SIGINT");
    await gone;
  }
  return child.exitCode;
}
