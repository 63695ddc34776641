import type { Alert } from "../alerts/alert.js";
import type { AlertRule } from "../alerts/rule.js";

/** Something that has a bound and is counted against it. */
export interface WatchedLimit {
  /** The option's name, which alerts and health show. */
  readonly name: string;
  used(): number;
  readonly limit: number;
}

export interface LimitState {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  /** At 90 % since it was last under 85 %. */
  readonly near: boolean;
}

/** The self-metric that shows the use of each limit, under the label `limit`. */
export const limitSeries = "metricast_limit_used_ratio";

/** What warns when a limit comes near: a rule as the host's own. */
export const limitRule = {
  name: "limit_near",
  channel: "metricast",
  merge: "instance",
  select: limitSeries,
  // Nine of ten are near, and rules know only what is above.
  above: 0.9 - Number.EPSILON,
  // Lower, so that a limit which hovers there is not said again and again.
  clearBelow: 0.85,
  summary: "A limit is at 90 % of its bound.",
} as const satisfies AlertRule;

/** The limit that an alert of an instance says is near; undefined where it says something else. */
export function limitOf({ rule, series, instance }: Alert, own: string): string | undefined {
  return rule === limitRule.name && instance === own ? series?.labels.limit : undefined;
}

/** Everything that has a bound. */
export class Limits {
  readonly #limits = new Set<WatchedLimit>();
  readonly #isNear: (name: string) => boolean;

  constructor(isNear: (name: string) => boolean) {
    this.#isNear = isNear;
  }

  add(limit: WatchedLimit): void {
    this.#limits.add(limit);
  }

  list(): readonly LimitState[] {
    return [...this.#limits].map(({ name, used, limit }) => ({
      name,
      used: used(),
      limit,
      near: this.#isNear(name),
    }));
  }
}
