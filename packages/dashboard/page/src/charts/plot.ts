import uPlot from "uplot";
import type { Span } from "../data/time-window.js";
import type { Picture, Scene } from "./picture.js";
import { type Easel, plotOptions, spanSeconds } from "./plot-options.js";

export interface PlotHandlers {
  zoom(span: Span): void;
  reset(): void;
  /** The pointer is at a moment of this very chart; undefined as it leaves. */
  point(atMs: number | undefined): void;
}

/** One chart's canvas: builds it, feeds it, takes it down. */
export class Plot implements Easel {
  readonly #host: HTMLElement;
  readonly #handlers: PlotHandlers;
  #plot: uPlot | undefined;
  #shape = "";
  /** Whether the pointer is over this chart, and not over one it is in step with. */
  #isPointed = false;
  picture: Picture;
  scene: Scene;

  constructor(host: HTMLElement, handlers: PlotHandlers, picture: Picture, scene: Scene) {
    this.#host = host;
    this.#handlers = handlers;
    this.picture = picture;
    this.scene = scene;
    this.draw(picture, scene);
  }

  draw(picture: Picture, scene: Scene): void {
    this.picture = picture;
    this.scene = scene;
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width === 0 || height === 0) return;
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
    this.#handlers.point(left < 0 ? undefined : u.posToVal(left, "x") * 1_000);
  }

  onReset(): void {
    this.#handlers.reset();
  }

  #listen(u: uPlot): void {
    const { over } = u;
    if (navigator.maxTouchPoints > 0) void this.#listenToTouch(u);
    const enter = () => {
      this.#isPointed = true;
    };
    over.addEventListener("mouseenter", enter);
    over.addEventListener("mousedown", enter);
    over.addEventListener("mouseleave", () => {
      this.#isPointed = false;
      this.#handlers.point(undefined);
    });
  }

  async #listenToTouch(u: uPlot): Promise<void> {
    const { listenToTouch } = await import("./touch.js");
    const { zoom, point } = this.#handlers;
    listenToTouch(u, { move: zoom, point });
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
