import type { Clock } from "../contracts/clock.js";
import type { Identity } from "../contracts/identity.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import type { MetricastOptions } from "../options.js";
import { callHook } from "./admission-hook.js";

type Scope = Readonly<Record<string, string>>;

export interface AuthorizerParts {
  readonly authorize: MetricastOptions["authorize"];
  readonly clock: Pick<Clock, "after">;
  readonly hookTimeoutMs: number;
  readonly report: Report;
  readonly stats: Pick<Stats, "hookFailures">;
}

/**
 * The label scope an identity is held to on a channel: its own and what `authorize` adds. Undefined where it may not
 * watch; a hook that throws, hangs or answers nonsense refuses.
 */
export async function authorizedScope(
  identity: Identity,
  channel: string,
  { authorize, clock, hookTimeoutMs, report, stats }: AuthorizerParts,
): Promise<Scope | undefined> {
  const own = identity.scope ?? {};
  if (!authorize) return own;
  const result = await callHook(clock, hookTimeoutMs, () => authorize(identity, channel));
  const scope = result.outcome === "answered" ? scopeOf(result.value) : "nonsense";
  if (scope === "refused") return undefined;
  if (scope !== "nonsense") return narrow(own, scope);
  stats.hookFailures++;
  const cause = result.outcome === "failed" ? result.cause : undefined;
  const reason = result.outcome === "answered" ? "nonsense" : result.outcome;
  report("error", "MC_HOOK_FAILED", { key: "authorize", hook: "authorize", reason }, cause);
  return undefined;
}

function scopeOf(answer: unknown): Scope | "refused" | "nonsense" {
  if (answer === true) return {};
  if (answer === false || answer === null) return "refused";
  if (typeof answer !== "object" || !("scope" in answer)) return "nonsense";
  const { scope } = answer;
  if (typeof scope !== "object" || scope === null || Array.isArray(scope)) return "nonsense";
  const entries: [string, unknown][] = Object.entries(scope);
  const labels = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return labels.length === entries.length ? Object.fromEntries(labels) : "nonsense";
}

/** Both hold; where they contradict each other nothing may be seen. */
function narrow(own: Scope, added: Scope): Scope | undefined {
  const contradicts = Object.entries(added).some(
    ([label, value]) => Object.hasOwn(own, label) && own[label] !== value,
  );
  return contradicts ? undefined : { ...own, ...added };
}
