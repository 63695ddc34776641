import { Family, type FamilyTraits, Member, sameBounds } from "./family.js";
import { type CheckedHistogram, checkedHistogram, looksLikeHistogram } from "./histogram-value.js";
import { isObject, type LabelSet, labelSetOf, noLabels, saysSame } from "./label-set.js";
import { isMetricName } from "./name-rules.js";
import { emptyReading, type Reading } from "./reading.js";
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
 * reading before serves as a guess, for most sources give the same series in the same order.
 */
export class SampleIntake {
  readonly reading: Reading = emptyReading();
  readonly #known: KnownFamilies;
  readonly #guesses: Reading["refs"];
  readonly #room: number;
  readonly #newFamilies = new Map<string, Family>();
  readonly #newcomers = new Map<Family, Map<string, Member>>();
  #next = 0;
  #seen = 0;

  constructor(parts: { known: KnownFamilies; guesses: Reading["refs"]; maxSamples: number }) {
    this.#known = parts.known;
    this.#guesses = parts.guesses;
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
      if (!this.#takeGuess(name, undefined, "gauge", value)) this.#takeNamed(name, value);
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
    if (!this.reading.cut) this.#reject("too_many");
    this.reading.cut = true;
    return false;
  }

  #takeSample(sample: unknown): void {
    if (!isObject(sample)) return this.#reject("not_a_sample");
    const { name, value, labels, kind } = sample;
    if (this.#takeGuess(name, labels, kind ?? "gauge", value)) return;
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
  #takeGuess(name: unknown, labels: unknown, kind: unknown, value: unknown): boolean {
    if (typeof value !== "number") return false;
    const guess = this.#guesses[this.#next];
    if (!(guess instanceof Member) || guess.index < 0 || guess.info.name !== name) return false;
    if (guess.info.kind !== kind || !saysSame(labels, guess.labels.names, guess.labels.values)) return false;
    this.#next += 1;
    this.#stage(guess);
    this.reading.values.push(value);
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
    if (member !== undefined) this.#follow(member);
    this.#stage(member ?? this.#newcomer(family, key, shape.labels, bounds));
    if (shape.histogram === undefined) this.reading.values.push(shape.scalar);
    else this.reading.values.push(...shape.histogram.slots);
  }

  /** A series not seen before; the family itself where it has no room for one more. */
  #newcomer(family: Family, key: string, labels: LabelSet, bounds?: readonly number[]): Member | Family {
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
  #follow(member: Member): void {
    if (this.#guesses[member.position] === member) this.#next = member.position + 1;
  }

  #stage(ref: Member | Family): void {
    if (ref instanceof Member) ref.position = this.reading.refs.length;
    this.reading.refs.push(ref);
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
    if (member !== undefined) this.reading.spoiled.push(member);
    this.#reject(reason);
  }

  #reject(reason: RejectReason): void {
    this.reading.rejected.add(reason);
  }
}

function isText(text: unknown): text is string {
  return typeof text === "string" && text.length <= maxTextLength;
}

function isAggregator(word: unknown): word is NonNullable<FamilyTraits["aggregator"]> {
  switch (word) {
    case "sum":
    case "average":
    case "min":
    case "max":
    case "first":
    case "omit":
      return true;
    default:
      return false;
  }
}
