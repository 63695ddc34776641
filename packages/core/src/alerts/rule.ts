import type { Severity } from "./alert.js";

export interface AlertOptions {
  /** What is watched. Default: only that no limit of metricast's own comes near. */
  readonly rules?: readonly AlertRule[];
  /** Where alerts are posted as they begin and end. */
  readonly webhook?: WebhookOptions;
}

/**
 * When to raise an alert, of each series that it selects. Exactly one of `above`, `below`, `changes` and `absent` says
 * when. What makes no sense is refused with MC_ALERT_INVALID.
 */
export interface AlertRule {
  /** Told with each alert; no two rules have the same. */
  readonly name: string;
  /** Patterns of series, as clients select them. */
  readonly select: string | readonly string[];
  /** Default `metrics`. */
  readonly channel?: string;
  /**
   * Whether it is of all instances as one, and told once, or of each `instance` by itself. Default: `cluster`; `instance`
   * where the channel is followed only while somebody watches.
   */
  readonly merge?: "cluster" | "instance";

  /** Greater than this. */
  readonly above?: number;
  /** Less than this. */
  readonly below?: number;
  /** Another value than before, within the last `windowMs`. */
  readonly changes?: true;
  /** None of the series selected has a value: one alert for all of them. */
  readonly absent?: true;
  /**
   * What is compared: the `value`, of a histogram the number of observations; or its `rate`, the growth per second over the
   * last one to two `windowMs`, of which counters that begin anew make no difference. Default `value`.
   */
  readonly of?: "value" | "rate";
  /**
   * Between 0 and 1, as 0.99: of a histogram, what this part of the observations of the last one to two `windowMs` did not
   * exceed is compared. Other series have none, and neither has a histogram without observations.
   */
  readonly quantile?: number;
  /** Window of a rate or a quantile, and how long a change counts. Default 60,000. */
  readonly windowMs?: number;

  /** How long it must hold before it fires. Default 0: at the tick. */
  readonly forMs?: number;
  /** How long it must not hold before it is resolved. Default 0. */
  readonly clearForMs?: number;
  /** With `above`: resolved only under this, so that what hovers at the threshold is told once. Default: `above`. */
  readonly clearBelow?: number;
  /** With `below`: resolved only over this. Default: `below`. */
  readonly clearAbove?: number;

  /** Default `warning`. */
  readonly severity?: Severity;
  /** Told with each alert: a team, a page to read. */
  readonly labels?: Readonly<Record<string, string>>;
  /** A sentence for people, told with each alert. */
  readonly summary?: string;
}

export interface WebhookOptions {
  /** http or https. */
  readonly url: string;
  /** Signs what is posted; at least 16 characters. */
  readonly secret: string;
  /** How long the answer may take. Default 5,000. */
  readonly timeoutMs?: number;
  /** How often one alert is tried, with pauses of 1 s, 2 s, 4 s up to a minute. Default 8. */
  readonly attempts?: number;
}
