// One captured request as a curl command, as a fetch call, and the exchange as a HAR entry. Exact:
// what cannot be said in the form is told in a comment before it, never dropped silently. Pure.

import type { CommunicationDetail, Header, Message } from "../api/types";
import { wireText } from "../api/types";
import { plural } from "../base/format";
import { cookiePairs, queryPairs, setCookie } from "../base/heads";
import { isPlainUtf8, printfCommand, shellWord } from "../base/shell";

export interface Bodies {
  readonly request: Uint8Array | null; // null: none, or not saved
  readonly response: Uint8Array | null;
}

// The wire's text is one code point per byte.
export const wireBytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);

const kToken = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const kInlineMax = 100_000; // a word of a command may have 128 KiB on Linux
export const kCopyMax = 2_000_000;

const lower = (header: Header): string => header.name.toLowerCase();

function hostOf(detail: CommunicationDetail): string {
  const ip = detail.server_ip.includes(":") ? `[${detail.server_ip}]` : detail.server_ip;
  return `${ip}${detail.server_port === 80 ? "" : `:${detail.server_port}`}`;
}

function nameOf(detail: CommunicationDetail): string {
  const host = wireText(detail.host ?? "");
  return /^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/.test(host)
    ? host
    : hostOf(detail);
}

export function urlOf(detail: CommunicationDetail): string {
  const target = detail.path ?? "/";
  if (/^https?:\/\//i.test(target)) return wireText(target);
  return `http://${nameOf(detail)}${target.startsWith("/") ? wireText(target) : "/"}`;
}

function remarks(detail: CommunicationDetail, request: Message, body: Uint8Array | null): string[] {
  const notes: string[] = [];
  if (request.body_bytes > 0 && body === null) notes.push("the body was not saved");
  else if (request.body_state === "capped") {
    const verb = request.saved_body_bytes === 1 ? "was" : "were";
    const first = plural(request.saved_body_bytes, "byte");
    notes.push(`only the first ${first} of the body ${verb} saved`);
  }
  if (request.missing_bytes > 0) notes.push("bytes of the request were never captured");
  if (body !== null && body.length > kCopyMax) notes.push("the body is too large to be copied");
  for (const header of request.headers) {
    if (header.no_colon === true || !kToken.test(header.name))
      notes.push(`left out, no valid header name: ${JSON.stringify(wireText(header.name))}`);
    else if (/[\0\r\n]/.test(header.value))
      notes.push(`left out, its value cannot be sent: ${header.name}`);
  }
  if (detail.path !== null && /\0/.test(detail.path)) notes.push("the target holds a NUL");
  return notes;
}

// curl's --request-target is sent as it stands; its URL is not always.
const kPlainTarget = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?[\]]*$/;

export function asCurl(detail: CommunicationDetail, body: Uint8Array | null): string {
  const { request } = detail;
  if (request === null) return "# the request was not captured\n";
  const notes = remarks(detail, request, body);
  const data = body !== null && body.length > 0 && body.length <= kCopyMax ? body : null;
  const words: string[] = ["curl --globoff --path-as-is"];
  const word = (text: string): string => shellWord(wireBytes(text)) ?? "''";
  if (detail.http_version === "1.0" || / HTTP\/1\.0$/.test(request.start_line))
    words.push("--http1.0");
  const method = detail.method ?? "GET";
  if (method === "HEAD") words.push("--head");
  else if (method !== (data === null ? "GET" : "POST")) words.push(`--request ${word(method)}`);

  const target = detail.path ?? "/";
  const absolute = /^https?:\/\//i.test(target);
  const plain = kPlainTarget.test(target);
  const url = plain ? `http://${nameOf(detail)}${target}` : `http://${nameOf(detail)}/`;
  if (!plain) words.push(`--request-target ${word(target)}`);
  if (absolute) notes.push("sent to a proxy; this goes to the server itself");

  const given = new Set(request.headers.map(lower));
  for (const header of request.headers) {
    const name = lower(header);
    if (header.no_colon === true || !kToken.test(header.name)) continue;
    if (/[\0\r\n]/.test(header.value)) continue;
    if (name === "content-length" && data !== null) continue;
    if (name === "host" && header.value === nameOf(detail)) continue;
    // An empty value is written with a semicolon; with a colon curl would take the header away.
    const text = header.value === "" ? `${header.name};` : `${header.name}: ${header.value}`;
    words.push(`--header ${word(text)}`);
  }
  // What curl would add by itself.
  for (const name of ["User-Agent", "Accept"])
    if (!given.has(name.toLowerCase())) words.push(`--header '${name}:'`);
  if (data !== null) {
    if (!given.has("content-type")) words.push("--header 'Content-Type:'");
    if (!given.has("expect")) words.push("--header 'Expect:'");
  }
  let before = "";
  if (data !== null) {
    const text = data.length <= kInlineMax && isPlainUtf8(data) ? shellWord(data) : null;
    if (text !== null) {
      words.push(`--data-raw ${text}`);
    } else {
      before = `${printfCommand(data)} |\n  `;
      words.push("--data-binary @-");
    }
  }
  words.push(word(url));
  const comments = notes.map((note) => `# ${note.replace(/[\r\n]/g, " ")}\n`).join("");
  return `${comments}${before}${words.join(" \\\n  ")}\n`;
}

// Names that a browser does not let a page set (fetch.spec.whatwg.org, forbidden request-header).
const kForbidden = new Set(
  (
    "accept-charset accept-encoding access-control-request-headers " +
    "access-control-request-method connection content-length cookie cookie2 date dnt expect host " +
    "keep-alive origin referer te trailer transfer-encoding upgrade via"
  ).split(" "),
);

const literal = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/g, (c) => {
    const code = c.charCodeAt(0);
    return code >= 0xd800 && code <= 0xdfff ? c : `\\u${code.toString(16).padStart(4, "0")}`;
  });

export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

export function asFetch(detail: CommunicationDetail, body: Uint8Array | null): string {
  const { request } = detail;
  if (request === null) return "// the request was not captured\n";
  const notes = remarks(detail, request, body);
  const data = body !== null && body.length > 0 && body.length <= kCopyMax ? body : null;
  const sent: string[] = [];
  const withheld: string[] = [];
  for (const header of request.headers) {
    const name = lower(header);
    if (header.no_colon === true || !kToken.test(header.name)) continue;
    if (/[\0\r\n]/.test(header.value)) continue;
    if (name === "content-length" || name === "host") continue;
    if (kForbidden.has(name) || /^(proxy|sec)-/.test(name)) withheld.push(header.name);
    sent.push(`    [${literal(header.name)}, ${literal(header.value)}],`);
  }
  if (withheld.length > 0) notes.push(`a browser sets these itself: ${withheld.join(", ")}`);
  const method = detail.method ?? "GET";
  if (data !== null && (method === "GET" || method === "HEAD"))
    notes.push(`fetch sends no body with ${method}`);
  const lines = [`await fetch(${literal(urlOf(detail))}, {`, `  method: ${literal(method)},`];
  if (sent.length > 0) lines.push("  headers: [", ...sent, "  ],");
  if (data !== null) {
    if (isPlainUtf8(data)) {
      lines.push(`  body: ${literal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(data))},`);
    } else {
      lines.push(
        `  body: Uint8Array.from(atob(${literal(base64Of(data))}), (c) => c.charCodeAt(0)),`,
      );
    }
  }
  lines.push("});");
  const comments = notes.map((note) => `// ${note.replace(/[\r\n\u2028\u2029]/g, " ")}\n`);
  return `${comments.join("")}${lines.join("\n")}\n`;
}

const harPairs = (headers: readonly Header[]) =>
  headers
    .filter((header) => header.no_colon !== true)
    .map(({ name, value }) => ({ name: wireText(name), value: wireText(value) }));

function harCookies(message: Message, name: "cookie" | "set-cookie") {
  const values = message.headers.filter((header) => lower(header) === name);
  if (name === "cookie")
    return values
      .flatMap(({ value }) => cookiePairs(value))
      .map((pair) => ({ name: wireText(pair.name), value: wireText(pair.value) }));
  return values.map(({ value }) => {
    const cookie = setCookie(value);
    const attribute = (key: string) =>
      cookie.attributes.find((pair) => pair.name.toLowerCase() === key);
    const path = attribute("path");
    const domain = attribute("domain");
    return {
      name: wireText(cookie.name),
      value: wireText(cookie.value),
      ...(path === undefined ? {} : { path: wireText(path.value) }),
      ...(domain === undefined ? {} : { domain: wireText(domain.value) }),
      httpOnly: attribute("httponly") !== undefined,
      secure: attribute("secure") !== undefined,
    };
  });
}

const ms = (us: number | null): number => (us === null ? -1 : Math.max(0, us) / 1_000);

function harText(bytes: Uint8Array | null): { text?: string; encoding?: string; comment?: string } {
  if (bytes === null || bytes.length === 0) return {};
  if (bytes.length > kCopyMax) return { comment: "too large to be copied" };
  if (isPlainUtf8(bytes))
    return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
  return { text: base64Of(bytes), encoding: "base64" };
}

// `bodies.response` is decoded from its content coding, as HAR has it.
export function asHarEntry(detail: CommunicationDetail, bodies: Bodies): string {
  const { request, response } = detail;
  const version = detail.http_version === null ? "unknown" : `HTTP/${detail.http_version}`;
  const reason = (response?.start_line ?? "").split(" ").slice(2).join(" ");
  const posted = harText(bodies.request);
  const location = response?.headers.find((header) => lower(header) === "location")?.value ?? "";
  const entry = {
    startedDateTime: detail.start,
    time: Math.max(0, detail.duration_us) / 1_000, // the handshake lies before startedDateTime
    request: {
      method: wireText(detail.method ?? ""),
      url: urlOf(detail),
      httpVersion: version,
      cookies: request === null ? [] : harCookies(request, "cookie"),
      headers: harPairs(request?.headers ?? []),
      queryString: queryPairs(wireText(detail.path ?? "")),
      ...(posted.text === undefined
        ? {}
        : { postData: { mimeType: wireText(request?.content_type ?? ""), ...posted } }),
      headersSize: request?.head_bytes ?? -1,
      bodySize: request?.body_bytes ?? -1,
    },
    response: {
      status: detail.status ?? 0,
      statusText: wireText(reason),
      httpVersion: version,
      cookies: response === null ? [] : harCookies(response, "set-cookie"),
      headers: harPairs(response?.headers ?? []),
      content: {
        size: bodies.response?.length ?? 0,
        mimeType: wireText(response?.content_type ?? ""),
        ...harText(bodies.response),
      },
      redirectURL: wireText(location),
      headersSize: response?.head_bytes ?? -1,
      bodySize: response?.body_bytes ?? -1,
    },
    cache: {},
    timings: {
      blocked: -1,
      dns: -1,
      connect: ms(detail.connect_us),
      send: Math.max(0, ms(detail.request_us)),
      wait: Math.max(0, ms(detail.wait_us)),
      receive: Math.max(0, ms(detail.response_us)),
    },
    serverIPAddress: detail.server_ip,
    connection: detail.session_id,
    ...(detail.state === "complete" ? {} : { comment: `captured in part: ${detail.state}` }),
  };
  return `${JSON.stringify(entry, null, 2)}\n`;
}
