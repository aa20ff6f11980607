// Terms of a question that found nothing as they compare the whole of a text, where a part of it
// would find something: what asks for the part.

import { useQuery } from "@tanstack/react-query";
import { askList } from "../api/questions";
import type { QueryParse } from "../api/types";
import { askParse } from "../api/understood";
import { filterQuery } from "./filter";

export interface PartTerm {
  readonly field: string;
  readonly whole: string; // "api"
  readonly term: string; // "host:*api*"
  readonly q: string; // the whole question with it
}

type WholeText = QueryParse["whole_texts"][number];

const kTermsMax = 3;

function partTerm(q: string, { offset, length, field, part }: WholeText): PartTerm {
  const end = offset + length;
  const next = q.slice(0, offset) + part + q.slice(end);
  return { field, whole: q.slice(offset, end), term: `${field}:${part}`, q: next };
}

async function isFound(q: string, signal: AbortSignal): Promise<boolean> {
  const all = { from: undefined, to: undefined, cursor: undefined };
  const question = { ...all, filter: filterQuery(q), sort: "-start", limit: 1 };
  return (await askList(question, signal)).items.length > 0;
}

export function usePartTerms(q: string): readonly PartTerm[] {
  const { data } = useQuery({
    queryKey: ["parts", q],
    queryFn: async ({ signal }) => {
      const parse = await askParse(q);
      // Nobody asked for heads or bodies to be read once more.
      if (parse.reads_headers || parse.reads_bodies) return [];
      const terms = parse.whole_texts.slice(0, kTermsMax).map((whole) => partTerm(q, whole));
      const found = await Promise.all(terms.map((term) => isFound(term.q, signal)));
      return terms.filter((_, index) => found[index]);
    },
    staleTime: 10_000,
    gcTime: 60_000,
  });
  return data ?? [];
}
