import type { Sample } from "@metricast/core";
import { describe, expect, it } from "vitest";
import { type RelabelRule, relabelling } from "./relabel.js";

const samples: Sample[] = [
  {
    name: "node_cpu_seconds_total",
    labels: { cpu: "0", mode: "idle", pod_app: "shop" },
    value: 1,
    kind: "counter",
  },
  { name: "node_cpu_seconds_total", labels: { cpu: "1", mode: "user" }, value: 2, kind: "counter" },
  { name: "node_load1", value: 3 },
];

/** Names and labels after one rule. */
function after(...rules: RelabelRule[]): unknown[] {
  return relabelling(rules)(samples).map(({ name, labels }) => ({ name, ...labels }));
}

const [first, second, third] = [
  { name: "node_cpu_seconds_total", cpu: "0", mode: "idle", pod_app: "shop" },
  { name: "node_cpu_seconds_total", cpu: "1", mode: "user" },
  { name: "node_load1" },
];

describe("relabelling", () => {
  it("keeps and drops by name and by several labels", () => {
    expect(after({ action: "keep", sourceLabels: ["__name__"], match: /^node_load/ })).toEqual([third]);
    const idle = ({ match }: { match: RegExp }) =>
      after({ action: "drop", sourceLabels: ["cpu", "mode"], match });
    expect(idle({ match: /^0;idle$/ })).toEqual([second, third]);
    expect(idle({ match: /^idle$/ })).toEqual([first, second, third]);
    const match = (text: string) => text === "0-idle";
    expect(after({ action: "drop", sourceLabels: ["cpu", "mode"], separator: "-", match })).toEqual([
      second,
      third,
    ]);
  });

  it("replaces a label, or the name, with groups or by a function, and takes away what is empty", () => {
    const core: RelabelRule = {
      action: "replace",
      sourceLabels: ["cpu"],
      match: /^(\d)$/,
      targetLabel: "core",
      replacement: "core-$1",
    };
    expect(after(core)).toEqual([{ ...first, core: "core-0" }, { ...second, core: "core-1" }, third]);
    const name: RelabelRule = { action: "replace", sourceLabels: ["__name__"], targetLabel: "__name__" };
    const short = (text: string) => text.slice("node_".length);
    expect(after({ ...name, replacement: short }).at(-1)).toEqual({ name: "load1" });
    const none = after({ action: "replace", sourceLabels: ["nowhere"], targetLabel: "mode" });
    expect(none[1]).toEqual({ name: "node_cpu_seconds_total", cpu: "1" });
  });

  it("maps and drops labels by their names", () => {
    const map: RelabelRule = { action: "labelmap", match: /^pod_(.+)$/, replacement: "$1" };
    const drop: RelabelRule = { action: "labeldrop", match: /^pod_/ };
    expect(after(map)[0]).toEqual({ ...first, app: "shop" });
    expect(after(map, drop)[0]).toEqual({ name: first.name, cpu: "0", mode: "idle", app: "shop" });
    expect(after({ action: "labeldrop", match: () => true })[1]).toEqual({ name: second.name });
  });

  it("keeps the value, the kind and what else is said", () => {
    const [sample] = relabelling([{ action: "labeldrop", match: /^cpu$/ }])(samples);
    expect(sample).toMatchObject({ value: 1, kind: "counter" });
  });

  it("takes labels of any name for names", () => {
    const labels = Object.assign(Object.create(null), { constructor: "a", toString: "b" });
    const rules: RelabelRule[] = [
      { action: "replace", sourceLabels: ["hasOwnProperty"], targetLabel: "x" },
      { action: "replace", sourceLabels: ["toString"], targetLabel: "y" },
    ];
    const [sample] = relabelling(rules)([{ name: "a", labels, value: 1 }]);
    expect({ ...sample?.labels }).toEqual({ constructor: "a", toString: "b", y: "b" });
  });

  it("does not try a pattern on texts that no channel takes", () => {
    const labels = { long: `${"a".repeat(2_000)}!` };
    const rule: RelabelRule = { action: "drop", sourceLabels: ["long"], match: /a/ };
    expect(relabelling([rule])([{ name: "a", labels, value: 1 }])).toHaveLength(1);
  });

  it.each([/a/g, /a/y])("refuses %s, whose matches depend on those before", (match) => {
    expect(() => relabelling([{ action: "labeldrop", match }])).toThrow(
      expect.objectContaining({ code: "MC_OPTION_INVALID" }),
    );
  });
});
