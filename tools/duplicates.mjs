// Code that is written twice: `npm run duplicates`, part of `npm run check` and of `npm test`.
import { pathToFileURL } from "node:url";
import { runNode } from "./command.mjs";

/** Examples are left out: each is there to be copied whole. */
const folders = ["packages", "tools", "bench/src"];
const built = ["**/node_modules/**", "**/dist/**"];

/** In tokens. Tests may repeat a little more, so that each can be read by itself. */
const passes = [
  { least: 90, ignored: [...built, "**/*.test.ts"] },
  { least: 100, ignored: built },
];

/** Resolves to `{ code, output }`; code 1 where a stretch of code is there twice. */
export async function duplicates(paths = folders) {
  const reports = await Promise.all(passes.map((pass) => find(paths, pass)));
  const bad = reports.filter(({ code }) => code !== 0);
  return { code: bad.length === 0 ? 0 : 1, output: bad.map(({ output }) => output).join("\n") };
}

function find(paths, { least, ignored }) {
  const args = ["--min-tokens", `${least}`, "--ignore", ignored.join()];
  const how = ["--format", "typescript,tsx,javascript", "--mode", "weak", "--exit-code", "1", "--no-colors"];
  return runNode("node_modules/jscpd/run-jscpd.js", [...paths, ...args, ...how, "--fail-on-empty"], {
    collect: true,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { code, output } = await duplicates();
  console.log(code === 0 ? "duplicates: none" : output);
  process.exitCode = code;
}
