/** Of a dictionary that is inflated: more than the largest there is, less than would hurt a page. */
const maxLength = 2 ** 24;

/** Whether the platform can inflate; without that only JSON is spoken. */
export const canInflate = typeof DecompressionStream === "function";

/** JSON that was packed as raw deflate; rejects for what is not, and for what is far too long. */
export async function inflateJson(bytes: Uint8Array): Promise<unknown> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const decoder = new TextDecoder();
  let text = "";
  for (const reader = stream.getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) return JSON.parse(text);
    text += decoder.decode(value, { stream: true });
    if (text.length > maxLength) throw new TypeError();
  }
}
