import { defineConfig } from "tsup";
import { library } from "../../tsup.base.js";

// ESM alone, as vitest, which cannot be required.
export default defineConfig({ ...library, format: ["esm"] });
