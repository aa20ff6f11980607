// Terms of the filter language, put together and taken apart as text: what the page adds for
// somebody who clicks. Whether a text is right, and what it means, only the server says. Pure.

import { wireText } from "../api/types";

const kPlain = /^[A-Za-z0-9_./@+{}-]+$/;

// A captured value as text that means exactly itself. Bytes that are no UTF-8 are written as \xHH.
export function valueText(wire: string): string {
  const text = wireText(wire);
  const bytes = text === wire;
  if (kPlain.test(text) && !text.includes("..") && !text.startsWith("-") && !isKeyword(text))
    return text;
  let out = "";
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    if (sign === '"' || sign === "\\") out += `\\${sign}`;
    else if (code < 0x20 || code === 0x7f || (bytes && code >= 0x80 && code <= 0xff))
      out += `\\x${code.toString(16).padStart(2, "0")}`;
    else out += sign;
  }
  return `"${out}"`;
}

// A pattern with stars; what cannot stand in one is any run of characters.
export function patternText(pattern: string): string {
  if (!pattern.includes("*")) return valueText(pattern);
  return pattern.replace(/[^A-Za-z0-9_./@=:*+-]+/g, "*").replace(/\*+/g, "*");
}

function isKeyword(text: string): boolean {
  return /^(and|or|not)$/i.test(text);
}

export function fieldTerm(field: string, value: string): string {
  return `${field}:${value}`;
}

// The parts of a text that all must hold, as written; null when it is not such a list at its top,
// or cannot be told apart.
export function splitTerms(q: string): string[] | null {
  const words: string[] = [];
  let [word, depth] = ["", 0];
  for (let at = 0; at < q.length; at += 1) {
    const sign = q[at] as string;
    if (sign === '"') {
      const end = closingQuote(q, at);
      if (end < 0) return null;
      word += q.slice(at, end + 1);
      at = end;
      continue;
    }
    if (sign === "\\") {
      word += q.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (sign === "(") depth += 1;
    if (sign === ")") depth -= 1;
    if (depth < 0) return null;
    if (depth === 0 && /\s/.test(sign)) {
      if (word !== "") words.push(word);
      word = "";
    } else word += sign;
  }
  if (depth !== 0) return null;
  if (word !== "") words.push(word);
  return joinWords(words);
}

function closingQuote(q: string, from: number): number {
  for (let at = from + 1; at < q.length; at += 1) {
    if (q[at] === "\\") at += 1;
    else if (q[at] === '"') return at;
  }
  return -1;
}

// "NOT" belongs to what follows; a blank and "AND" mean the same.
function joinWords(words: readonly string[]): string[] | null {
  const terms: string[] = [];
  let not = false;
  for (const word of words) {
    if (/^(or|\|\|)$/i.test(word) || /^[,:<>=]|[,:<>=]$/.test(word)) return null;
    if (/^(and|&&)$/i.test(word)) continue;
    if (/^not$/i.test(word)) not = !not;
    else {
      terms.push(not ? `NOT ${word}` : word);
      not = false;
    }
  }
  return not ? null : terms;
}

export function joinTerms(terms: readonly string[]): string {
  return terms.join(" AND ");
}

// The field that a term asks for, without its NOT; "" for a free word.
export function fieldOf(term: string): string {
  return /^(?:NOT\s+|-)?([a-z][\w.]*)(?=[:<>=])/i.exec(term)?.[1]?.toLowerCase() ?? "";
}

export function hasTerm(q: string, term: string): boolean {
  return splitTerms(q)?.includes(term) ?? false;
}

function and(q: string, term: string): string {
  if (q.trim() === "") return term;
  const terms = splitTerms(q);
  return terms === null ? `(${q.trim()}) AND ${term}` : joinTerms([...terms, term]);
}

export function withoutTerm(q: string, term: string): string {
  const terms = splitTerms(q);
  return terms === null ? q : joinTerms(terms.filter((one) => one !== term));
}

// The term instead of what was asked of the same field before; a question that cannot be taken
// apart is kept whole.
export function onlyTerm(q: string, term: string): string {
  const terms = splitTerms(q);
  if (terms === null) return and(q, term);
  return joinTerms([...terms.filter((one) => fieldOf(one) !== fieldOf(term)), term]);
}

export function notTerm(q: string, term: string): string {
  const not = term.startsWith("NOT ") ? term.slice(4) : `NOT ${term}`;
  if (hasTerm(q, not)) return q;
  return and(withoutTerm(q, term), not);
}

export function toggleTerm(q: string, term: string): string {
  return hasTerm(q, term) ? withoutTerm(q, term) : onlyTerm(q, term);
}

// The value when the question, at its top, asks for exactly one of a field; null otherwise.
export function soleValue(q: string, field: string): string | null {
  const of = (splitTerms(q) ?? []).filter((term) => fieldOf(term) === field);
  const [term = ""] = of;
  if (of.length !== 1 || !term.startsWith(`${field}:`)) return null;
  const value = term.slice(field.length + 1);
  if (value.startsWith('"') && closingQuote(value, 0) === value.length - 1)
    return value.slice(1, -1).replace(/\\(.)/g, "$1");
  return kPlain.test(value) ? value : null;
}
