import type { Page } from "../shell/page.js";
import type { ChartController } from "./chart-controller.js";
import { csvOf, jsonOf } from "./export.js";
import { handOutImage, handOutText } from "./hand-out.js";

export type ExportKind = "png" | "csv" | "json";

/** Copies what a chart shows; says in a word what became of it. */
export async function handOutChart(
  kind: ExportKind,
  page: Page,
  { sketch, feed, canvas }: ChartController,
): Promise<string> {
  const picture = sketch.peek()?.picture;
  const { name } = feed.metric;
  if (!picture) return "nothing yet";
  try {
    if (kind === "csv") return await handOutText(csvOf(name, picture), `${name}.csv`, "text/csv");
    if (kind === "json") return await handOutText(jsonOf(name, picture), `${name}.json`, "application/json");
    return canvas
      ? await handOutImage(canvas, name, page.scene.peek().palette, `${name}.png`)
      : "nothing yet";
  } catch {
    return "failed";
  }
}
