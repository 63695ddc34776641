import uPlot from "uplot";
import type { Span } from "../data/time-window.js";
import type { WheelHandlers } from "./gestures.js";
import { dark } from "./palette.js";
import type { Picture, Scene } from "./picture.js";
import { type Easel, plotOptions, spanSeconds } from "./plot-options.js";

export interface PlotHandlers extends WheelHandlers {
  zoom(span: Span): void;
  reset(): void;
  /** The pointer is at a moment of this very chart, and there on the screen; undefined as it leaves. */
  point(atMs: number | undefined, x: number, y: number): void;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const nothing: Picture = {
  times: [],
  lines: [],
  span: { fromMs: 0, toMs: 1 },
  valueRange: [0, 1],
  measure: { unit: "", isRate: false },
  voids: [],
};

/** One chart's canvas: builds it, feeds it, takes it down. */
export class Plot implements Easel {
  readonly #host: HTMLElement;
  readonly #handlers: PlotHandlers;
  #plot: uPlot | undefined;
  #shape = "";
  /** Whether the pointer is over this chart, and not over one it is in step with. */
  #isPointed = false;
  #x = 0;
  #y = 0;
  picture: Picture = nothing;
  scene: Scene = { palette: dark, marks: [], isUtc: false };

  constructor(host: HTMLElement, handlers: PlotHandlers) {
    this.#host = host;
    this.#handlers = handlers;
  }

  draw(picture: Picture, scene: Scene, { width, height }: Size): void {
    this.picture = picture;
    this.scene = scene;
    const shape = JSON.stringify([picture.heat !== undefined, ...picture.lines.map(({ colour }) => colour)]);
    if (this.#plot && shape === this.#shape) return this.#redraw(this.#plot, width, height);
    this.#shape = shape;
    this.#plot?.destroy();
    this.#plot = new uPlot(plotOptions(this, width, height), this.#data(), this.#host);
    this.#listen(this.#plot);
    this.#redraw(this.#plot, width, height);
  }

  /** Puts the cross where a moment is, as if the pointer were there. */
  pointAt(atMs: number): void {
    const u = this.#plot;
    if (!u) return;
    this.#isPointed = true;
    const { left, top } = u.over.getBoundingClientRect();
    this.#x = left + u.valToPos(atMs / 1_000, "x");
    this.#y = top;
    u.setCursor({ left: u.valToPos(atMs / 1_000, "x"), top: 1 });
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.ctx.canvas;
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  onSelect(u: uPlot): void {
    const { left, width } = u.select;
    if (width === 0) return;
    const at = (x: number) => u.posToVal(x, "x") * 1_000;
    if (this.#isPointed) this.#handlers.zoom({ fromMs: at(left), toMs: at(left + width) });
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  onCursor(u: uPlot): void {
    if (!this.#isPointed) return;
    const { left = -1 } = u.cursor;
    this.#handlers.point(left < 0 ? undefined : u.posToVal(left, "x") * 1_000, this.#x, this.#y);
  }

  onReset(): void {
    this.#handlers.reset();
  }

  #listen(u: uPlot): void {
    const { over } = u;
    void this.#listenToGestures(u);
    const enter = () => {
      this.#isPointed = true;
    };
    const moved = ({ clientX, clientY }: MouseEvent) => {
      this.#x = clientX;
      this.#y = clientY;
    };
    // Before uPlot hears of it: it asks at once where the pointer is.
    over.addEventListener("mousemove", moved, { capture: true });
    over.addEventListener("mouseenter", enter);
    over.addEventListener("mousedown", enter);
    over.addEventListener("mouseleave", () => {
      this.#isPointed = false;
      this.#handlers.point(undefined, 0, 0);
    });
  }

  /** What else fingers and wheel do is fetched after the first sight. */
  async #listenToGestures(u: uPlot): Promise<void> {
    const { listenToTouch, listenToWheel } = await import("./gestures.js");
    const { zoom, point } = this.#handlers;
    listenToTouch(u, { move: zoom, point });
    listenToWheel(u, this.#handlers);
  }

  #redraw(u: uPlot, width: number, height: number): void {
    u.batch(() => {
      if (u.width !== width || u.height !== height) u.setSize({ width, height });
      u.setData(this.#data(), false);
      u.setScale("x", spanSeconds(this.picture));
    });
  }

  #data(): uPlot.AlignedData {
    const { times, lines } = this.picture;
    const nothing = lines.length > 0 ? [] : [times.map(() => null)];
    return [
      [...times],
      ...lines.map(({ values, isShown }) => (isShown ? values : values.map(() => null))),
      ...nothing,
    ];
  }
}
