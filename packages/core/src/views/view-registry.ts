import type { Merge, MergeWish } from "@metricast/protocol";
import type { EventsChannel } from "../channels/events-channel.js";
import type { SeriesChannel } from "../channels/series-channel.js";
import { formatPosition } from "../position.js";
import { BinaryFrames } from "./binary-frames.js";
import { EventView } from "./event-view.js";
import { FrameLog } from "./frame-log.js";
import type { Codec, Frames } from "./frames.js";
import { JsonFrames } from "./json-frames.js";
import { compileSelect, compileTypeSelect } from "./select.js";
import type { TokenSet } from "./token-set.js";
import type { Tokens } from "./tokens.js";
import { View, type ViewKey } from "./view.js";

export interface ViewRegistryParts {
  readonly epoch: string;
  readonly maxViews: number;
  readonly lingerMs: number;
  readonly logBounds: { readonly maxFrames: number; readonly maxBytes: number };
}

/** A wish for a view; equal wishes get one view. */
export interface ViewWish {
  readonly scope: Readonly<Record<string, string>>;
  readonly patterns: readonly string[] | undefined;
  readonly stepTicks: number;
  readonly merge: Merge;
  /** With `instance`: the name of another. */
  readonly instance?: string | undefined;
  /** Default: `json`. */
  readonly codec?: Codec;
}

/** All views, by what makes them one. A view that nobody watches goes after a while. */
export class ViewRegistry {
  readonly #parts: ViewRegistryParts;
  readonly #metrics = new Map<string, { view: View; channel: SeriesChannel }>();
  readonly #events = new Map<string, EventView>();
  #nextNumber = 1;

  constructor(parts: ViewRegistryParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#metrics.size + this.#events.size;
  }

  get logBytes(): number {
    let bytes = 0;
    for (const { view } of this.#metrics.values()) bytes += view.log.bytes;
    return bytes;
  }

  /** Undefined at the limit of views. Throws SelectError. */
  openMetrics(channel: SeriesChannel, wish: ViewWish): View | undefined {
    const select = compileSelect(wish.patterns, wish.scope);
    const key: ViewKey = {
      channel: channel.name,
      scope: wish.scope,
      select: select.canonical,
      stepTicks: wish.stepTicks,
      merge: wish.merge,
      ...(wish.instance !== undefined && { instance: wish.instance }),
      codec: wish.codec ?? "json",
    };
    const name = keyText([
      key.channel,
      scopeText(key.scope),
      key.select,
      key.stepTicks,
      key.merge,
      key.instance ?? null,
      key.codec,
    ]);
    const known = this.#metrics.get(name);
    if (known) return known.view;
    if (this.count >= this.#parts.maxViews) return undefined;
    const view = new View({
      number: this.#nextNumber++,
      key,
      select,
      columns: channel.columns,
      frames: framesFor(channel, wish),
      log: new FrameLog(this.#parts.logBounds),
      positionAt: (tick) => formatPosition(channel.lineage ?? this.#parts.epoch, tick),
      ...(channel.missingIn && {
        missingIn: (fromTick: number, toTick: number) => channel.missingIn?.(fromTick, toTick) ?? [],
      }),
      readBlock: (series, fromTick, toTick, stepTicks) => channel.read(series, fromTick, toTick, stepTicks),
    });
    this.#metrics.set(name, { view, channel });
    return view;
  }

  /** Undefined at the limit of views. Throws SelectError. */
  openEvents(channel: EventsChannel, patterns: readonly string[] | undefined): EventView | undefined {
    const select = compileTypeSelect(patterns);
    const name = keyText([channel.name, select.canonical]);
    const known = this.#events.get(name);
    if (known) return known;
    if (this.count >= this.#parts.maxViews) return undefined;
    const view = new EventView({
      number: this.#nextNumber++,
      channel: channel.name,
      source: channel.log,
      select,
      positionAt: (place) => channel.positionAt(place),
    });
    this.#events.set(name, view);
    return view;
  }

  /** Watched views of a channel: of these series, or all. */
  watched(channel: string, of?: MergeWish): View[] {
    const views: View[] = [];
    for (const { view } of this.#metrics.values()) {
      const { key, watchers } = view;
      const { merge, instance } = of ?? key;
      const isOf = key.merge === merge && key.instance === instance;
      if (watchers > 0 && key.channel === channel && isOf) views.push(view);
    }
    return views;
  }

  /** A channel is made of other columns and tokens now; `before`: the tokens it was made of. */
  rebase(channel: SeriesChannel, before: TokenSet): void {
    const still = new Set<Tokens>();
    for (const { view, channel: its } of this.#metrics.values()) {
      const { codec, stepTicks } = view.key;
      if (its === channel)
        view.rebase({ columns: channel.columns, frames: framesFor(channel, { codec, stepTicks }) });
      else if (its.tokens === before) still.add(view.tokens);
    }
    before.keep(still);
  }

  /** Whether a view is watched that other instances are part of. */
  isWatchedOfOthers(channel: string): boolean {
    return this.watched(channel).some(({ key }) => key.merge === "cluster" || key.instance !== undefined);
  }

  isWatched(channel: string): boolean {
    return this.watched(channel).length > 0;
  }

  /** Whether somebody watches a channel, or did until a moment ago: a page that is loaded anew is to find no hole. */
  isWanted(channel: string, nowMs: number): boolean {
    for (const { view } of this.#metrics.values()) {
      if (view.key.channel !== channel || view.key.instance !== undefined) continue;
      if (view.watchers > 0 || nowMs - view.idleSinceMs < this.#parts.lingerMs) return true;
    }
    return false;
  }

  /** Lets go of views that were left long enough ago. */
  sweep(nowMs: number): void {
    const idle = (view: View | EventView) =>
      view.watchers === 0 && nowMs - view.idleSinceMs >= this.#parts.lingerMs;
    for (const [name, view] of this.#events) if (idle(view)) this.#events.delete(name);
    const tokens = new Map<TokenSet, Set<Tokens>>();
    for (const [name, { view, channel }] of this.#metrics) {
      if (idle(view)) this.#metrics.delete(name);
      // Alone, a channel of all instances is made of the tokens of its own.
      const used = tokens.get(channel.tokens) ?? new Set<Tokens>();
      if (!idle(view)) used.add(view.tokens);
      tokens.set(channel.tokens, used);
    }
    for (const [set, used] of tokens) set.keep(used);
  }
}

function framesFor(
  { tokens }: SeriesChannel,
  { codec, stepTicks }: Pick<ViewWish, "codec" | "stepTicks">,
): Frames {
  return codec === "binary"
    ? new BinaryFrames(tokens.binary(stepTicks))
    : new JsonFrames(tokens.json(stepTicks));
}

function scopeText(scope: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  return Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1));
}

function keyText(parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}
