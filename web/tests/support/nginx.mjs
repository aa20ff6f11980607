// nginx on a free loopback port, with a folder, a configuration and a life of its own.

import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, temporaryFolder, until } from "./spider.mjs";

export async function startNginx(files) {
  const temporary = temporaryFolder("nginx");
  const { folder } = temporary;
  const port = await freePort();
  mkdirSync(join(folder, "www"));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, "www", name), content);
  }
  const config = `
daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off;
  types { application/json json; text/html html; image/png png; text/plain txt; }
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/www;
    location /fail { return 503 "overloaded\\n"; }
    location /hello { add_header X-Flavour "live"; }
  }
}`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const binary = process.env["SPIDER_NGINX"] ?? "/usr/sbin/nginx";
  const child = spawn(binary, ["-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")]);
  let output = "";
  child.stderr.on("data", (data) => (output += data));
  let ended = false;
  child.once("exit", () => (ended = true));
  const url = `http://127.0.0.1:${port}`;
  const up = async () => {
    if (ended) throw new Error(`nginx ended: ${output}`);
    return (await fetch(`${url}/fail`)).status === 503;
  };
  await until("nginx answers", up);
  const stop = async () => {
    child.kill("SIGTERM");
    await until("nginx ends", () => ended, 5_000).catch(() => child.kill("SIGKILL"));
    temporary.remove();
  };
  return { url, port, stop };
}
