import { isDeepStrictEqual } from "node:util";
import { seriesKey, until, type WireView } from "@metricast/testkit";
import { type Subprotocol, targets } from "./arm-spec.js";
import { ProbeClient } from "./probe-client.js";
import type { RunningArm } from "./running-arm.js";

const checkedTicks = 3;
const deadlineMs = 10_000;

/** Some ticks whose content is compared with the server's own values; rejects at the first difference. */
export async function checkContent(arm: RunningArm): Promise<void> {
  const { arm: name } = arm.spec;
  if (name === "metricast") return await checkFrames(arm);
  for (let tick = 0; tick < checkedTicks; tick += 1) {
    await arm.burst(0);
    const sample = (await arm.clients.sample()).toString();
    // The limit sends the same frame always.
    if (name === "c-write") continue;
    const { kind } = targets[name];
    const text =
      kind === "socketio" ? sample.slice(2) : kind === "sse" ? sample.replace(/^data: /, "") : sample;
    const parsed: unknown = JSON.parse(text);
    const content: unknown = kind === "socketio" && Array.isArray(parsed) ? parsed[1] : parsed;
    if (!isDeepStrictEqual(content, await arm.ask("truth")))
      throw new Error(`${arm.spec.label}: other values`);
  }
}

/** A client that decodes joins the others: it must have the server's values, and the others the bytes that it had. */
async function checkFrames(arm: RunningArm): Promise<void> {
  const { protocol = "metricast.v1.json", selects = [["*"]] } = arm.spec;
  const probe = await ProbeClient.open(urlOf(arm.hostPort), protocol);
  try {
    const views = await probe.watch(selects);
    for (let tick = 0; tick < checkedTicks; tick += 1) {
      const heads = views.map((view) => view.frames.length);
      await arm.burst(0);
      const haveMore = () => views.every((view, at) => view.frames.length > (heads[at] ?? 0));
      await until(haveMore, deadlineMs, "the probe's frame");
      if (!probe.lastFrame.equals(await arm.clients.sample()))
        throw new Error("the load client got other bytes than the probe");
      compareValues(views, await arm.ask("truth"));
    }
  } finally {
    probe.close();
  }
}

/** The number that a view of everything has for all sessions. */
export async function viewNumber(port: number, protocol: Subprotocol = "metricast.v1.json"): Promise<number> {
  const probe = await ProbeClient.open(urlOf(port), protocol);
  const [view] = await probe.watch([["*"]]);
  probe.close();
  if (view === undefined) throw new Error("no view");
  return view.number;
}

const urlOf = (port: number) => `ws://127.0.0.1:${port}${targets.metricast.path}`;

function compareValues(views: readonly WireView[], truth: Readonly<Record<string, unknown>>): void {
  const { metrics } = truth;
  if (typeof metrics !== "object" || metrics === null) throw new Error("the server told no values");
  const expected = new Map(Object.entries(metrics).map(([name, value]) => [canonical(name), value]));
  for (const view of views) {
    if (view.faults.length > 0) throw new Error(view.faults.join("; "));
    for (const { info, slots } of view.series) {
      const key = seriesKey(info);
      if (!Object.is(slots?.[0], expected.get(key)))
        throw new Error(`${key} is ${slots?.[0]}, not ${expected.get(key)}`);
      expected.delete(key);
    }
  }
  if (expected.size > 0) throw new Error(`${expected.size} series did not arrive`);
}

/** Labels by name, as `seriesKey` has them. */
function canonical(flat: string): string {
  const [, name = "", inner = ""] = /^([^{]*)\{(.*)\}$/.exec(flat) ?? [];
  return `${name}{${inner.split(",").sort().join(",")}}`;
}
