import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";
import { leanUplot } from "./lean-uplot.js";

const output = fileURLToPath(new URL("dist/page", import.meta.url));

/** How the page is built. Whatever it would inline, the handler's Content-Security-Policy would refuse. */
export default defineConfig({
  root: fileURLToPath(new URL("page", import.meta.url)),
  // The host mounts the page where it likes, and a proxy may move it: every address is relative to the page.
  base: "./",
  resolve: { conditions: ["metricast-src", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: output,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  plugins: [leanUplot(), precompress()],
});

/** Puts `.br` and `.gz` beside every file, so that the handler compresses nothing while it serves. */
function precompress(): Plugin {
  return {
    name: "precompress",
    writeBundle() {
      for (const file of readdirSync(output, { recursive: true, withFileTypes: true })) {
        if (file.isFile()) compress(join(file.parentPath, file.name));
      }
    },
  };
}

function compress(path: string): void {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}
