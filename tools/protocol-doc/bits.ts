/**
 * An example in bits as bytes: each line begins with the bits it is about, in groups, and says after two spaces what they
 * are; a line of JSON stands for its text.
 */
export function bytesOfBits(example: string): Uint8Array {
  const bits = example.split("\n").map(bitsOfLine).join("");
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, k) =>
    Number.parseInt(bits.slice(k * 8, k * 8 + 8).padEnd(8, "0"), 2),
  );
}

function bitsOfLine(line: string): string {
  if (line.startsWith("{")) {
    return [...new TextEncoder().encode(line)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  }
  const [, groups] = /^([01][01 ]*?) {2,}\S/.exec(line) ?? [];
  if (groups === undefined) throw new Error(`neither bits nor JSON: ${line}`);
  return groups.replaceAll(" ", "");
}
