// `npm run --prefix bench side-by-side`: measures, and writes the section of docs/reliability.md.
import { readFileSync, writeFileSync } from "node:fs";
import { machine } from "../drive/machine.js";
import { measureSideBySide } from "./measure.js";
import { sectionOf, withSection } from "./section.js";

const page = new URL("../../../docs/reliability.md", import.meta.url);
const outcomes = await measureSideBySide((title) => console.log(title));
for (const { fault, arm, sent, lost, duplicated, recoveredMs = "never" } of outcomes)
  console.log(`${fault}: ${arm}: of ${sent} lost ${lost}, twice ${duplicated}, back after ${recoveredMs} ms`);
const measured = `${new Date().toISOString().slice(0, 10)}, ${machine()}`;
writeFileSync(page, withSection(readFileSync(page, "utf8"), sectionOf(outcomes, measured)));
