import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the running example can be asked for a rolling restart. */
export function controlSocket(port: number): string {
  return join(tmpdir(), `metricast-cluster-${port}.sock`);
}
