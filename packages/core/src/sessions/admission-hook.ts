import type { Clock } from "../contracts/clock.js";
import type { Identity } from "../contracts/identity.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import { checkIdentity } from "./admission-identity.js";

export type HookResult =
  | { readonly outcome: "answered"; readonly value: unknown }
  | { readonly outcome: "failed"; readonly cause: unknown }
  | { readonly outcome: "timeout" };

/** Calls a hook of the host and waits for it, though not for ever. Never rejects; a late answer is dropped. */
export function callHook(
  clock: Pick<Clock, "after">,
  timeoutMs: number,
  hook: () => unknown,
): Promise<HookResult> {
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, () => resolve({ outcome: "timeout" }));
    settle(hook).then((result) => {
      cancel();
      resolve(result);
    }, resolve);
  });
}

async function settle(hook: () => unknown): Promise<HookResult> {
  try {
    return { outcome: "answered", value: await hook() };
  } catch (cause) {
    return { outcome: "failed", cause };
  }
}

export interface HookParts {
  readonly clock: Pick<Clock, "after">;
  readonly hookTimeoutMs: number;
  readonly report: Report;
  readonly stats: Pick<Stats, "hookFailures">;
}

/** An identity; `unknown` where the hook knows none; else why there is no answer, which was reported. */
export type IdentityAnswer = Identity | "unknown" | "refused" | "timeout";

/** Asks `authenticate` or `identify`. A throw and an answer that is no identity refuse. Never rejects. */
export async function askIdentity(
  hook: "authenticate" | "identify",
  ask: () => unknown,
  { clock, hookTimeoutMs, report, stats }: HookParts,
): Promise<IdentityAnswer> {
  const result = await callHook(clock, hookTimeoutMs, ask);
  if (result.outcome === "answered") {
    const identity = checkIdentity(result.value);
    if (identity !== undefined) return identity;
    if (result.value === null || result.value === undefined) return "unknown";
  }
  stats.hookFailures += 1;
  const reason = result.outcome === "answered" ? "nonsense" : result.outcome;
  const cause = result.outcome === "failed" ? result.cause : undefined;
  report("error", "MC_HOOK_FAILED", { key: hook, hook, reason }, cause);
  return reason === "timeout" ? "timeout" : "refused";
}
