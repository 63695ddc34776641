import { defineConfig } from "tsup";
import { library } from "../../tsup.base.js";

export default defineConfig([
  { ...library, clean: ["!cli.*"] },
  { ...library, entry: { cli: "src/cli/main.ts" }, format: ["esm"], dts: false, clean: false },
]);
