import type { ProxyProgram } from "./proxy-program.js";

/** nginx as its manual sets it up before WebSockets; timeouts and buffering are its defaults. */
export const nginx: ProxyProgram = {
  name: "nginx",
  install: "nginx",
  command: (folder) => ["/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", "nginx.conf"],
  config: ({ from, to }) => [
    "nginx.conf",
    `daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      close;
  }
  server {
    listen 127.0.0.1:${from};
    location / {
      proxy_pass http://127.0.0.1:${to};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`,
  ],
};
