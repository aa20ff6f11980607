// What a body is, told from its declared type alone; what may be shown as an image.

// Formats that browsers decode as pixels and nothing else. SVG is a document and is shown as text.
const kImages = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/bmp",
  "image/x-icon",
  "image/vnd.microsoft.icon",
]);

export interface MediaType {
  readonly type: string; // lower case, no parameters; empty when not declared
  readonly charset: string;
}

export function parseMediaType(header: string | null | undefined): MediaType {
  const [type = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim());
  const charset = parameters
    .map((part) => /^charset\s*=\s*"?([^"]*)"?$/i.exec(part)?.[1])
    .find((value) => value !== undefined);
  return { type: type.toLowerCase(), charset: (charset ?? "utf-8").toLowerCase() };
}

export function isSafeImage(type: string): boolean {
  return kImages.has(type);
}

export function isJson(type: string): boolean {
  return /(^|[/+.-])json($|[;+-])/.test(type) || type === "application/x-ndjson";
}

export function isHtml(type: string): boolean {
  return type === "text/html" || type === "application/xhtml+xml";
}

export function isXml(type: string): boolean {
  return /(^|[/+])xml$/.test(type);
}

export function isForm(type: string): boolean {
  return type === "application/x-www-form-urlencoded";
}

export function isTextual(type: string): boolean {
  return (
    type.startsWith("text/") ||
    isJson(type) ||
    /(xml|javascript|ecmascript|x-www-form-urlencoded|yaml|graphql|sql|csv)($|[+;])/.test(type)
  );
}

// An unknown charset falls back to UTF-8; bytes that are not text in it become U+FFFD.
export function decodeText(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder("utf-8").decode(bytes);
  }
}

// For bodies of no declared type: mostly printable, no NUL, in their first part.
export function looksTextual(bytes: Uint8Array): boolean {
  const part = bytes.subarray(0, 1_024);
  let odd = 0;
  for (const byte of part) {
    if (byte === 0) return false;
    if (byte < 0x09 || (byte > 0x0d && byte < 0x20)) odd += 1;
  }
  return odd <= part.length / 50;
}
