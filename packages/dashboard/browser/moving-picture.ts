import type { Page } from "playwright-core";

const fourCc = 4;
const chunkHead = 8;

/** Pictures of a page, one after the other, `everyMs` apart. */
export async function picturesOf(page: Page, count: number, everyMs: number): Promise<Buffer[]> {
  const devtools = await page.context().newCDPSession(page);
  const pictures: Buffer[] = [];
  while (pictures.length < count) {
    const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 55 });
    pictures.push(Buffer.from(data, "base64"));
    await page.waitForTimeout(everyMs);
  }
  return pictures;
}

/** One moving picture that begins anew at its end, of WebP pictures of one size: their data, in another container. */
export function movingPicture(
  pictures: readonly Buffer[],
  { width, height }: { readonly width: number; readonly height: number },
  frameMs: number,
): Buffer {
  const size = Buffer.concat([uint24(width - 1), uint24(height - 1)]);
  const isAnimated = Buffer.from([0b10, 0, 0, 0]);
  const endlessly = Buffer.alloc(6);
  const frames = pictures.map((picture) => {
    const place = Buffer.alloc(6);
    const blendsNothing = Buffer.from([0b10]);
    return chunk("ANMF", place, size, uint24(frameMs), blendsNothing, imageOf(picture));
  });
  const all = [Buffer.from("WEBP"), chunk("VP8X", isAnimated, size), chunk("ANIM", endlessly), ...frames];
  return chunk("RIFF", ...all);
}

/** The chunks of a still picture that hold its image. */
function imageOf(picture: Buffer): Buffer {
  const image: Buffer[] = [];
  let at = chunkHead + fourCc;
  while (at < picture.length) {
    const name = picture.toString("latin1", at, at + fourCc);
    const length = picture.readUInt32LE(at + fourCc);
    const end = at + chunkHead + length + (length % 2);
    if (name === "VP8 " || name === "VP8L") image.push(picture.subarray(at, end));
    at = end;
  }
  return Buffer.concat(image);
}

function chunk(name: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(chunkHead, name, "latin1");
  head.writeUInt32LE(body.length, fourCc);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function uint24(value: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntLE(value, 0, 3);
  return bytes;
}
