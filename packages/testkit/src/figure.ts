import type { TestContext } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    figure?: string;
  }
}

/** Notes what a test measured, as docs/reliability.json is to say it. */
export function noteFigure({ meta }: TestContext["task"], figure: string): void {
  meta.figure = figure;
}
