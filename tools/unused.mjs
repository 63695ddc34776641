import { runNode } from "./command.mjs";

/** Exports, files and dependencies that nobody uses. What was read of a file is kept until it changes. */
export const unused = () =>
  runNode(
    "node_modules/knip/bin/knip.js",
    ["--no-progress", "--cache", "--cache-location", "node_modules/.cache/knip"],
    { collect: true },
  );
