import { isAggregator } from "@metricast/protocol";
import { Family, type FamilyTraits, Member, sameBounds } from "./family.js";
import { type CheckedHistogram, checkedHistogram, looksLikeHistogram } from "./histogram-value.js";
import { isObject, type LabelSet, labelSetOf, noLabels, saysSame } from "./label-set.js";
import type { Places, Ref } from "./lineup.js";
import { isMetricName } from "./name-rules.js";
import type { ReadingDraft } from "./reading.js";
import type { RejectReason } from "./rejections.js";

/** What the intake asks of the catalogue; it changes nothing there. */
export interface KnownFamilies {
  family(name: string): Family | undefined;
  isFull(family: Family, newcomers: number): boolean;
}

/** A sample whose name is good and whose value is a number or a histogram; the rest is still unchecked. */
interface Shape {
  readonly name: string;
  readonly kind: FamilyTraits["kind"];
  readonly labels: LabelSet;
  readonly scalar: number;
  readonly histogram?: CheckedHistogram;
  readonly sample: Readonly<Record<string, unknown>>;
}

const maxTextLength = 1_000;

/**
 * Checks the samples of one read, one by one: a good one finds its series, a bad one is dropped with its reason. The
 * reading before serves as a guess, for most sources give the same series in the same order: as long as they do, a
 * sample is compared with its place of then, and no series is looked at.
 */
export class SampleIntake {
  readonly draft: ReadingDraft;
  readonly #known: KnownFamilies;
  readonly #guesses: readonly Ref[];
  readonly #room: number;
  /** Those of the lineup before, while it is followed. */
  #places: Places | undefined;
  readonly #newFamilies = new Map<string, Family>();
  readonly #newcomers = new Map<Family, Map<string, Member>>();
  #next = 0;
  #seen = 0;

  constructor(parts: { known: KnownFamilies; draft: ReadingDraft; maxSamples: number }) {
    const { before } = parts.draft.lineup;
    this.draft = parts.draft;
    this.#known = parts.known;
    this.#guesses = before.refs;
    this.#places = before.places;
    this.#room = parts.maxSamples;
  }

  /** Takes one more sample; false where there is no room for it, then the rest need not be read. */
  take(sample: unknown): boolean {
    if (!this.#hasRoom()) return false;
    try {
      this.#takeSample(sample);
    } catch {
      this.#reject("threw");
    }
    return true;
  }

  /** As `take`, for one property of a plain object. */
  takeProperty(record: Readonly<Record<string, unknown>>, name: string): boolean {
    if (!this.#hasRoom()) return false;
    try {
      const value = record[name];
      if (!this.#follow(name, undefined, undefined, value)) this.#takeNamed(name, value);
    } catch {
      this.#spoil(name, noLabels, "threw");
    }
    return true;
  }

  #hasRoom(): boolean {
    if (this.#seen < this.#room) {
      this.#seen += 1;
      return true;
    }
    if (!this.draft.cut) this.#reject("too_many");
    this.draft.cut = true;
    return false;
  }

  #takeSample(sample: unknown): void {
    if (!isObject(sample)) return this.#reject("not_a_sample");
    const { name, value, labels, kind } = sample;
    if (this.#follow(name, labels, kind, value)) return;
    if (!isMetricName(name)) return this.#reject("name");
    const set = labelSetOf(labels);
    if (set === undefined) return this.#reject("labels");
    this.#takeValue(sample, name, set, kind, value);
  }

  #takeNamed(name: string, value: unknown): void {
    if (!isMetricName(name)) return this.#reject("name");
    this.#takeValue({}, name, noLabels, "gauge", value);
  }

  /** Whether the sample is for the series that stood in its place last time. */
  #follow(name: unknown, labels: unknown, kind: unknown, value: unknown): boolean {
    const places = this.#places;
    // A number is no histogram's, whatever the sample says of itself.
    if (kind === "histogram" && typeof value === "number") return false;
    if (typeof value !== "number") return places !== undefined && this.#followHistogram(name, labels, value);
    if (places === undefined) return this.#guess(name, labels, kind ?? "gauge", value);
    if (!places.holds(this.draft.lineup.length, name, labels, kind ?? "gauge")) return this.#part();
    this.draft.lineup.addSame();
    this.draft.slots.push(value);
    return true;
  }

  #followHistogram(name: unknown, labels: unknown, value: unknown): boolean {
    const at = this.draft.lineup.length;
    const ref = this.#guesses[at];
    const places = this.#places;
    if (places === undefined || !(ref instanceof Member)) return false;
    if (!places.holds(at, name, labels, "histogram") || !looksLikeHistogram(value)) return false;
    const histogram = checkedHistogram(value);
    if (histogram === undefined || !sameBounds(histogram.bounds, ref.info.bounds)) return false;
    this.draft.lineup.addSame();
    this.draft.slots.pushAll(histogram.slots);
    return true;
  }

  /** From here on each sample finds its series by itself. */
  #part(): false {
    this.#places = undefined;
    this.#next = this.draft.lineup.length;
    return false;
  }

  /** As `follow`, where the samples are others than last time, or in another order. */
  #guess(name: unknown, labels: unknown, kind: unknown, value: number): boolean {
    const guess = this.#guesses[this.#next];
    if (!(guess instanceof Member) || guess.index < 0 || guess.info.name !== name) return false;
    if (guess.info.kind !== kind || !saysSame(labels, guess.labels.names, guess.labels.values)) return false;
    this.#next += 1;
    this.#stage(guess);
    this.draft.slots.push(value);
    return true;
  }

  #takeValue(
    sample: Readonly<Record<string, unknown>>,
    name: string,
    labels: LabelSet,
    kind: unknown,
    value: unknown,
  ): void {
    if (typeof value === "number") {
      const wanted = kind ?? "gauge";
      if (wanted !== "gauge" && wanted !== "counter") return this.#spoil(name, labels, "kind");
      return this.#find({ sample, name, labels, kind: wanted, scalar: value });
    }
    if (!looksLikeHistogram(value)) return this.#spoil(name, labels, "value");
    if (kind !== undefined && kind !== "histogram") return this.#spoil(name, labels, "kind");
    const histogram = checkedHistogram(value);
    if (histogram === undefined) return this.#spoil(name, labels, "histogram");
    this.#find({ sample, name, labels, kind: "histogram", scalar: 0, histogram });
  }

  #find(shape: Shape): void {
    const family = this.#known.family(shape.name) ?? this.#newFamily(shape);
    if (family.traits.kind !== shape.kind) return this.#reject("kind");
    const bounds = shape.histogram?.bounds;
    const key = family.keyOf(shape.labels, bounds);
    const member = family.members.get(key);
    if (this.#places !== undefined) this.#part();
    if (member !== undefined) this.#guessBehind(member);
    this.#stage(member ?? this.#newcomer(family, key, shape.labels, bounds));
    if (shape.histogram === undefined) this.draft.slots.push(shape.scalar);
    else this.draft.slots.pushAll(shape.histogram.slots);
  }

  /** A series not seen before; the family itself where it has no room for one more. */
  #newcomer(family: Family, key: string, labels: LabelSet, bounds?: readonly number[]): Ref {
    let newcomers = this.#newcomers.get(family);
    if (newcomers === undefined) {
      newcomers = new Map();
      this.#newcomers.set(family, newcomers);
    }
    const known = newcomers.get(key);
    if (known !== undefined) return known;
    const apart = bounds !== undefined && !sameBounds(bounds, family.traits.bounds);
    if (!apart && this.#known.isFull(family, newcomers.size)) return family;
    const member = family.newcomer(labels, bounds);
    newcomers.set(key, member);
    return member;
  }

  /** The guesses go on behind this series' place in the reading before. */
  #guessBehind(member: Member): void {
    if (this.#guesses[member.position] === member) this.#next = member.position + 1;
  }

  #stage(ref: Ref): void {
    const { lineup } = this.draft;
    if (ref instanceof Member) ref.position = lineup.length;
    lineup.add(ref);
  }

  #newFamily({ name, kind, histogram, sample }: Shape): Family {
    const known = this.#newFamilies.get(name);
    if (known !== undefined) return known;
    const { unit, help, aggregator } = sample;
    const family = new Family({
      name,
      kind,
      ...(isText(unit) ? { unit } : {}),
      ...(isText(help) ? { help } : {}),
      ...(isAggregator(aggregator) ? { aggregator } : {}),
      ...(histogram === undefined ? {} : { bounds: Object.freeze([...histogram.bounds]) }),
    });
    this.#newFamilies.set(name, family);
    return family;
  }

  /** Drops a sample whose series is known: that one turns stale. */
  #spoil(name: string, labels: LabelSet, reason: RejectReason): void {
    const member = this.#known.family(name)?.members.get(labels.key);
    if (member !== undefined) this.draft.spoiled.push(member);
    this.#reject(reason);
  }

  #reject(reason: RejectReason): void {
    this.draft.rejected.add(reason);
  }
}

function isText(text: unknown): text is string {
  return typeof text === "string" && text.length <= maxTextLength;
}
