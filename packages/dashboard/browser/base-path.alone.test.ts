import { request as ask, createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, vi } from "vitest";
import { untilDrawn, untilState } from "./charts.js";
import { newPage, quiet } from "./chromium.js";
import { watching } from "./stage.js";

/** A proxy that moves everything below a prefix, as nginx does with `location /prefix/ { proxy_pass http://app/; }`. */
function stripping(prefix: string, port: number): Promise<Server> {
  const target = (url = "") => (url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : "/outside");
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const onward = ask({ port, host: "127.0.0.1", method, headers, path: target(url) }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on("upgrade", ({ method, url, rawHeaders }, socket, head) => {
    const onward = connect(port, "127.0.0.1");
    const lines = [`${method} ${target(url)} HTTP/1.1`];
    for (let at = 0; at + 1 < rawHeaders.length; at += 2)
      lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
    onward.write(`${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on("error", () => end.destroy());
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

vi.setConfig({ testTimeout: 60_000 });

const test = watching({ path: "/inner/live" }).extend(
  "proxy",
  { scope: "file" },
  async ({ service }, { onCleanup }) => {
    const proxy = await stripping("/ops/shop", service.port);
    onCleanup(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    return proxy;
  },
);

test.for(["/ops/shop/inner/live/", "/ops/shop/inner/live"])(
  "behind a proxy that strips a prefix, at %s",
  async (path, { browser, service, proxy }) => {
    const { page, complaints } = await newPage(browser);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    page.on("websocket", (socket) => asked.push(new URL(socket.url()).pathname));
    const { port } = proxy.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}${path}?token=${service.cast.startToken}`);
    await untilState(page, "live");
    await untilDrawn(page, "a_ticks", 3);
    expect(asked.filter((path) => !path.startsWith("/ops/shop/inner/live"))).toEqual([]);
    expect(complaints).toEqual(quiet);
    await page.context().close();
  },
);
