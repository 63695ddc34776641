import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteFigure } from "@metricast/testkit";
import { expect, onTestFinished, test } from "vitest";
import { packageFolders } from "../house-rules/repository.js";

/** Every foreign dependency and peer of the published packages, in the range that is published. */
function foreignRanges(): Record<string, string> {
  const manifests = packageFolders().map((folder) =>
    JSON.parse(readFileSync(new URL(`../../packages/${folder}/package.json`, import.meta.url), "utf8")),
  );
  const ranges = manifests
    .filter((manifest) => manifest.private !== true && manifest.name !== "@metricast/testkit")
    .flatMap(({ dependencies = {}, peerDependencies = {} }) =>
      Object.entries<string>({ ...peerDependencies, ...dependencies }),
    )
    .filter(([name, range]) => !range.startsWith("workspace:") && name !== "uWebSockets.js");
  return Object.fromEntries(ranges);
}

test("no published dependency has a known vulnerability, where the registry answers", ({ task }) => {
  const cwd = mkdtempSync(join(tmpdir(), "metricast-audit-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(
    join(cwd, "package.json"),
    JSON.stringify({ name: "audited", private: true, dependencies: foreignRanges() }),
  );
  const npm = (...args: readonly string[]) =>
    spawnSync("npm", args, { cwd, encoding: "utf8", timeout: 120_000 });
  npm("install", "--package-lock-only", "--ignore-scripts", "--no-fund", "--legacy-peer-deps");
  const { stdout } = npm("audit", "--json", "--omit=dev");
  const report = JSON.parse(stdout || "{}");
  if (report.metadata === undefined) {
    console.warn(`audit not run: ${report.message ?? "the registry does not answer"}`);
    return noteFigure(task, "not run: the registry does not answer");
  }
  noteFigure(task, `${report.metadata.dependencies.total} dependencies audited`);
  expect(report.vulnerabilities).toEqual({});
});
