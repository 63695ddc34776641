import type { Plugin } from "vite";

/** What the page never draws, by the very lines with which uPlot offers it. */
const unused = [
  "\tuPlot.join = join;\n",
  "\t(paths.stepped = stepped);\n",
  "\t(paths.bars    = bars);\n",
  "\t(paths.spline  = monotoneCubic);\n",
];

/** Takes what is not used out of uPlot, which offers everything by one object, so that no bundler can tell. */
export function leanUplot(): Plugin {
  return {
    name: "lean-uplot",
    transform(code, id) {
      if (!id.endsWith("uPlot.esm.js")) return undefined;
      return unused.reduce((rest, line) => {
        if (!rest.includes(line)) throw new Error(`uPlot has no "${line.trim()}" any more`);
        return rest.replace(line, "");
      }, code);
    },
  };
}
