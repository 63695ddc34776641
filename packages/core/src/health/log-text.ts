const maxLength = 256;

/**
 * Client text for a log: JSON-escaped, so it holds no line break and no terminal escape, and cut to 256 characters.
 * What follows a `ticket`, `token` or `Bearer` is left out.
 */
export function logText(text: string): string {
  const cut = redact(text.slice(0, 4 * maxLength));
  return cutPlain(JSON.stringify(cut).slice(1, -1));
}

function cutPlain(escaped: string): string {
  const printable = escapeHigh(escaped);
  return printable.length <= maxLength ? printable : `${printable.slice(0, maxLength - 1)}…`;
}

const secretMark = /((?:ticket|token)["']?\s*[=:]\s*["']?|bearer\s+)[^\s&;,"']+/gi;

function redact(text: string): string {
  return text.replace(secretMark, "$1[redacted]");
}

/** JSON leaves DEL, C1 controls, bidi and line separators as they are: terminals and viewers act on them. */
const unseen = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function escapeHigh(text: string): string {
  return text.replace(unseen, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
