// How the server understands a text of the filter language, asked once a text. A question with a
// text that it does not understand is never asked: a dozen of them would fail alike.

import { getJson, type Query } from "./client";
import { ApiError, kFilterNotUnderstood } from "./problem";
import type { QueryParse } from "./types";

const kTextsMax = 64;

const parses = new Map<string, Promise<QueryParse>>(); // the latest last

export function askParse(q: string): Promise<QueryParse> {
  const known = parses.get(q);
  if (known !== undefined) return known;
  const parse = getJson<QueryParse>("query/parse", { q });
  parses.set(q, parse);
  parse.catch(() => parses.delete(q)); // told to whoever asked; the next one asks again
  const [oldest] = parses.keys();
  if (parses.size > kTextsMax && oldest !== undefined) parses.delete(oldest);
  return parse;
}

// Ends when the text of the filter can be asked with. Where the server cannot say, the question
// itself is asked, and tells.
export async function understood(filter: Query): Promise<void> {
  const q = filter["q"];
  if (typeof q !== "string" || q === "") return;
  const parse = await askParse(q).catch(() => null);
  const problem = parse?.problem ?? null;
  if (problem === null) return;
  const expected = problem.expected === "" ? "" : ` Expected: ${problem.expected}.`;
  throw new ApiError({
    title: "Bad Request",
    detail: `${problem.message}${expected}`,
    hint: "",
    status: 400,
    code: kFilterNotUnderstood,
  });
}
