import { beforeAll, describe, expect, test } from "vitest";
import { ModelledService } from "./model/modelled-service.js";
import { ReferenceClient } from "./reference-client.js";
import { EventsWatch, MetricsWatch } from "./reference-watch.js";

/** What a server said to one client: a join with history, and some ticks. */
let said: readonly string[] = [];

beforeAll(async () => {
  const wish = { item: { sinceMs: 60_000 }, selects: () => true };
  const service = new ModelledService({}, [wish], 5);
  await service.start();
  await service.tick(15);
  const [client] = service.clients;
  await client?.connect(service.cast.acceptor);
  await service.settle();
  service.host.toggle(1);
  await service.tick(10);
  expect(service.faults()).toEqual([]);
  // Answers to what the modelled client asked besides are not awaited here.
  const texts = (client?.sent ?? []).map(({ bytes }) => Buffer.from(bytes).toString());
  said = texts.filter((text) => !text.includes('"pong"'));
  await service.close();
});

function faultsOf(texts: readonly string[]): string[] {
  const client = new ReferenceClient();
  const metrics = new MetricsWatch({ channel: "metrics", sinceMs: 60_000 });
  client.subscribe([metrics, new EventsWatch({ channel: "events" })]);
  for (const text of texts) client.take(text);
  return client.allFaults;
}

/** Places of the messages of a kind, but for the last one: what follows shows that something is wrong. */
function placesOf(mark: string): number[] {
  return [...said.keys()].filter((place) => said[place]?.includes(mark)).slice(0, -1);
}

const chain = '"prev":';

describe("a strict client", () => {
  test("takes what a server says", () => {
    expect(placesOf(chain).length).toBeGreaterThan(5);
    expect(said.filter((text) => text.includes('"type":"block"'))).not.toEqual([]);
    expect(faultsOf(said)).toEqual([]);
  });

  test("notices a frame that is missing, doubled or out of order", () => {
    for (const place of placesOf(chain)) {
      const frame = said[place] ?? "";
      expect(faultsOf(said.toSpliced(place, 1))).not.toEqual([]);
      expect(faultsOf(said.toSpliced(place, 0, frame))).not.toEqual([]);
      expect(faultsOf(said.toSpliced(place, 2, said[place + 1] ?? "", frame))).not.toEqual([]);
    }
  });

  test("notices an entry of the dictionary that is missing or doubled", () => {
    const place = said.findIndex((text) => text.includes(chain) && text.includes('"series":'));
    const frame = JSON.parse(said[place] ?? "");
    const { series, ...without } = frame;
    expect(faultsOf(said.with(place, JSON.stringify(without)))).not.toEqual([]);
    const doubled = { ...frame, series: [...series, ...series] };
    expect(faultsOf(said.with(place, JSON.stringify(doubled)))).not.toEqual([]);
  });

  test("notices a block that comes twice, of another range or another generation", () => {
    const place = said.findIndex((text) => text.includes('"type":"block"'));
    const block = JSON.parse(said[place] ?? "");
    for (const wrong of [{ generation: 7 }, { from: block.from - 1 }, { to: block.to + 1 }, { step: 2 }]) {
      expect(faultsOf(said.with(place, JSON.stringify({ ...block, ...wrong })))).not.toEqual([]);
    }
    expect(faultsOf(said.toSpliced(place, 0, said[place] ?? ""))).not.toEqual([]);
  });

  test("notices a keyframe that leaves out ticks, and words that nobody asked for", () => {
    const at = said.findIndex((text) => text.includes('"generation":') && text.includes('"frame"'));
    const keyframe = said[at] ?? "";
    const { tick } = JSON.parse(keyframe);
    const later = keyframe.replaceAll(String(tick), String(tick + 20));
    expect(faultsOf([...said, later])).not.toEqual([]);
    expect(faultsOf([...said, '{"type":"pong","id":9,"serverTimeMs":0}'])).not.toEqual([]);
    expect(faultsOf([...said, '{"type":"error","code":"nonsense","temporary":false}'])).not.toEqual([]);
    expect(faultsOf([...said, '{"type":"bye","code":4999,"reason":"x"}'])).not.toEqual([]);
  });
});
