import type { ProxyProgram } from "./proxy-program.js";

/** HAProxy with the timeouts that Debian's package comes with, and none for tunnels. */
export const haproxy: ProxyProgram = {
  name: "haproxy",
  install: "haproxy",
  command: (folder) => ["/usr/sbin/haproxy", "-db", "-f", `${folder}/haproxy.cfg`],
  config: ({ from, to }) => [
    "haproxy.cfg",
    `global
  maxconn 1000
defaults
  mode http
  option forwardfor
  timeout connect 5000
  timeout client 50000
  timeout server 50000
frontend clients
  bind 127.0.0.1:${from}
  default_backend service
backend service
  server one 127.0.0.1:${to}
`,
  ],
};
