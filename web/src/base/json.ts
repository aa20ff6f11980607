// JSON text, indented and cut into coloured pieces without evaluating or re-encoding any value:
// numbers keep their digits, keys their order, duplicates stay. Pure text to pure data.

export type TokenKind = "key" | "string" | "number" | "word" | "mark";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

export type Line = readonly Token[];

const kToken = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/gy;
const kBlank = /[ \t\r\n]*/y;
const kDepthMax = 200;

function tokenize(text: string): string[] | null {
  const tokens: string[] = [];
  let at = 0;
  for (;;) {
    kBlank.lastIndex = at;
    at += kBlank.exec(text)?.[0].length ?? 0;
    if (at >= text.length) return tokens;
    kToken.lastIndex = at;
    const match = kToken.exec(text);
    if (match === null) return null;
    tokens.push(match[0]);
    at += match[0].length;
  }
}

function kindOf(token: string, next: string | undefined): TokenKind {
  const first = token.charAt(0);
  if (first === '"') return next === ":" ? "key" : "string";
  if (first === "-" || (first >= "0" && first <= "9")) return "number";
  return /[a-z]/.test(first) ? "word" : "mark";
}

// Null when the text is not JSON. The check is the browser's own parser; its result is thrown away.
export function prettyJson(text: string): Line[] | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = tokenize(text);
  if (tokens === null) return null;
  const lines: Token[][] = [[]];
  let depth = 0;
  const put = (kind: TokenKind, piece: string): void => {
    lines[lines.length - 1]?.push({ kind, text: piece });
  };
  const turn = (): void => {
    lines.push([{ kind: "mark", text: "  ".repeat(Math.min(depth, kDepthMax)) }]);
  };
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    const previous = tokens[index - 1];
    if (token === "{" || token === "[") {
      put("mark", token);
      depth += 1;
      if (next !== "}" && next !== "]") turn();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      if (previous !== "{" && previous !== "[") turn();
      put("mark", token);
    } else if (token === ",") {
      put("mark", token);
      turn();
    } else if (token === ":") {
      put("mark", ": ");
    } else {
      put(kindOf(token, next), token);
    }
  });
  return lines;
}
