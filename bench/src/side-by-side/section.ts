import { table } from "../report/markdown.js";
import type { Outcome } from "./measure.js";

const heading = "## Side by side\n";

/** The page, whose other sections are written by others, with this one anew. Throws where it has none. */
export function withSection(page: string, section: string): string {
  const from = page.indexOf(heading);
  if (from < 0) throw new Error("docs/reliability.md has no section for the side by side");
  const next = page.indexOf("\n## ", from);
  return `${page.slice(0, from)}${heading}\n${section}\n${next < 0 ? "" : page.slice(next)}`;
}

/** One table for what was lost and doubled, one for how long it took. */
export function sectionOf(outcomes: readonly Outcome[], measured: string): string {
  const arms = [...new Set(outcomes.map(({ arm }) => arm))];
  const titles = [...new Set(outcomes.map(({ fault }) => fault))];
  const tableOf = (cell: (outcome: Outcome) => string) => {
    const cellOf = (title: string, name: string) => {
      const outcome = outcomes.find(({ fault, arm }) => fault === title && arm === name);
      return outcome === undefined ? "" : cell(outcome);
    };
    return table(
      ["fault", ...arms],
      titles.map((title) => [title, ...arms.map((arm) => cellOf(title, arm))]),
    );
  };
  return [
    `Two servers of each, on one Redis and behind the same two proxies, so that every fault hits all in the same moment. Ten numbers a
second are sent at the first server, and five clients of the second hold what they get: every packet of Socket.IO, and metricast's
chart, with the range asked for again where a \`revised\` says that it has changed. Counted are the numbers from the beginning of the fault
until 3 s after the recovery. Everything has its defaults; the streams adapter has connection state recovery.`,
    "Lost / doubled, of what five clients were sent:",
    tableOf(({ lost, duplicated, sent }) => `${lost} / ${duplicated} of ${sent}`),
    "From the end of the fault until every client had a number that was sent after it:",
    tableOf(({ recoveredMs }) => (recoveredMs === undefined ? "not within 15 s" : `${recoveredMs} ms`)),
    `\`npm run --prefix bench side-by-side\`, three minutes, writes this section; ${measured}. Times depend on where in its pause each
client library was.`,
  ].join("\n\n");
}
