import type { Options } from "tsup";

/** How every library package is built: ESM and CommonJS, types for both. */
export const library: Options = {
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  target: "node20",
  dts: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
  splitting: false,
};
