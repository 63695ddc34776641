import { execFile } from "node:child_process";

/** Runs a command on a server of 127.0.0.1; gives what `redis-cli` prints, trimmed. */
export function redisCli(port: number, command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("redis-cli", ["-p", `${port}`, ...command], { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`redis-cli ${command.join(" ")}: ${stderr}${stdout}`, { cause: error }));
    });
  });
}
