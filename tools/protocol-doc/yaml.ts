/** As much of a YAML document as our own has: nested block mappings; whatever follows a key on its line stays text. */
export type Yaml = ReadonlyMap<string, string | Yaml>;

export function parseYaml(text: string): Yaml {
  const root = new Map<string, string | Yaml>();
  const open: { indent: number; mapping: Map<string, string | Yaml> }[] = [{ indent: -1, mapping: root }];
  for (const line of wholeLines(text)) {
    const [, spaces = "", key, value = ""] = /^( *)([\w$]+):(?: +(.*))?$/.exec(line) ?? [];
    if (key === undefined) throw new Error(`not a line this reader knows: ${line}`);
    while ((open.at(-1)?.indent ?? -1) >= spaces.length) open.pop();
    const child = new Map<string, string | Yaml>();
    open.at(-1)?.mapping.set(key, value === "" ? child : value);
    if (value === "") open.push({ indent: spaces.length, mapping: child });
  }
  return root;
}

/** Lines without comments; what stands in brackets over several lines is put on one. */
function wholeLines(text: string): string[] {
  const lines: string[] = [];
  let depth = 0;
  for (const line of text.split("\n")) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    const continues = depth > 0 || content.startsWith("[") || content.startsWith("{");
    if (continues) lines.push(`${lines.pop() ?? ""} ${content}`);
    else lines.push(line);
    depth += content.split(/[[{]/).length - content.split(/[\]}]/).length;
  }
  return lines;
}

export function at(yaml: Yaml, ...path: readonly string[]): Yaml {
  return path.reduce<Yaml>((mapping, key) => {
    const child = mapping.get(key);
    if (child === undefined || typeof child === "string") throw new Error(`no mapping at ${path.join(".")}`);
    return child;
  }, yaml);
}

/** The words of a list written as [a, b]. */
export function flowList(value: string | Yaml | undefined): string[] {
  if (typeof value !== "string") throw new Error("not a list in brackets");
  return value
    .slice(1, -1)
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
