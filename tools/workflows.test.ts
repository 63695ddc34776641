import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");

const forms = [".github/workflows", ".github/ISSUE_TEMPLATE"].flatMap((folder) =>
  readdirSync(`${root}/${folder}`).map((name) => `${folder}/${name}`),
);
const workflows = forms.filter((path) => path.startsWith(".github/workflows/"));

test.each(forms)("%s is YAML without a slip", (path) => {
  const { errors, warnings } = parseDocument(read(path), { uniqueKeys: true });
  expect([...errors, ...warnings]).toEqual([]);
});

test.each(workflows)("%s runs what there is, and ends", (path) => {
  const { jobs } = parseDocument(read(path)).toJS();
  const { scripts } = JSON.parse(read("package.json"));
  for (const job of Object.values<{ "timeout-minutes"?: number; steps: { run?: string }[] }>(jobs)) {
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
    const commands = job.steps.map(({ run = "" }) => run).join("\n");
    for (const [, script = ""] of commands.matchAll(/npm (?:run )?([\w:]+)/g))
      expect(scripts).toHaveProperty(script);
    for (const [, file] of commands.matchAll(/\.\/(tools\/[\w-]+\.mjs)/g))
      expect(existsSync(`${root}/${file}`)).toBe(true);
  }
});

test("every Node that is promised is in the matrix, by the package that npm has of it", () => {
  const { node } = parseDocument(read(".github/workflows/test.yml")).toJS().jobs;
  expect(node.strategy.matrix.node).toEqual([20, 22, 24]);
  expect(node.steps.at(-1).run).toContain("-p node@$");
});
