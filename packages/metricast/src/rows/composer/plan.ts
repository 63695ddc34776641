import { Spoiler } from "@metricast/testkit";
import { type Door, everyDoor } from "../faults/door.js";
import { mishaps } from "./mishap.js";

/** What happens in a round. A seed draws another one as soon as there are other mishaps: what is kept is this. */
export interface Plan {
  /** Of the plan, and of the nonsense that is sent in it. */
  readonly seed: number;
  /** The servers of the first instance and of the second. */
  readonly doors: readonly [string, string];
  readonly parts: readonly Part[];
}

export interface Part {
  readonly place: string;
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Two to four mishaps at once, each at a place of its own, and which of the two servers is of which kind. */
export function drawPlan(seed: number, harmMs: number): Plan {
  const spoiler = new Spoiler(seed);
  const doors = spoiler.pick([["ws", "uWS"] as const, ["uWS", "ws"] as const]);
  const parts: Part[] = [];
  for (let left = 2 + spoiler.below(3); left > 0; left -= 1) {
    const isFree = (place: string) => parts.every((part) => part.place !== place);
    const place = spoiler.pick([...mishaps.keys()].filter(isFree));
    const { what } = spoiler.pick(mishaps.get(place) ?? []);
    // The first half is for their beginnings, so that they meet.
    const fromMs = spoiler.below(harmMs / 2);
    parts.push({ place, what, fromMs, toMs: fromMs + Math.ceil(spoiler.chance() * (harmMs - fromMs)) });
  }
  return { seed, doors, parts };
}

/** The server of a name: its clients come by sockets and by streams. */
export function doorNamed(name: string): Door {
  const door = everyDoor.find((one) => one.name === name && one.transport === "websocket");
  if (door === undefined) throw new Error(`there is no door ${name}`);
  return door;
}

/** As a failed round prints it, to be kept. */
export function printed(plan: Plan): string {
  return `seed ${plan.seed}: ${JSON.stringify(plan)}`;
}
