// Servers on loopback that speak what is no HTTP/1: HTTP/2 with prior knowledge, and TLS. Each of
// their calls is a connection of its own, which has ended when it returns.

import { connect as connectHttp2, createServer as createHttp2 } from "node:http2";
import { once } from "node:events";
import { connect as connectTls, createServer as createTls } from "node:tls";

const listening = async (server) => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server.address().port;
};

export async function startHttp2(text) {
  const server = createHttp2((_, answer) => answer.end(text));
  const port = await listening(server);
  const call = async (path) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": path });
    let got = "";
    stream.setEncoding("utf8").on("data", (part) => (got += part));
    await once(stream, "close");
    session.close();
    await once(session, "close");
    return got;
  };
  return { port, call, stop: () => server.close() };
}

// With a shared key, which needs no certificate.
const kKey = Buffer.from("0123456789abcdef0123456789abcdef");
const kTls = { ciphers: "PSK", minVersion: "TLSv1.2", maxVersion: "TLSv1.2" };

export async function startTls(text) {
  const server = createTls({ ...kTls, pskCallback: () => kKey }, (socket) => {
    socket.once("data", () => socket.end(text));
    socket.on("error", () => undefined);
  });
  const port = await listening(server);
  const call = async (said) => {
    const socket = connectTls({
      ...kTls,
      port,
      host: "127.0.0.1",
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: kKey, identity: "test" }),
    });
    let got = "";
    socket.setEncoding("utf8").on("data", (part) => (got += part));
    socket.write(said);
    await once(socket, "close");
    return got;
  };
  return { port, call, stop: () => server.close() };
}
