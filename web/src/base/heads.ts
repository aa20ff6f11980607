// What header values are made of: credentials, cookies, queries, forms. Decoded as they stand and
// never verified; what cannot be decoded is null, not a guess. Pure.

export type Credentials =
  | { readonly kind: "basic"; readonly user: string; readonly secret: string }
  | {
      readonly kind: "jwt";
      readonly header: readonly Pair[];
      readonly claims: readonly Pair[];
      readonly signed: boolean; // has a third part; whether it fits is not known
    }
  | { readonly kind: "other"; readonly scheme: string };

export interface Pair {
  readonly name: string;
  readonly value: string;
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);
}

// Base64 in either alphabet, padded or not; null when it is none.
export function base64Bytes(text: string): Uint8Array | null {
  const plain = text.replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) return null;
  try {
    return latin1Bytes(atob(plain));
  } catch {
    return null;
  }
}

function utf8OrLatin1(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  }
}

function objectPairs(text: string | undefined): Pair[] | null {
  const bytes = base64Bytes(text ?? "");
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    return Object.entries(value).map(([name, entry]) => ({
      name,
      value: typeof entry === "string" ? entry : JSON.stringify(entry),
    }));
  } catch {
    return null;
  }
}

export function readCredentials(value: string): Credentials | null {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: +(.*))?$/.exec(value.trim());
  if (match === null) return null;
  const [, scheme = "", rest = ""] = match;
  if (scheme.toLowerCase() === "basic") {
    const bytes = base64Bytes(rest.trim());
    const text = bytes === null ? "" : utf8OrLatin1(bytes);
    const colon = text.indexOf(":");
    if (colon >= 0)
      return { kind: "basic", user: text.slice(0, colon), secret: text.slice(colon + 1) };
  }
  if (scheme.toLowerCase() === "bearer") {
    const parts = rest.trim().split(".");
    const header = objectPairs(parts[0]);
    const claims = objectPairs(parts[1]);
    if (parts.length === 3 && header !== null && claims !== null)
      return { kind: "jwt", header, claims, signed: parts[2] !== "" };
  }
  return { kind: "other", scheme };
}

// A NumericDate claim (RFC 7519 section 2) as microseconds; null for anything else.
export function claimTime({ name, value }: Pair): number | null {
  if (!["exp", "nbf", "iat", "auth_time"].includes(name)) return null;
  const seconds = Number(value);
  return /^\d{1,11}(\.\d+)?$/.test(value) && seconds > 0 ? seconds * 1e6 : null;
}

// Percent signs that begin no code stay as they are; codes that are no UTF-8 stay codes.
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(%[0-9a-fA-F]{2})+/g, (codes) => {
      try {
        return decodeURIComponent(codes);
      } catch {
        return codes;
      }
    });
  }
}

// application/x-www-form-urlencoded, order and repetitions kept.
export function formPairs(text: string): Pair[] {
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const decode = (piece: string): string => percentDecode(piece.replaceAll("+", " "));
      if (at < 0) return { name: decode(part), value: "" };
      return { name: decode(part.slice(0, at)), value: decode(part.slice(at + 1)) };
    });
}

export function queryPairs(target: string): Pair[] {
  const at = target.indexOf("?");
  const end = target.indexOf("#", at);
  return at < 0 ? [] : formPairs(target.slice(at + 1, end < 0 ? undefined : end));
}

export function cookiePairs(value: string): Pair[] {
  return value
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      return at < 0
        ? { name: "", value: part }
        : { name: part.slice(0, at).trim(), value: part.slice(at + 1).trim() };
    });
}

export interface SetCookie extends Pair {
  readonly attributes: readonly Pair[];
}

export function setCookie(value: string): SetCookie {
  const [first, ...attributes] = cookiePairs(value);
  return {
    name: first?.name ?? "",
    value: first?.value ?? "",
    attributes: attributes.map(({ name, value: text }) =>
      name === "" ? { name: text, value: "" } : { name, value: text },
    ),
  };
}
