import type { Store } from "@metricast/core";
import fc from "fast-check";

/** What happens, and how long nothing does after it. */
export type Story = readonly (readonly [act: string, waitMs: number])[];

export interface Stories {
  readonly acts: readonly string[];
  readonly maxWaitMs: number;
  readonly maxLength: number;
  readonly runs: number;
  /** `run` tells the stores of one story from those of another. */
  readonly make: (port: number, run: number) => Store;
}

/** Tells so many stories, and each to stores of its own; `holds` rejects where one ends badly. */
export async function tellStories(
  { acts, maxWaitMs, maxLength, runs, make }: Stories,
  holds: (make: (port: number) => Store, story: Story) => Promise<void>,
): Promise<void> {
  let run = 0;
  const act = fc.tuple(fc.constantFrom(...acts), fc.integer({ min: 0, max: maxWaitMs }));
  const stories = fc.array(act, { minLength: 4, maxLength });
  const property = fc.asyncProperty(stories, (story) => {
    run += 1;
    const number = run;
    return holds((port) => make(port, number), story);
  });
  await fc.assert(property, { numRuns: runs, endOnFailure: true });
}
