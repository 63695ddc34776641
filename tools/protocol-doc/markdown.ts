/** Reads the tables and examples of a page of documentation. */

export interface Table {
  /** The heading it stands under. */
  readonly heading: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function tablesOf(page: string): Table[] {
  const tables: Table[] = [];
  let heading = "";
  let lines: string[] = [];
  const end = () => {
    const [columns, , ...rows] = lines.map(cellsOf);
    if (columns) tables.push({ heading, columns, rows });
    lines = [];
  };
  for (const line of [...page.split("\n"), ""]) {
    if (line.startsWith("|")) lines.push(line);
    else {
      if (lines.length > 0) end();
      if (line.startsWith("#")) heading = line.slice(line.indexOf(" ") + 1).trim();
    }
  }
  return tables;
}

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** What stands between backticks in a cell, one or several. */
export function words(cell: string | undefined): string[] {
  return [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, word]) => word ?? "");
}

/** The fenced examples of one language. */
export function fenced(page: string, language: string): string[] {
  return page
    .split(`\n\`\`\`${language}\n`)
    .slice(1)
    .map((rest) => rest.split("\n```")[0] ?? "");
}
