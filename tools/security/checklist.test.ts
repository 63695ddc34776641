import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { safeguards } from "./checklist.js";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

describe("each default that protects", () => {
  test.each(safeguards.map(({ promise, file, test: title }) => [promise, file, title]))(
    "%s",
    (_, file, title) => {
      expect(read(file)).toContain(`"${title}"`);
    },
  );

  test("is on the page of security, and nothing else is", () => {
    const [, section = ""] = read("docs/security.md").split("## Defaults\n");
    const [list = ""] = section.split("\n## ");
    const told = [...list.matchAll(/^- (.+)$/gm)].map(([, promise]) => promise);
    expect(told).toEqual(safeguards.map(({ promise }) => promise));
  });
});

test("floating and misused promises do not pass the linter", () => {
  const { linter } = JSON.parse(read("biome.json"));
  expect(linter.rules.nursery).toMatchObject({ noFloatingPromises: "error", noMisusedPromises: "error" });
});
