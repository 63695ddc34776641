import { expect, test } from "vitest";
import { sectionOf, withSection } from "./section.js";

const outcome = { fault: "a cut", arm: "one", sent: 50, lost: 3, duplicated: 1 };

test("the section takes its own place, and leaves the others", () => {
  const page = "# Page\n\n## Side by side\n\nold\n\n## Rows\n\ntheirs\n";
  expect(withSection(page, "new")).toBe("# Page\n\n## Side by side\n\nnew\n\n## Rows\n\ntheirs\n");
  expect(withSection("## Side by side\n", "new")).toBe("## Side by side\n\nnew\n");
  expect(() => withSection("# Page\n", "new")).toThrow("no section");
});

test("what did not come back in time is said so", () => {
  const section = sectionOf([outcome, { ...outcome, arm: "two", lost: 0, recoveredMs: 12 }], "today");
  expect(section).toContain("| a cut | 3 / 1 of 50 | 0 / 1 of 50 |");
  expect(section).toContain("| a cut | not within 15 s | 12 ms |");
});
