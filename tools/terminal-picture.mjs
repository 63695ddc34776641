// Draws what a terminal shows as an SVG: `node tools/terminal-picture.mjs < screen.txt > docs/images/watch.svg`.
import { readFileSync } from "node:fs";

const charWidth = 8.4;
const lineHeight = 18;
const margin = 16;

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escaped = (text) => text.replace(/[&<>]/g, (char) => escapes[char]);

const lines = readFileSync(0, "utf8").trimEnd().split("\n");
const width = Math.ceil(Math.max(...lines.map((line) => [...line].length)) * charWidth + 2 * margin);
const height = lines.length * lineHeight + 2 * margin;
const rows = lines.map((line, at) => {
  const y = margin + (at + 0.75) * lineHeight;
  const text = escaped(line).replace(/([▁▂▃▄▅▆▇█][▁▂▃▄▅▆▇█ ]*)/g, '<tspan fill="#7ee787">$1</tspan>');
  return `<text x="${margin}" y="${y}" xml:space="preserve"${at === 0 ? ' fill="#79c0ff"' : ""}>${text}</text>`;
});
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img">
<title>A terminal that watches the Express example</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
${rows.join("\n")}
</g>
</svg>
`);
