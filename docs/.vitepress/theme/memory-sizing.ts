import { defineComponent, h, reactive } from "vue";
import { sizing } from "./sizing.js";

/** The calculator of the guide to retention. */
export const MemorySizing = defineComponent(() => {
  const wish = reactive({ series: 1_000, seconds: 5, hours: 24, megabytes: 64 });
  const field = (name: keyof typeof wish, text: string) =>
    h("label", [
      text,
      h("input", {
        type: "number",
        min: 0,
        step: "any",
        value: wish[name],
        onInput: ({ target }: { target: HTMLInputElement }) => {
          wish[name] = target.valueAsNumber;
        },
      }),
    ]);
  const answer = () =>
    sizing({
      series: wish.series,
      intervalMs: wish.seconds * 1_000,
      retentionMs: wish.hours * 3_600_000,
      memoryBudgetBytes: wish.megabytes * 1_048_576,
    });
  return () =>
    h("form", { class: "memory-sizing" }, [
      field("series", "series"),
      field("seconds", "a tick every, s"),
      field("hours", "kept for, h"),
      field("megabytes", "budget, MB"),
      h("output", { "aria-live": "polite" }, answer()),
    ]);
});
