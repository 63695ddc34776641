import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

// esbuild comes with the build tool.
const require = createRequire(createRequire(import.meta.url).resolve("tsup"));
const { build }: { build: (options: object) => Promise<Bundle> } = require("esbuild");

interface Bundle {
  readonly warnings: readonly unknown[];
  readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[];
  readonly metafile: { readonly outputs: Readonly<Record<string, Output>> };
}

interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

/**
 * Of it about 220 bytes are what notices that WebSockets are blocked, and loads what speaks over streams; 110 renew a session; 70
 * say again after a reconnect what may have been revised.
 */
const maxBytes = 12_800;

describe("the bundle", () => {
  it(`is at most ${maxBytes} bytes, minified and gzipped, and needs nothing of Node`, async () => {
    const result = await build({
      entryPoints: [fileURLToPath(new URL("index.ts", import.meta.url))],
      bundle: true,
      minify: true,
      write: false,
      splitting: true,
      outdir: "bundle",
      metafile: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      conditions: ["metricast-src"],
      logLevel: "silent",
    });
    // Streams are loaded by those whose WebSocket is blocked.
    const [later] = result.outputFiles.filter(({ path }) => path.includes("stream-socket"));
    const first = result.outputFiles.filter((file) => file !== later);
    expect(result.warnings).toEqual([]);
    // Of the binary codec a client only reads.
    const inputs = Object.values(result.metafile.outputs).flatMap((output) => Object.entries(output.inputs));
    const used = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
    expect(used.filter((path) => /reader\.ts$/.test(path))).not.toEqual([]);
    expect(used.filter((path) => /writer\.ts$/.test(path))).toEqual([]);
    expect(later).toBeDefined();
    const size = first.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    expect(size).toBeLessThanOrEqual(maxBytes);
  });
});
