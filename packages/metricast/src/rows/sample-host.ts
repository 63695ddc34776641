import { ChildScript } from "@metricast/testkit";
import { onTestFinished } from "vitest";

/** Who moves in beside a host's own routes. */
export type Guest = "metricast" | "nobody" | "a handler that swallows" | "one that computes";

const guests: Readonly<Record<Guest, string>> = {
  metricast: `
    const { metricast } = await import("metricast");
    const cast = metricast({
      intervalMs: 100, public: true, dashboard: false, shed: false, maxClients: 1_000,
      maxClientsPerAddress: 1_000, acceptBurstPerAddress: 1_000,
    }).attach(server);
    globalThis.moveOut = () => cast.close();
  `,
  nobody: "",
  // What no library may do: it turns crashes into exit code 0.
  "a handler that swallows": `process.on("uncaughtException", () => process.exit(0)); process.on("SIGTERM", () => {});`,
  "one that computes": `
    setInterval(() => {
      const endMs = performance.now() + 150;
      while (performance.now() < endMs);
    }, 500);
  `,
};

/** A host with routes of its own; `guest` moves in before it listens. */
export async function hostWith(guest: Guest): Promise<{ child: ChildScript; port: number }> {
  const child = ChildScript.run(`
    import { createServer } from "node:http";
    import { createInterface } from "node:readline";
    const server = createServer((request, response) => {
      if (request.url === "/slow") return void setTimeout(() => response.end("late"), 20);
      if (request.url === "/echo") return void request.pipe(response);
      if (request.url.startsWith("/missing")) response.statusCode = 404;
      response.setHeader("X-Host", "sample");
      response.end(request.method + " " + request.url + " " + JSON.stringify(request.rawHeaders));
    });
    server.on("upgrade", (request, socket) => {
      if (request.url === "/own") socket.end("HTTP/1.1 418 Own\\r\\nConnection: close\\r\\nContent-Length: 0\\r\\n\\r\\n");
    });
    ${guests[guest]}
    const count = (emitter, names) => Object.fromEntries(names.map((name) => [name, emitter.listenerCount(name)]));
    const commands = {
      listeners: () => console.log("listeners " + JSON.stringify([
        count(process, ["uncaughtException", "uncaughtExceptionMonitor", "unhandledRejection", "rejectionHandled", "warning",
          "exit", "beforeExit", "SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2", "message", "disconnect"]),
        count(server, ["request", "upgrade", "connection", "error", "close", "clientError", "listening", "checkContinue", "connect"]),
      ])),
      end: async () => {
        await globalThis.moveOut?.();
        commands.listeners();
      },
      throw: () => setTimeout(function theMistake() { throw new Error("all is lost"); }),
      reject: () => void Promise.reject(new Error("all is lost")),
    };
    createInterface({ input: process.stdin }).on("line", (line) => commands[line]());
    server.listen(0, "127.0.0.1", () => console.log("port " + server.address().port));
  `);
  onTestFinished(() => child.kill());
  return { child, port: Number(await child.says("port ", 60_000)) };
}
