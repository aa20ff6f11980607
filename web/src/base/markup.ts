// XML and HTML text, one tag per line and indented, in coloured pieces. Characters are only moved
// to lines of their own, never decoded or dropped, except blanks between tags. Pure text to pure
// data; nothing of it is ever a document.

import type { Line, Token } from "./tokens";

const kPiece = new RegExp(
  [
    /<!--[\s\S]*?(?:-->|$)/,
    /<!\[CDATA\[[\s\S]*?(?:\]\]>|$)/,
    /<\?[\s\S]*?(?:\?>|$)/,
    /<![^>]*(?:>|$)/,
    /<\/?[A-Za-z_:](?:"[^"]*"|'[^']*'|[^"'>])*(?:>|$)/,
    /[^<]+|</,
  ]
    .map((part) => part.source)
    .join("|"),
  "gy",
);
const kVoid = new Set(
  "area base br col embed hr img input link meta param source track wbr".split(" "),
);
const kVerbatim = new Set(["script", "style", "pre", "textarea"]);
const kDepthMax = 100;
const kAttribute = /([^\s=/>"']+)(\s*=\s*)?("[^"]*"?|'[^']*'?|[^\s"'>]+)?|[\s/]+|./g;

function tagTokens(tag: string): Token[] {
  const match = /^(<\/?)([^\s/>]+)([\s\S]*?)(\/?>?)$/.exec(tag);
  if (match === null) return [{ kind: "mark", text: tag }];
  const [, open = "", name = "", inside = "", close = ""] = match;
  const tokens: Token[] = [
    { kind: "mark", text: open },
    { kind: "key", text: name },
  ];
  for (const [all, attribute, equals = "", value = ""] of inside.matchAll(kAttribute)) {
    if (attribute === undefined) {
      tokens.push({ kind: "mark", text: all.replace(/\s+/g, " ") });
      continue;
    }
    tokens.push({ kind: "number", text: attribute });
    if (equals !== "") tokens.push({ kind: "mark", text: "=" });
    if (value !== "") tokens.push({ kind: "string", text: value });
  }
  tokens.push({ kind: "mark", text: close });
  return tokens;
}

const nameOf = (tag: string): string => /^<\/?([^\s/>]+)/.exec(tag)?.[1] ?? "";

export function prettyMarkup(text: string, html: boolean): Line[] {
  const lines: Line[] = [];
  let depth = 0;
  let verbatim = "";
  const put = (tokens: readonly Token[]): void => {
    lines.push([{ kind: "mark", text: "  ".repeat(Math.min(depth, kDepthMax)) }, ...tokens]);
  };
  const plain = (piece: string, kind: Token["kind"]): void => {
    for (const line of piece.split(/\r\n|\n|\r/)) {
      const trimmed = verbatim === "" ? line.trim() : line.trimEnd();
      if (trimmed !== "") put([{ kind, text: trimmed }]);
    }
  };
  for (let at = 0; at < text.length;) {
    if (verbatim !== "") {
      // Up to the end tag of its own name nothing is markup.
      const close = new RegExp(`</${verbatim}(?=[\\s/>]|$)`, "gi");
      close.lastIndex = at;
      const found = close.exec(text)?.index ?? text.length;
      plain(text.slice(at, found), "text");
      at = found;
      if (at === text.length) break;
    }
    kPiece.lastIndex = at;
    const piece = kPiece.exec(text)?.[0] ?? text.slice(at);
    at += piece.length;
    const isTag = /^<\/?[A-Za-z_:]/.test(piece);
    const name = isTag ? (html ? nameOf(piece).toLowerCase() : nameOf(piece)) : "";
    if (!isTag) {
      plain(piece, piece.startsWith("<") ? "word" : "text");
    } else if (piece.startsWith("</")) {
      verbatim = "";
      if (!html || !kVoid.has(name)) depth = Math.max(0, depth - 1);
      const last = lines[lines.length - 1];
      const opens = last?.[1]?.text === "<" && last[2]?.text === nameOf(piece);
      // <a></a> and <b>text</b> stay on one line.
      const before = lines[lines.length - 2];
      const text1 = last?.length === 2 && last[1]?.kind === "text" ? last[1] : null;
      if (opens && lastDepth(last) === depth) {
        lines[lines.length - 1] = [...(last ?? []), ...tagTokens(piece)];
      } else if (
        text1 !== null &&
        text1.text.length < 80 &&
        before?.[1]?.text === "<" &&
        before[2]?.text === nameOf(piece) &&
        lastDepth(before) === depth
      ) {
        lines.splice(-2, 2, [...before, text1, ...tagTokens(piece)]);
      } else {
        put(tagTokens(piece));
      }
    } else {
      put(tagTokens(piece));
      const alone = piece.endsWith("/>") || (html && kVoid.has(name));
      if (!alone) {
        depth += 1;
        if (html && kVerbatim.has(name)) verbatim = name;
      }
    }
  }
  return lines;
}

const lastDepth = (line: Line | undefined): number => (line?.[0]?.text.length ?? 0) / 2;
