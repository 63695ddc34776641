import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { HttpHost, openPeer, RecordingAcceptor, until } from "@metricast/testkit";
import { expect, test } from "vitest";
import { attachWs } from "./index.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

test("an open connection does not keep its upgrade request alive", async () => {
  const host = await HttpHost.start();
  const acceptor = new RecordingAcceptor();
  attachWs(host.server, acceptor, { path: "/metricast" });
  const requests: WeakRef<object>[] = [];
  const { emit } = host.server;
  Reflect.set(host.server, "emit", (event: string, ...args: unknown[]) => {
    const [first] = args;
    if (event === "upgrade" && typeof first === "object" && first !== null) requests.push(new WeakRef(first));
    return Reflect.apply(emit, host.server, [event, ...args]);
  });

  const peers = await Promise.all(Array.from({ length: 10 }, () => openPeer(host.ws("/metricast"))));
  expect(requests).toHaveLength(10);
  await until(
    () => {
      collectGarbage();
      // The newest request may still be in a register or in Node's list of free parsers.
      return requests.filter((request) => request.deref() !== undefined).length <= 1;
    },
    5_000,
    "requests are collected",
  );
  expect(acceptor.open).toHaveLength(10);

  for (const peer of peers) peer.destroy();
  await host.close();
});
