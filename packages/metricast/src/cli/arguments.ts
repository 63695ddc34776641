import { parseArgs } from "node:util";

export type Command =
  | { readonly name: "help" }
  | { readonly name: "version" }
  | {
      readonly name: "watch";
      readonly url: string;
      readonly channel?: string;
      readonly select?: string[];
      readonly everyMs?: number;
    }
  | {
      readonly name: "serve";
      readonly scrape: string[];
      readonly port: number;
      readonly host: string;
      readonly intervalMs: number;
      readonly isPublic: boolean;
    }
  | {
      readonly name: "record";
      readonly url: string;
      readonly file: string;
      readonly channel?: string[];
      readonly select?: string[];
      readonly forMs?: number;
    }
  | {
      readonly name: "replay";
      readonly file: string;
      readonly speed: number | "max";
      readonly port: number;
      readonly host: string;
      readonly isPublic: boolean;
    };

/** A command line that is none; its message says why. */
export class UsageError extends Error {}

/** Throws UsageError. */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.version) return { name: "version" };
  const [name, ...rest] = positionals;
  if (values.help || name === undefined) return { name: "help" };
  if (name === "watch") {
    const [url, ...extra] = rest;
    if (url === undefined || extra.length > 0) throw new UsageError("watch takes one URL");
    return {
      name,
      url: checkUrl(url),
      ...(values.channel !== undefined && { channel: oneOf(values.channel) }),
      ...(values.select !== undefined && { select: values.select }),
      ...(values.every !== undefined && { everyMs: seconds("--every", values.every) }),
    };
  }
  if (name === "serve") {
    if (rest.length > 0) throw new UsageError("serve takes options only");
    if (!values.scrape?.length) throw new UsageError("serve needs --scrape URL");
    return {
      name,
      scrape: values.scrape.map(checkUrl),
      intervalMs: seconds("--interval", values.interval ?? "1"),
      ...place(values),
    };
  }
  if (name === "record") {
    const [url, file, ...extra] = rest;
    if (url === undefined || file === undefined || extra.length > 0)
      throw new UsageError("record takes a URL and a file");
    return {
      name,
      url: checkUrl(url),
      file,
      ...(values.channel !== undefined && { channel: values.channel }),
      ...(values.select !== undefined && { select: values.select }),
      ...(values.for !== undefined && { forMs: seconds("--for", values.for) }),
    };
  }
  if (name === "replay") {
    const [file, ...extra] = rest;
    if (file === undefined || extra.length > 0) throw new UsageError("replay takes one file");
    return { name, file, speed: speed(values.speed ?? "1"), ...place(values) };
  }
  throw new UsageError(`there is no command "${name}"`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        channel: { type: "string", multiple: true },
        select: { type: "string", multiple: true },
        every: { type: "string" },
        scrape: { type: "string", multiple: true },
        port: { type: "string" },
        host: { type: "string" },
        interval: { type: "string" },
        for: { type: "string" },
        speed: { type: "string" },
        public: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checkUrl(text: string): string {
  if (!URL.canParse(text)) throw new UsageError(`"${text}" is no URL`);
  return text;
}

/** "5", "0.5" or "5s" as milliseconds. */
function seconds(option: string, text: string): number {
  const value = Number(text.endsWith("s") ? text.slice(0, -1) : text);
  if (text === "" || !(value > 0)) throw new UsageError(`${option} takes seconds, not "${text}"`);
  return value * 1_000;
}

/** Where a command serves. */
function place(values: { readonly port?: string; readonly host?: string; readonly public?: boolean }) {
  return {
    port: port(values.port ?? "0"),
    host: values.host ?? "127.0.0.1",
    isPublic: values.public ?? false,
  };
}

function oneOf(channels: readonly string[]): string {
  const [channel, ...extra] = channels;
  if (channel === undefined || extra.length > 0) throw new UsageError("watch takes one --channel");
  return channel;
}

function speed(text: string): number | "max" {
  if (text === "max") return text;
  const value = Number(text);
  if (text === "" || !(value > 0 && value <= 1_000_000))
    throw new UsageError(`--speed takes a number or max, not "${text}"`);
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new UsageError(`--port takes a port, not "${text}"`);
  return value;
}
