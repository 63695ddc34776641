import type { Palette } from "./palette.js";

/** Gives text or a picture to the clipboard; where that is not allowed, as a file. Says which it was. */
export async function handOutText(text: string, fileName: string, type: string): Promise<"copied" | "saved"> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    save(new Blob([text], { type }), fileName);
    return "saved";
  }
}

export async function handOutImage(
  source: HTMLCanvasElement,
  title: string,
  palette: Palette,
  fileName: string,
): Promise<"copied" | "saved"> {
  const blob = await pngOf(source, title, palette);
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    return "copied";
  } catch {
    save(blob, fileName);
    return "saved";
  }
}

const titleHeight = 26;

/** The chart on its ground, under its name: a canvas of its own has neither. */
async function pngOf(source: HTMLCanvasElement, title: string, palette: Palette): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const ratio = devicePixelRatio;
  canvas.width = source.width;
  canvas.height = source.height + titleHeight * ratio;
  const context = canvas.getContext("2d");
  if (context) {
    context.fillStyle = palette.background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = palette.axis;
    context.font = `600 ${13 * ratio}px system-ui, sans-serif`;
    context.fillText(title.slice(0, 120), 8 * ratio, 18 * ratio, canvas.width - 16 * ratio);
    context.drawImage(source, 0, titleHeight * ratio);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png");
  });
}

function save(blob: Blob, fileName: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = fileName.replace(/[^\w.-]+/g, "_").slice(0, 100);
  link.click();
  URL.revokeObjectURL(link.href);
}
