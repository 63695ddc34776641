import type uPlot from "uplot";
import type { Span } from "../data/time-window.js";

export interface TouchHandlers {
  /** What two fingers, or one that moved sideways, have made of the range. */
  move(span: Span): void;
  point(atMs: number | undefined, x: number, y: number): void;
}

interface Grip {
  /** Moments that the fingers hold. */
  readonly heldMs: readonly number[];
  readonly span: Span;
  readonly startX: number;
  isMoving: boolean;
}

/** Further than a finger trembles. */
const threshold = 8;

/** Fingers: a tap points, one that moves sideways pans, two zoom. Up and down is the page's. */
export function listenToTouch(u: uPlot, handlers: TouchHandlers): void {
  const { over } = u;
  let grip: Grip | undefined;
  const xs = ({ touches }: TouchEvent) => {
    const { left } = over.getBoundingClientRect();
    return Array.from(touches, ({ clientX }) => clientX - left);
  };
  over.addEventListener(
    "touchstart",
    (event) => {
      const at = xs(event);
      const { min = 0, max = 1 } = u.scales.x ?? {};
      const span = { fromMs: (min ?? 0) * 1_000, toMs: (max ?? 1) * 1_000 };
      grip = {
        heldMs: at.map((x) => u.posToVal(x, "x") * 1_000),
        span,
        startX: at[0] ?? 0,
        isMoving: at.length > 1,
      };
      const [finger] = event.touches;
      if (at.length === 1 && finger) handlers.point(grip.heldMs[0], finger.clientX, finger.clientY);
    },
    { passive: true },
  );
  over.addEventListener(
    "touchmove",
    (event) => {
      if (!grip) return;
      const at = xs(event);
      grip.isMoving ||= Math.abs((at[0] ?? 0) - grip.startX) > threshold;
      if (!grip.isMoving) return;
      event.preventDefault();
      const span = spanUnder(at, grip, over.clientWidth);
      if (span) handlers.move(span);
    },
    { passive: false },
  );
  over.addEventListener("touchend", ({ touches }) => {
    if (touches.length === 0) grip = undefined;
  });
}

/** The range in which what the fingers hold is where they are. */
export function spanUnder(
  xs: readonly number[],
  { heldMs, span }: Pick<Grip, "heldMs" | "span">,
  width: number,
): Span | undefined {
  const [x1 = 0, x2] = xs;
  const [held1 = 0, held2] = heldMs;
  const length = span.toMs - span.fromMs;
  if (x2 === undefined || held2 === undefined) {
    const fromMs = held1 - (x1 / width) * length;
    return { fromMs, toMs: fromMs + length };
  }
  const perPixel = (held2 - held1) / (x2 - x1);
  if (!(perPixel > 0) || !Number.isFinite(perPixel)) return undefined;
  const fromMs = held1 - x1 * perPixel;
  return { fromMs, toMs: fromMs + width * perPixel };
}

export interface WheelHandlers {
  /** Moves by a part of what is shown. */
  pan(share: number): void;
  /** Makes what is shown shorter or longer around a moment. */
  scale(factor: number, atMs: number): void;
}

/** Turned so far, the wheel moves by all of what is shown. */
const wholePx = 1_000;

/** Sideways pans, with Ctrl, or two fingers on a pad, it zooms; up and down is the page's. */
export function listenToWheel(u: uPlot, { pan, scale }: WheelHandlers): void {
  const turned = (event: WheelEvent) => {
    const { deltaX, deltaY, ctrlKey, shiftKey, clientX } = event;
    const sideways = shiftKey && deltaX === 0 ? deltaY : deltaX;
    if (ctrlKey) scale(1.002 ** deltaY, u.posToVal(clientX - u.rect.left, "x") * 1_000);
    else if (Math.abs(sideways) > Math.abs(deltaY) || shiftKey) pan(sideways / wholePx);
    else return;
    event.preventDefault();
  };
  u.over.addEventListener("wheel", turned, { passive: false });
}
