/** Colours of what is drawn on a canvas; those of everything else are in the style sheets. */
export interface Palette {
  readonly lines: readonly string[];
  readonly axis: string;
  readonly grid: string;
  readonly void: string;
  readonly voidText: string;
  readonly event: string;
  readonly background: string;
  readonly heat: string;
}

/** After Okabe and Ito, told apart by the colour-blind, and made to stand out from either ground. */
export const dark: Palette = {
  lines: ["#5ab4f0", "#f0a532", "#3ecf9b", "#e58fc0", "#f2e15c", "#9aa5ff", "#ff8462", "#b9c3cf"],
  axis: "#97a3b3",
  grid: "rgba(151, 163, 179, 0.13)",
  void: "rgba(151, 163, 179, 0.16)",
  voidText: "#97a3b3",
  event: "#f2e15c",
  background: "#171c24",
  heat: "#5ab4f0",
};

export const light: Palette = {
  lines: ["#0069ad", "#bc5a00", "#007a5a", "#a83e83", "#7d6a00", "#4f52c9", "#b43620", "#56606d"],
  axis: "#5a6675",
  grid: "rgba(60, 75, 95, 0.11)",
  void: "rgba(60, 75, 95, 0.12)",
  voidText: "#5a6675",
  event: "#7d6a00",
  background: "#ffffff",
  heat: "#0069ad",
};

/** Dashes tell lines apart where colours do not. */
const dashes: readonly (readonly number[])[] = [[], [], [], [6, 3], [6, 3], [6, 3], [2, 2], [2, 2]];

export function lineColour({ lines }: Palette, colour: number): string {
  return lines[colour % lines.length] ?? "#888";
}

export function lineDash(colour: number): number[] {
  return [...(dashes[colour % dashes.length] ?? [])];
}

/** The dash as a word of CSS. */
export function dashStyle(colour: number): "solid" | "dashed" | "dotted" {
  const [length = 0] = lineDash(colour);
  if (length === 0) return "solid";
  return length > 2 ? "dashed" : "dotted";
}
