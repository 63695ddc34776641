import { type Proof, proof } from "./proof.js";

const behaviour = "packages/metricast/src/behaviour";
const feed = "packages/core/src/feed";
const faults = "packages/metricast/src/rows/faults";
const store = "packages/store-redis/src";
const redis = `${store}/faults.alone.test.ts`;

/** Of each row of faults the same with the protection off. Their titles say so: see evidence.ts. */
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
    "twin: as JSON writes it some takes the whole tick along, and NaN becomes null",
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
    "F19",
    `${faults}/storm.long.test.ts`,
    "F19: twin: streams that piled up hold the loop for far longer where each begins as it is read",
  ),
  proof(
    "F20",
    `${faults}/twins.long.test.ts`,
    "F20: twin: a client that begins anew when it wakes passes off the hole as continuous",
  ),
  proof("F21", `${faults}/twins.test.ts`, "twin: hears nothing where every byte is in a segment of its own"),
  proof(
    "F22",
    `${faults}/network.test.ts`,
    "twin: without a heartbeat it cuts; the client resumes and has everything",
  ),
  proof(
    "F23",
    `${store}/twins.test.ts`,
    "F23: twin: a client that waits by itself answers nobody and holds whatever is written",
  ),
  proof(
    "F24",
    `${store}/twins.test.ts`,
    "F24: twin: a reader that goes by the order alone takes what came back for whole",
  ),
  proof("F25", `${store}/twins.test.ts`, "F25: twin: without deadlines nobody notices that it was stopped"),
  proof("F26", redis, "would not be noticed without deadlines"),
  proof(
    "F27",
    `${store}/twins.test.ts`,
    "twin: keeps who stays where it is refused, and the new master has nothing of it",
  ),
  proof("F28", redis, "would take the trimmed stream for whole without `prev`"),
  proof("F29", redis, "would double a batch whose id Redis makes"),
  proof("F30", redis, "would be told nothing without `prev`"),
  proof(
    "F31",
    `${store}/twins.test.ts`,
    "twin: without the wait between attempts it is asked again and again",
  ),
  proof(
    "F32",
    `${store}/twins.test.ts`,
    "F32: twin: an error that is logged as it comes has the password in it",
  ),
  proof("F33", `${store}/twins.test.ts`, "F33: twin: who waits for each batch waits for a round trip each"),
  proof("F34", `${store}/cluster.alone.test.ts`, "F34: twin: without a hash tag nothing can be written"),
  proof("F35", `${store}/twins.test.ts`, "twin: would, if they counted in one epoch"),
  proof("F36", `${store}/untrusted.test.ts`, "F36: twin: of who is trusted unseen everything is taken"),
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
