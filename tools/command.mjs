// Child processes with an owner: every one that is started here is ended with the run, by its process group.
import { spawn } from "node:child_process";
import { root } from "./workspace.mjs";

const running = new Set();

/**
 * Runs a command to its end and never rejects.
 * `collect: true` keeps the output in `output` instead of showing it; `onText` is given it as it comes.
 */
export function run(command, args, { cwd = root, env = {}, collect = false, onText = () => {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", collect ? "pipe" : "inherit", collect ? "pipe" : "inherit"],
      detached: true, // its own group, so that an interrupted run takes grandchildren along
    });
    running.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        output += text;
        onText(text);
      });
    }
    const finish = (code) => {
      running.delete(child);
      resolve({ code, output });
    };
    child.once("error", (error) => {
      output += error.message;
      finish(127);
    });
    child.once("close", (code) => finish(code ?? 1));
  });
}

/** Runs a script of a dev dependency, e.g. `node_modules/vitest/vitest.mjs`. */
export const runNode = (script, args, options) => run(process.execPath, [script, ...args], options);

/** Sends a signal to every command still running, with all that it started. */
export function endCommands(signal) {
  for (const child of running) {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It ended in the meantime.
    }
  }
}

/** Ctrl-C and a polite kill end the commands first, then `cleanUp`, then this process. */
export function endOnSignals(cleanUp = () => {}) {
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.once(signal, () => {
      endCommands(signal);
      cleanUp();
      process.exit(code);
    });
  }
}

/** "0.8 s", "12 s": how long something took since `startedAt`. */
export function tookSince(startedAt) {
  const seconds = (performance.now() - startedAt) / 1000;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}
