import { MetricastError } from "@metricast/core";

const sources = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The socket of the same origin is 'self' too.
  "connect-src 'self'",
  "img-src 'self' data:",
];

/** One source of a policy; a semicolon, a comma or a line's end would begin something else. */
const ancestor = /^[\w'*][\w.:/'*-]*$/;

/** What the page may load, and who may embed it. Throws MC_OPTION_INVALID. */
export function policyHeaders(frameAncestors: readonly string[]): Readonly<Record<string, string>> {
  const wrong = frameAncestors.find((text) => typeof text !== "string" || !ancestor.test(text));
  if (wrong !== undefined) {
    const details = { option: "frameAncestors", value: wrong };
    throw new MetricastError(
      "MC_OPTION_INVALID",
      `frameAncestors: ${String(wrong)} must be 'self' in quotes of its own, or an origin, as https://portal.example`,
      details,
    );
  }
  const embedded = frameAncestors.length > 0;
  const frames = `frame-ancestors ${embedded ? frameAncestors.join(" ") : "'none'"}`;
  return {
    "Content-Security-Policy": [...sources, frames, "base-uri 'none'", "form-action 'none'"].join("; "),
    ...(!embedded && { "X-Frame-Options": "DENY" }),
  };
}
