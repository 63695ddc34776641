import { type Proof, proof } from "./proof.js";
import { twins } from "./twins.js";

const behaviour = "packages/metricast/src/behaviour";
const feed = "packages/core/src/feed";

/** Tests that stand for rows which their titles do not begin with. */
export const proofs: readonly Proof[] = [
  proof("F4", `${behaviour}/close.test.ts`, "close({ drainMs })"),
  proof("F4", `${behaviour}/process-end.test.ts`, "without it just ends"),
  proof("F5", `${behaviour}/process-end.test.ts`, "nothing of metricast keeps a process alive"),
  proof(
    "F5",
    `${behaviour}/close.test.ts`,
    "gives everything back: timers, descriptors, listeners; the host's server goes on",
  ),
  proof("F6", "packages/transport-ws/src/neighbours.test.ts", "upgrades that are nobody's"),
  proof(
    "F6",
    "packages/transport-ws/src/neighbours.test.ts",
    "beside socket.io and a WebSocketServer at once, all three work",
  ),
  proof("F7", `${behaviour}/process-end.test.ts`, "a process that crashes"),
  proof("F9", `${feed}/source-faults.test.ts`, "a source that fails"),
  proof(
    "F9",
    `${behaviour}/bad-sources.test.ts`,
    "keeps its last value, marked stale, is reported once a minute, and recovers",
  ),
  proof("F10", `${feed}/source-faults.test.ts`, "a source that never settles"),
  proof(
    "F10",
    `${behaviour}/bad-sources.test.ts`,
    "a source that hangs is not called again while it does, and its late answer counts in the next tick",
  ),
  proof(
    "F11",
    `${behaviour}/bad-sources.test.ts`,
    "what is no number is dropped, counted and reported; the rest of the batch stands",
  ),
  proof("F11", `${feed}/garbage.test.ts`, "garbage"),
  proof("F12", `${feed}/cardinality.test.ts`, "a million label sets"),
  proof("F12", `${behaviour}/bad-sources.test.ts`, "a million label sets end in an overflow series"),
  proof("F13", `${behaviour}/host-safety.test.ts`, "a listener of the host that fails"),
  proof("F13", `${behaviour}/host-safety.test.ts`, "a hook of the host that fails"),
  proof("F14", `${behaviour}/stalled-reader.test.ts`, "a reader that stops reading"),
  proof("F16", `${behaviour}/dead-peers.test.ts`, "a peer that is gone without a word"),
  proof(
    "F22",
    `${behaviour}/dead-peers.test.ts`,
    "a peer that says nothing is pinged every 10 s, and stays as long as it answers",
  ),
  proof(
    "F37",
    `${feed}/ticker.test.ts`,
    "goes on ascending after a step back, never naming a tick twice, until time has caught up",
  ),
  proof(
    "F37",
    "packages/core/src/sessions/token-bucket.test.ts",
    "stays in [0, burst] whatever the clock does",
  ),
  proof(
    "B50",
    "packages/dashboard/browser/hostile-text.alone.test.ts",
    "names, labels, help, sources and events full of markup are text, whatever is opened",
  ),
  proof(
    "B51",
    "packages/dashboard/browser/many-series.alone.test.ts",
    "200 charts of 2,000 series at one a second: no task over 50 ms once they stand, whichever are looked at",
  ),
  proof(
    "B52",
    "packages/dashboard/src/page.test.ts",
    "comes with a policy under which nothing foreign and nothing inline runs",
  ),
  ...twins,
];
