import { runNode } from "./command.mjs";

/** Style and order of imports, of everything or of some files. Resolves to `{ code, output }`, as all checks do. */
export const lint = (paths = ["."]) =>
  runNode(
    "node_modules/@biomejs/biome/bin/biome",
    ["check", "--no-errors-on-unmatched", "--files-ignore-unknown=true", ...paths],
    { collect: true },
  );
