import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm"], // as vitest, which cannot be required
  target: "node20",
  dts: true,
  sourcemap: true,
  clean: true,
  treeshake: true,
  splitting: false,
});
