import { cpus, release, totalmem } from "node:os";

/** What the figures belong to. */
export function machine(): string {
  const list = cpus();
  const model = list[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${list.length} x ${model}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.version}`;
}
