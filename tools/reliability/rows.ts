import { readFileSync } from "node:fs";

/** A promise of docs/reliability-rows.json: what happens, and the figure that shows it. */
export interface Row {
  readonly id: string;
  readonly suite: "fault" | "input";
  readonly title: string;
  readonly figure: string;
}

export const root = new URL("../../", import.meta.url);

export function reliabilityRows(): readonly Row[] {
  const text = readFileSync(new URL("docs/reliability-rows.json", root), "utf8");
  const { rows }: { rows: readonly Row[] } = JSON.parse(text);
  return rows;
}
