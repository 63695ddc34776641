import { type ManualClock, manualClock, ServedCast } from "@metricast/testkit";
import { type Cast, type CastOptions, type MetricastError, metricast } from "../index.js";
import type { InputDoor, OpenDoor } from "./input-door.js";

export const intervalMs = 1_000;
export const secret = "a secret of more than 16 characters";
/** As long as a name may be. */
export const longName = "a".repeat(255);

/** What the host sees of a service. */
export interface HookedService {
  readonly clock: ManualClock;
  readonly cast: Cast;
  readonly served: ServedCast<Cast, OpenDoor>;
  readonly told: MetricastError[];
  /** Every line that the host's logger was given. */
  readonly logged: string[];
  /** Addresses that clients connected from, as they are counted. */
  readonly addresses: string[];
  /** How often `authenticate` was asked. */
  readonly hookCalls: { authenticate: number };
}

/** The header `X-User` authenticates a handshake; `X-Mood`, and channels of these names, make a hook misbehave. */
const moods = new Map<string, () => Promise<never> | never>([
  [
    "throws",
    () => {
      throw new Error("the hook failed");
    },
  ],
  ["rejects", () => Promise.reject(new Error("the hook failed"))],
  ["hangs", () => new Promise(() => {})],
  // What a host without types may answer.
  ["nonsense", () => JSON.parse("7")],
]);

/** A service as everybody runs it, with hooks that a handshake can put in any mood. */
export async function serveHooked(options: CastOptions, door: InputDoor): Promise<HookedService> {
  const clock = options.clock === undefined ? manualClock() : undefined;
  const hookCalls = { authenticate: 0 };
  const logged: string[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push(JSON.stringify([level, fields, message]));
  const cast = metricast({
    ...hooks(hookCalls),
    ...(clock !== undefined && { clock }),
    intervalMs,
    secret,
    dashboard: false,
    defaultSources: false,
    sources: [({ now }) => ({ seconds: now / 1_000, [longName]: 1 })],
    channels: { audit: { kind: "events" }, refused: {}, throws: {}, rejects: {}, hangs: {}, nonsense: {} },
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    ...options,
  });
  const told: MetricastError[] = [];
  const addresses: string[] = [];
  cast.on("error", (error) => told.push(error));
  cast.on("warning", (warning) => told.push(warning));
  cast.on("connect", ({ address }) => addresses.push(address));
  const served = new ServedCast(cast, await door.open(cast));
  await clock?.advanceAsync(0);
  return { clock: clock ?? manualClock(), cast, served, told, logged, addresses, hookCalls };
}

function hooks(calls: { authenticate: number }): Pick<CastOptions, "authenticate" | "authorize"> {
  return {
    authenticate: ({ headers }) => {
      calls.authenticate += 1;
      const mood = moods.get(headers.get("x-mood") ?? "");
      if (mood !== undefined) return mood();
      const id = headers.get("x-user");
      const expires = headers.get("x-expires-ms");
      if (id === undefined) return null;
      return { id, ...(expires !== undefined && { expiresMs: Number(expires) }) };
    },
    authorize: (_, channel) => moods.get(channel)?.() ?? channel !== "refused",
  };
}
