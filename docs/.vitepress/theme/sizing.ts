import { whatFits } from "../../../packages/core/src/history/fit.js";
import { numberOptions } from "../../../packages/core/src/limit-options.js";

export interface Wish {
  readonly series: number;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly memoryBudgetBytes: number;
}

/** What a service says of itself at the start, by the same formula; or which number an option would not take. */
export function sizing({ series, ...options }: Wish): string {
  if (!(series >= 1 && series <= numberOptions.maxSeries.max))
    return outside("series", 1, numberOptions.maxSeries.max);
  for (const name of ["intervalMs", "retentionMs", "memoryBudgetBytes"] as const) {
    const { min, max } = numberOptions[name];
    if (!(options[name] >= min && options[name] <= max)) return outside(name, min, max);
  }
  const { memoryBudgetBytes: limitBytes, intervalMs, retentionMs } = options;
  return whatFits({ limitBytes, intervalMs, retentionMs, series });
}

const outside = (name: string, min: number, max: number) => `${name} goes from ${min} to ${max}`;
