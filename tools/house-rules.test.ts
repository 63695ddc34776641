import { describe, expect, test } from "vitest";
import { clockOnlyInClocks } from "./house-rules/clockwork.js";
import { importCycles } from "./house-rules/cycles.js";
import { hasProperName, isPresentable, staysShort } from "./house-rules/filing.js";
import { dependsOnLowerFloors, importsLowerFloors } from "./house-rules/floors.js";
import { leavesHostAlone } from "./house-rules/guest-manners.js";
import { keysNoObjects } from "./house-rules/open-keys.js";
import { packageManifests, packageSources } from "./house-rules/repository.js";
import type { Rule, Violation } from "./house-rules/source-file.js";
import { buildsNoPrograms, keepsNoModuleState, keepsTypes, skipsNoTests } from "./house-rules/strictness.js";

const sources = packageSources();
const manifests = packageManifests();
const report = (violations: readonly Violation[]): string[] =>
  violations.map(({ path, line, problem }) => `${path}:${line} ${problem}`);

const rules: Record<string, Rule> = {
  "a package imports only lower floors": importsLowerFloors,
  "time and chance are touched in the clock files alone": clockOnlyInClocks,
  "the console, the process and the page are the host's": leavesHostAlone,
  "nothing goes round the type checker": keepsTypes,
  "no program is built from text": buildsNoPrograms,
  "no object is keyed by a value": keysNoObjects,
  "no module keeps state": keepsNoModuleState,
  "no test is skipped or singled out": skipsNoTests,
  "no source file is longer than 300 lines": staysShort,
  "files are named for what they are about": hasProperName,
};

describe("house rules", () => {
  test("there is something to check", () => {
    expect(manifests.length).toBeGreaterThan(5);
    expect(sources.length).toBeGreaterThan(manifests.length);
  });

  test.each(Object.entries(rules))("%s", (_, rule) => {
    expect(report(sources.flatMap((file) => rule(file)))).toEqual([]);
  });

  test("no files import each other in a circle, types included", () => {
    expect(report(importCycles(sources))).toEqual([]);
  });

  test("a package depends only on lower floors", () => {
    expect(report(manifests.flatMap(dependsOnLowerFloors))).toEqual([]);
  });

  test("every package is presentable on npm", () => {
    expect(report(manifests.flatMap(isPresentable))).toEqual([]);
  });
});
