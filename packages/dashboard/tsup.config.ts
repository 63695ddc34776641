import { defineConfig } from "tsup";
import { library } from "../../tsup.base.js";

// shims: the CommonJS build finds the page's files by `import.meta.url` too. Vite empties the page's folder itself.
export default defineConfig({ ...library, shims: true, clean: ["!page/**"] });
