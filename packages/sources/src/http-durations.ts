import type { Sample } from "@metricast/core";

export interface RequestLabels {
  readonly method: string;
  readonly route: string;
  readonly status: string;
}

/** Distinct routes kept apart; later ones are counted as `other`. */
const maxRoutes = 500;
const overflowRoute = "other";

interface Durations {
  readonly labels: RequestLabels;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Histograms of request durations by label set. */
export class DurationTable {
  readonly #bounds: readonly number[];
  readonly #byLabels = new Map<string, Durations>();
  readonly #routes = new Set<string>();

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  observe(request: RequestLabels, seconds: number): void {
    const durations = this.#durationsOf({ ...request, route: this.#admit(request.route) });
    const above = this.#bounds.findIndex((bound) => seconds <= bound);
    const bucket = above === -1 ? this.#bounds.length : above;
    durations.counts[bucket] = (durations.counts[bucket] ?? 0) + 1;
    durations.sum += seconds;
    durations.count++;
  }

  samples(name: string, help: string): Sample[] {
    return [...this.#byLabels.values()].map(({ labels, counts, sum, count }) => ({
      name,
      labels: { ...labels },
      kind: "histogram",
      unit: "seconds",
      help,
      value: { bounds: this.#bounds, counts: [...counts], sum, count },
    }));
  }

  #admit(route: string): string {
    if (this.#routes.has(route)) return route;
    if (this.#routes.size >= maxRoutes) return overflowRoute;
    this.#routes.add(route);
    return route;
  }

  #durationsOf(labels: RequestLabels): Durations {
    const key = JSON.stringify([labels.method, labels.route, labels.status]);
    const known = this.#byLabels.get(key);
    if (known !== undefined) return known;
    const fresh = { labels, counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0, count: 0 };
    this.#byLabels.set(key, fresh);
    return fresh;
  }
}
