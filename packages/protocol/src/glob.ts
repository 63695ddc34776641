/** Matches `*` (any run of characters) and `?` (one) by hand: no regular expression is ever built from input. */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const want = glob[g];
    if (want === "*") {
      star = g++;
      resume = t;
    } else if (want !== undefined && (want === "?" || want === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++resume;
    } else return false;
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}
