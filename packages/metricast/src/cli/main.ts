#!/usr/bin/env node
import { version } from "@metricast/core";
import { type Command, readCommand, UsageError } from "./arguments.js";
import { record } from "./record.js";
import { replay } from "./replay.js";
import { serve } from "./serve.js";
import { usage } from "./usage.js";
import { watch } from "./watch.js";

const failed = 1;
const misused = 2;

async function run(command: Command, signal: AbortSignal): Promise<void> {
  const out = process.stdout;
  switch (command.name) {
    case "help":
      out.write(usage);
      return;
    case "version":
      out.write(`${version}\n`);
      return;
    case "watch":
      return watch(command.url, { ...command, out, isTty: out.isTTY === true, signal });
    case "serve":
      return serve({ ...command, out, signal });
    case "record":
      return record({ ...command, out, signal });
    case "replay":
      return replay({ ...command, out, signal });
  }
}

async function main(): Promise<void> {
  const ended = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ended.abort());
  try {
    await run(readCommand(process.argv.slice(2)), ended.signal);
  } catch (error) {
    process.stderr.write(`metricast: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(`\n${usage}`);
    process.exitCode = error instanceof UsageError ? misused : failed;
  }
}

void main();
