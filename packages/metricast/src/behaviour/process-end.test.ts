import { ChildScript, until, WireClient } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

/** A service in a process of its own; says where it is reached. `rest` is what its author did besides. */
function service(rest: string): ChildScript {
  const child = ChildScript.run(`
    import { createServer } from "node:http";
    import { metricast } from "metricast";
    const cast = metricast({ intervalMs: 100, public: true });
    const server = createServer().listen(0, "127.0.0.1", () => {
      cast.attach(server);
      console.log("port " + server.address().port);
    });
    const commands = {};
    process.stdin.on("data", (line) => commands[String(line).trim()]?.());
    process.stdin.unref?.();
    ${rest}
  `);
  onTestFinished(() => child.kill());
  return child;
}

async function connect(child: ChildScript): Promise<WireClient> {
  const client = await WireClient.open(`ws://127.0.0.1:${await child.says("port ")}/metricast/`);
  onTestFinished(() => client.peer.destroy());
  const view = await client.watch();
  await until(() => (view.frames.length ?? 0) > 2);
  return client;
}

const crash = `commands.crash = () => { (function theMistake() { throw new Error("all is lost"); })(); };`;

describe("a process that crashes", () => {
  test("ends as it would without: exit code 1 and the same stack; clients are told when the host opted in", async () => {
    const [silent, telling] = [service(crash), service(`${crash} cast.notifyClientsOnCrash(process);`)];
    const [unaware, told] = [await connect(silent), await connect(telling)];
    silent.say("crash");
    telling.say("crash");
    expect([await silent.ended(), await telling.ended()]).toEqual([
      { code: 1, signal: null },
      { code: 1, signal: null },
    ]);
    // Of the script itself, in which they differ, columns and all.
    const stack = (text: string) => text.slice(text.indexOf("Error:")).replaceAll(/\(?file:.*|\[eval.*/g, "");
    expect(stack(telling.stderr)).toEqual(stack(silent.stderr));
    expect(telling.stderr).toContain("Error: all is lost");
    await until(() => unaware.peer.ended && told.peer.ended);
    expect(unaware.of("error")).toEqual([]);
    expect(told.of("error")).toEqual([{ type: "error", code: "system_error", temporary: true }]);
  });

  test("an undone notice is none", async () => {
    const child = service(`${crash} cast.notifyClientsOnCrash(process)();`);
    const client = await connect(child);
    child.say("crash");
    expect(await child.ended()).toEqual({ code: 1, signal: null });
    await until(() => client.peer.ended);
    expect(client.of("error")).toEqual([]);
  });
});

describe("a process that is told to end", () => {
  test("with closeOnSignals sends clients away, then ends by the same signal: 143 to a shell", async () => {
    const child = service(`cast.closeOnSignals(process, ["SIGTERM"], { drainMs: 100 });`);
    const client = await connect(child);
    child.signal("SIGTERM");
    expect(await client.closed()).toBe(1012);
    expect(client.of("bye")).toMatchObject([{ code: 1012, reconnectAfterMs: expect.any(Number) }]);
    expect(await child.ended()).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("without it just ends", async () => {
    const child = service("");
    const client = await connect(child);
    child.signal("SIGTERM");
    expect(await child.ended()).toEqual({ code: null, signal: "SIGTERM" });
    expect(await client.closed()).toBe(1006);
  });
});

/** How long a process lives on after its own work has ended. */
const afterlife = `
  const ended = performance.now();
  process.on("exit", () => console.log("afterlife " + Math.round(performance.now() - ended)));
`;

describe("nothing of metricast keeps a process alive", () => {
  test("without close(), once the host's own server is closed", async () => {
    const child = service(`
      commands.end = () => { ${afterlife} process.stdin.destroy(); server.close(); server.closeAllConnections(); };
    `);
    const client = await connect(child);
    client.peer.close(1000);
    await until(() => client.peer.ended);
    child.say("end");
    expect(Number(await child.says("afterlife "))).toBeLessThan(1_000);
    expect(await child.ended()).toEqual({ code: 0, signal: null });
  });

  test("without a server at all", async () => {
    const child = ChildScript.run(`
      import { metricast } from "metricast";
      metricast({ intervalMs: 100 });
      ${afterlife}
    `);
    onTestFinished(() => child.kill());
    expect(Number(await child.says("afterlife "))).toBeLessThan(1_000);
    expect(await child.ended()).toEqual({ code: 0, signal: null });
  });

  test("twin: with timers that hold it, it lives on", async () => {
    const child = ChildScript.run(`
      import { metricast } from "metricast";
      const after = (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      };
      const soon = (run) => after(0, run);
      metricast({ intervalMs: 100, clock: { dateMs: Date.now, monotonicMs: () => performance.now(), after, soon } });
      setTimeout(() => console.log("a second later"), 1_000);
    `);
    onTestFinished(() => child.kill());
    await child.says("a second later");
    await expect(child.ended(500)).rejects.toThrow("the process ends");
  });

  test.each([
    ["that answer the close", true],
    ["that do not", false],
  ])("after close(), with clients %s", async (_, answersClose) => {
    const child = service(`
      commands.end = async () => {
        process.stdin.destroy();
        await cast.close();
        server.close();
        ${afterlife}
      };
    `);
    const clients = [await connect(child), await connect(child)];
    for (const { peer } of clients) peer.answersClose = answersClose;
    child.say("end");
    for (const client of clients) expect(await client.closed()).toBe(1012);
    expect(Number(await child.says("afterlife ", 40_000))).toBeLessThan(1_000);
    expect(await child.ended()).toEqual({ code: 0, signal: null });
  });
});
