import { effect, type Signal, signal } from "@preact/signals";
import { after } from "../clock.js";
import type { Feed } from "../data/feed.js";
import type { Found } from "../data/search.js";
import { backToLive, pan, pointsFor, type Span, zoomBy, zoomTo } from "../data/time-window.js";
import { ColourBook } from "../data/top.js";
import type { Page } from "../shell/page.js";
import { Plot } from "./plot.js";
import { type Look, type Memory, type Sketch, sketch } from "./sketch.js";

/** A chart that left the screen stays ready for so long. */
const lingerMs = 6_000;
/** While the range is being moved, the past is not asked for. */
const restMs = 120;
/** Widths within so many pixels ask for the same points. */
const widthStep = 100;

/** One chart: watches while it is on the screen, and paints what changed. */
export class ChartController {
  readonly look: Signal<Look>;
  readonly sketch = signal<Sketch | undefined>(undefined);
  /** Whether it is on the screen or close to it. */
  readonly isNear = signal(false);
  readonly feed: Feed;
  readonly #page: Page;
  readonly #memory: Memory = { colours: new ColourBook(), top: new Set(), rankedAtMs: 0 };

  readonly #width = signal(0);
  #height = 0;
  readonly #paint = (): void => this.#draw();
  #plot: Plot | undefined;
  #host: HTMLElement | undefined;
  #figure: HTMLElement | undefined;
  #paintedEdgeMs = 0;

  constructor(page: Page, { metric, select }: Found, most: number) {
    this.#page = page;
    this.look = signal<Look>({ mode: "lines", most, isolated: undefined, hidden: new Set() });
    this.feed = page.pool.get({ metric, select, instance: page.instance.peek() });
  }

  /** Lives in these elements until the returned function is called. */
  attach(host: HTMLElement, figure: HTMLElement): () => void {
    this.#host = host;
    this.#figure = figure;
    const resized = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      this.#height = height;
      this.#width.value = Math.floor(width);
      this.#page.painter.request(this.#paint);
    });
    resized.observe(host);
    const near = this.#page.visibility.watch(figure, (isNear) => {
      this.isNear.value = isNear;
    });
    const ends = [
      near,
      effect(() => this.#follow()),
      effect(() => this.#noticeChange()),
      effect(() => this.#noticeTime()),
    ];
    return () => {
      resized.disconnect();
      for (const end of ends) end();
      this.#leave();
      this.#host = undefined;
    };
  }

  get canvas(): HTMLCanvasElement | undefined {
    return this.#plot?.canvas;
  }

  /** Puts the cross at a moment, as the keyboard moves it. */
  pointAt(atMs: number): void {
    this.#plot?.pointAt(atMs);
    this.#page.cursorMs.value = atMs;
  }

  /** Watches what is near the screen; what left it lingers, so that scrolling to and fro asks for nothing. */
  #follow(): (() => void) | undefined {
    const { window, isHidden } = this.#page;
    if (isHidden.value) {
      this.feed.rest();
      return undefined;
    }
    if (!this.isNear.value || this.#width.value === 0) return after(lingerMs, () => this.#leave());
    const points = pointsFor(Math.ceil(this.#width.value / widthStep) * widthStep);
    const { value } = window;
    this.feed.follow(value.rangeMs, points);
    if (value.mode === "fixed") return after(restMs, () => this.feed.lookBack(value, points));
    this.feed.lookAhead();
    return undefined;
  }

  #leave(): void {
    this.#page.painter.drop(this.#paint);
    this.feed.rest();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #noticeChange(): void {
    this.feed.changes.value;
    this.look.value;
    this.#page.scene.value;
    this.#page.window.value;
    this.#page.isLate.value;
    if (this.isNear.value) this.#page.painter.request(this.#paint);
  }

  /** As time goes on the chart moves, at most by its pixels. */
  #noticeTime(): void {
    const { edgeMs, window } = this.#page;
    const moved = edgeMs.value - this.#paintedEdgeMs;
    const { mode, rangeMs } = window.value;
    if (mode !== "live" || !this.isNear.value) return;
    if (Math.abs(moved) >= rangeMs / Math.max(1, this.#width.value)) this.#page.painter.request(this.#paint);
  }

  #draw(): void {
    const host = this.#host;
    const [width, height] = [this.#width.peek(), this.#height];
    if (!host || !this.isNear.peek() || width === 0 || height === 0) return;
    const { span, scene, edgeMs } = this.#page;
    const drawn = span.peek();
    const shown = this.feed.shown(drawn);
    if (!shown) return;
    this.#paintedEdgeMs = edgeMs.peek();
    const made = sketch(this.feed.metric, shown, drawn, this.look.peek(), this.#memory, edgeMs.peek());
    this.#plot ??= new Plot(host, this.#handlers());
    this.#plot.draw(made.picture, scene.peek(), { width, height });
    this.sketch.value = made;
    this.#describe(made, drawn);
  }

  /** What is drawn, for those who cannot see it. */
  #describe({ picture, stepMs }: Sketch, { fromMs, toMs }: Span): void {
    const { dataset } = this.#figure ?? {};
    if (!dataset) return;
    const points = picture.lines.map(({ values }) =>
      values.reduce<number>((sum, value) => sum + (value === null ? 0 : 1), 0),
    );
    dataset.points = String(Math.max(picture.heat ? picture.times.length : 0, ...points));
    dataset.series = String(picture.lines.filter(({ isShown }) => isShown).length);
    dataset.gaps = String(picture.voids.filter(({ isGap }) => isGap).length);
    dataset.step = String(stepMs);
    dataset.from = String(Math.round(fromMs));
    dataset.to = String(Math.round(toMs));
  }

  #handlers() {
    const { window, cursorMs, pointed, edgeMs } = this.#page;
    return {
      zoom: ({ fromMs, toMs }: Span) => {
        const beyondMs = Math.max(0, toMs - edgeMs.peek());
        window.value = zoomTo(window.peek(), { fromMs: fromMs - beyondMs, toMs: toMs - beyondMs });
      },
      pan: (share: number) => {
        window.value = pan(window.peek(), share, edgeMs.peek());
      },
      scale: (factor: number, atMs: number) => {
        window.value = zoomBy(window.peek(), factor, atMs, edgeMs.peek());
      },
      reset: () => {
        window.value = backToLive(window.peek());
      },
      point: (atMs: number | undefined, x: number, y: number) => {
        cursorMs.value = atMs;
        pointed.value = atMs === undefined ? undefined : { sketch: this.sketch, x, y };
      },
    };
  }
}
