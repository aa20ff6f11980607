// A proxy on loopback between page and spider: what it gets from spider it gives on, but it may ask
// under another name, and it may hold a search in the middle of its answer.

import { createServer, request } from "node:http";

// `hold`: of a search only what comes up to its first progress is given on, before release().
// `host`: the name that questions of the API are asked under.
export async function startProxy(spider) {
  const target = new URL(spider.url);
  const proxy = { hold: false, host: target.host, url: "", release: () => undefined };
  const server = createServer((asked, answer) => {
    const api = asked.url.startsWith("/api/");
    const headers = { ...asked.headers, host: api ? proxy.host : target.host };
    const up = request(new URL(asked.url, target), { method: asked.method, headers }, (from) => {
      answer.writeHead(from.statusCode, from.headers);
      if (!proxy.hold || !asked.url.startsWith("/api/v1/search")) {
        from.pipe(answer);
        return;
      }
      let held = "";
      let holding = false;
      let ended = false;
      from.setEncoding("utf8");
      from.on("data", (text) => {
        held += text;
        const end = holding ? -1 : held.indexOf("\n", Math.max(0, held.indexOf('{"progress"')));
        if (holding || !held.includes('{"progress"') || end < 0) return;
        answer.write(held.slice(0, end + 1));
        held = held.slice(end + 1);
        holding = true;
      });
      from.on("end", () => (ended = true));
      proxy.release = () => {
        answer.write(held);
        held = "";
        if (ended) answer.end();
        else from.pipe(answer);
      };
    });
    up.on("error", () => answer.destroy());
    answer.on("close", () => up.destroy());
    asked.pipe(up);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  proxy.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return proxy;
}
