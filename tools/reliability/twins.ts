import { type Proof, proof } from "./proof.js";

const behaviour = "packages/metricast/src/behaviour";
const feed = "packages/core/src/feed";
const faults = "packages/metricast/src/rows/faults";
const redis = "packages/store-redis/src/faults.alone.test.ts";

/** Twins of the rows that prove a protection: the same fault with the protection off. Their titles say so: see evidence.ts. */
export const twins: readonly Proof[] = [
  proof("F1", "packages/core/src/sessions/heartbeat.test.ts", "without it the same silence ends the session"),
  proof(
    "F2",
    `${faults}/twins.long.test.ts`,
    "F2: twin: without a heartbeat nobody notices that a service is frozen",
  ),
  proof("F3", `${faults}/twins.long.test.ts`, "F3: twin: without one it cannot, and says so"),
  proof("F4", `${behaviour}/process-end.test.ts`, "without it just ends"),
  proof("F5", `${behaviour}/process-end.test.ts`, "twin: with timers that hold it, it lives on"),
  proof(
    "F6",
    `${faults}/twins.test.ts`,
    "twin: with an ordinary WebSocket server on the same port the host's route is gone",
  ),
  proof(
    "F7",
    "packages/metricast/src/rows/host-contract.test.ts",
    "twin: a guest that swallows errors and signals is noticed by this",
  ),
  proof(
    "F8",
    `${faults}/host-process.test.ts`,
    "F8: twin: without the bound in flight the system is handed far more",
  ),
  proof(
    "F9",
    `${feed}/source-faults.test.ts`,
    "twin: read by a loop that trusts its sources it takes the others' tick with it",
  ),
  proof(
    "F10",
    `${feed}/source-faults.test.ts`,
    "twin: read by a loop that trusts its sources it ends everybody's ticks, and its calls pile up",
  ),
  proof(
    "F11",
    `${feed}/garbage.test.ts`,
    "twin: written as JSON writes it some takes the others along, and a number that is none is lost",
  ),
  proof(
    "F12",
    `${faults}/twins.long.test.ts`,
    "F12: twin: without the bound every label set is a series of its own",
  ),
  proof(
    "F13",
    `${behaviour}/host-safety.test.ts`,
    "twin: told by an ordinary emitter it ends the process, and nobody else hears",
  ),
  proof("F13", `${behaviour}/host-safety.test.ts`, "twin: it does so, too, where it rejects"),
  proof(
    "F14",
    `${faults}/twins.test.ts`,
    "twin: without the bound everything is handed over, and nothing of it arrives",
  ),
  proof(
    "F15",
    `${faults}/twins.long.test.ts`,
    "F15: twin: without a bound in flight it is older with every tick",
  ),
  proof("F16", `${faults}/half-open.test.ts`, "F16: twin: without the time of silence they are held"),
  proof(
    "F17",
    "packages/transport-ws/src/reset.test.ts",
    "the process lives on; its twin without the listener on the socket dies",
  ),
  proof(
    "F18",
    `${faults}/network.test.ts`,
    "F18: twin: a session that may take its time stays, however mute",
  ),
  proof(
    "F20",
    `${faults}/twins.long.test.ts`,
    "F20: twin: a client that begins anew when it wakes passes off the hole as continuous",
  ),
  proof("F21", `${faults}/twins.test.ts`, "twin: are lost to who takes each segment for a message"),
  proof(
    "F22",
    `${faults}/network.test.ts`,
    "twin: without a heartbeat it cuts; the client resumes and has everything",
  ),
  proof("F26", redis, "would not be noticed without deadlines"),
  proof("F28", redis, "would take the trimmed stream for whole without `prev`"),
  proof("F29", redis, "would double a batch whose id Redis makes"),
  proof("F37", `${faults}/twins.test.ts`, "twin: ends everybody's where deadlines are read off it"),
  proof(
    "F37",
    `${feed}/ticker.test.ts`,
    "would name ticks twice after it if they were read off the wall clock at each interval",
  ),
  proof(
    "F38",
    "packages/core/src/clock.test.ts",
    "twin: given to the system's timers as it is it ends at once",
  ),
];

/** Rows that have none, and why: there is nothing of metricast that could be off. */
export const withoutTwin: ReadonlyMap<string, string> = new Map([]);

/** Rows that are still looked at: they become one or the other. */
export const undecided: ReadonlySet<string> = new Set(
  [19, 23, 24, 25, 27, 30, 31, 32, 33, 34, 35, 36].map((number) => `F${number}`),
);
