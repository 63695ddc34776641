import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { HttpHost } from "./http-host.js";
import { allGivenBack, leftovers, resources } from "./resources.js";

describe("resources", () => {
  test("show an open socket and a listener, and their end", async () => {
    const host = await HttpHost.start();
    const emitter = new EventEmitter();
    const before = resources({ emitter });
    const socket = connect(host.port, "127.0.0.1");
    await once(socket, "connect");
    const listener = () => {};
    emitter.on("change", listener);
    const left = leftovers(before, resources({ emitter }));
    expect(left).toContain("emitter.change: 0 -> 1");
    expect(left.some((line) => line.startsWith("TCP"))).toBe(true);
    await expect(allGivenBack(before, { emitter }, { deadlineMs: 20 })).rejects.toThrow("emitter.change");
    socket.destroy();
    emitter.off("change", listener);
    await allGivenBack(before, { emitter });
    await host.close();
  });
});
