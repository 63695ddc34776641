import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { metricast } from "metricast";
import { disks } from "./disks.js";
import { cpuTimes, loadRatio, memory } from "./machine.js";

const cast = metricast({ intervalMs: 1_000, sources: [memory, cpuTimes, disks(["/", tmpdir()])] });

// Sources may come and go while metricast runs, and values may be pushed instead of read.
cast.addSource({
  name: "load",
  read: () => [{ name: "machine_load_ratio", value: loadRatio(), unit: "ratio" }],
});
const requests = cast.counter("page_requests_total", { labels: ["page"], help: "Requests by page." });
const length = cast.histogram("page_path_length", {
  bounds: [2, 8, 32, 128],
  help: "Characters of the path.",
});

const handle = cast.handler();
const server = createServer((request, response) => {
  handle(request, response, () => {
    const path = request.url ?? "/";
    requests.inc(1, { page: path === "/" ? "home" : "other" });
    length.observe(path.length);
    if (path.length > 128) cast.event("long_path", { length: path.length });
    response.end("hello\n");
  });
});
cast.attach(server);
cast.on("error", (error) => console.error(error.message));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`metricast: ${cast.url}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    server.close();
    server.closeAllConnections();
  });
}
