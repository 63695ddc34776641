import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import {
  allGivenBack,
  HttpHost,
  openPeer,
  RecordingAcceptor,
  resources,
  until,
  upgradeRequest,
} from "@metricast/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { attachWs } from "./index.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe("F17 resets while an upgrade is being decided", () => {
  test("200 at random points leave no socket and no uncaught error", async () => {
    const host = await HttpHost.start();
    cleanups.push(() => host.close());
    const acceptor = new RecordingAcceptor({ admitMs: 5 });
    attachWs(host.server, acceptor, { path: "/metricast" });
    const uncaught: unknown[] = [];
    const note = (error: unknown) => uncaught.push(error);
    process.on("uncaughtExceptionMonitor", note);
    cleanups.push(() => process.off("uncaughtExceptionMonitor", note));
    const before = resources({ server: host.server });

    await Promise.all(Array.from({ length: 200 }, () => resetSomewhere(host)));
    await until(() => acceptor.admissions === acceptor.handshakes.length);
    await until(() => acceptor.open.length === 0);
    await allGivenBack(before, { server: host.server });

    expect(uncaught).toEqual([]);
    expect(acceptor.handshakes.length).toBeGreaterThan(50);
    (await openPeer(host.ws("/metricast"))).destroy();
    await until(() => acceptor.open.length === 0);
  });

  test("the process lives on; its twin without the listener on the socket dies", async () => {
    expect(await outcomeOfReset({ listeners: "kept" })).toBe("alive");
    expect(await outcomeOfReset({ listeners: "removed" })).toBe("dead");
    // Two processes are started.
  }, 60_000);
});

async function resetSomewhere(host: HttpHost): Promise<void> {
  const request = upgradeRequest(host.ws("/metricast"));
  const socket = connect(host.port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  const whole = Math.random() < 0.7;
  socket.write(whole ? request : request.slice(0, Math.floor(Math.random() * request.length)));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 12));
  socket.resetAndDestroy();
}

/** A host of its own, whose admission says so and then waits. */
function hostScript(listeners: "kept" | "removed"): string {
  return `
    import { createServer } from "node:http";
    import { attachWs } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    const server = createServer((req, res) => res.end("alive"));
    const sockets = new Set();
    server.on("connection", (socket) => sockets.add(socket));
    const admit = async () => {
      console.log("deciding");
      if (${listeners === "removed"}) for (const socket of sockets) socket.removeAllListeners("error");
      await new Promise((resolve) => setTimeout(resolve, 200));
      console.log("decided");
      return { accepted: true, protocol: "", ticket: {} };
    };
    attachWs(server, { maxFrameBytes: 1000, admit, accept: () => ({}) }, { path: "/metricast" });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  `;
}

async function outcomeOfReset({ listeners }: { listeners: "kept" | "removed" }): Promise<string> {
  const flags = ["--conditions=metricast-src", "--import", "tsx", "--input-type=module", "-e"];
  const child = spawn(process.execPath, [...flags, hostScript(listeners)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  cleanups.push(async () => {
    child.kill();
    await exited;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(upgradeRequest(`ws://127.0.0.1:${port}/metricast`));
  await lines.next();
  socket.resetAndDestroy();
  const { value } = await lines.next();
  if (value !== "decided") return (await exited)[0] === 0 ? "ended" : "dead";
  return await (await fetch(`http://127.0.0.1:${port}/`)).text();
}
