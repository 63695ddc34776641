import { describe, expect, test } from "vitest";
import { packageManifests } from "../house-rules/repository.js";

/** All that is installed with any package, beyond what the host has chosen itself. */
const known = ["eventemitter3", "fastify-plugin", "ws"];

describe("what is installed with a package", () => {
  const published = packageManifests().map(({ folder, dependencies }) => ({
    folder,
    foreign: dependencies.filter((name) => !name.startsWith("@metricast/") && name !== "metricast"),
  }));

  test.each(published.map(({ folder, foreign }) => [folder, foreign]))("%s: %j", (_, foreign) => {
    expect(foreign.length).toBeLessThanOrEqual(1);
    expect(foreign.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("is known, and needed", () => {
    expect([...new Set(published.flatMap(({ foreign }) => foreign))].sort()).toEqual(known);
  });
});
