import type { Plugin } from "vite";

/** What the page never draws, by the very words of uPlot that decide on it, and what they become. */
const unused: readonly (readonly [words: string, instead: string])[] = [
  ["\tuPlot.join = join;\n", ""],
  ["\t(paths.stepped = stepped);\n", ""],
  ["\t(paths.bars    = bars);\n", ""],
  ["\t(paths.spline  = monotoneCubic);\n", ""],
  // The page has its own legend.
  ["const showLegend = legend.show;", "const showLegend = false;"],
  // Points over one common time, not clouds of them.
  ["const mode = self.mode;", "const mode = 1;"],
  ["let mode = self.mode;", "const mode = 1;"],
  // Time is spread evenly.
  ["const xScaleDistr = scaleX.distr;", "const xScaleDistr = 1;"],
];

/** Takes what is not used out of uPlot, which offers everything by one object, so that no bundler can tell. */
export function leanUplot(): Plugin {
  return {
    name: "lean-uplot",
    transform(code, id) {
      if (!id.endsWith("uPlot.esm.js")) return undefined;
      return unused.reduce((rest, [words, instead]) => {
        if (!rest.includes(words)) throw new Error(`uPlot has no "${words.trim()}" any more`);
        return rest.replace(words, instead);
      }, code);
    },
  };
}
