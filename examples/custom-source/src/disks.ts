import { statfs } from "node:fs/promises";
import type { Source } from "metricast";

/** A source that waits for its answers, as one asking a database would, and gives each sample as it comes. */
export function disks(paths: readonly string[]): Source {
  return {
    name: "disks",
    async *read({ signal }) {
      for (const path of paths) {
        if (signal.aborted) return;
        const { bavail, blocks, bsize } = await statfs(path);
        const labels = { path };
        yield { name: "disk_free_bytes", labels, value: bavail * bsize, unit: "bytes", help: "Space left." };
        yield {
          name: "disk_size_bytes",
          labels,
          value: blocks * bsize,
          unit: "bytes",
          help: "Space in all.",
        };
      }
    },
  };
}
