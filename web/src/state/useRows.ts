// The pages of the list, asked for as one comes near the ends of what is loaded.

import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { askList, askSessions, type FilterQuery, type ListQuestion } from "../api/questions";
import type { CommunicationList, SessionList } from "../api/types";
import { type Scope, scopeKey, scopeNow } from "./data";
import {
  type Anchor,
  firstParam,
  kPageRows,
  kPagesHeld,
  type ListAnswer,
  type Numbers,
  kPagesReread,
  type PageParam,
  pageOf,
  type RowPage,
  runOf,
  sortWord,
} from "./rows";
import type { Order } from "./url";

// The lists that there are, and who answers for them.
interface Source<A extends ListAnswer> {
  readonly kind: "list" | "sessions";
  readonly ask: (question: ListQuestion, signal: AbortSignal | undefined) => Promise<A>;
}
const kCommunications: Source<CommunicationList> = { kind: "list", ask: askList };
const kSessions: Source<SessionList> = { kind: "sessions", ask: askSessions };

type Asked = [
  scope: Scope,
  filter: FilterQuery,
  order: Order,
  anchor: Anchor,
  still: boolean,
  on: boolean,
];
export const useRows = (...asked: Asked) => usePages(kCommunications, ...asked);
export const useSessionRows = (...asked: Asked) => usePages(kSessions, ...asked);

// `still`: what is shown stays, though the store has more; pages that one scrolls to still come.
// A question that nobody has an answer of is asked all the same, unless it is not to be asked at
// all (`on`).
function usePages<A extends ListAnswer>(
  source: Source<A>,
  ...[scope, filter, order, anchor, still, on]: Asked
) {
  const client = useQueryClient();
  const queryKey = [source.kind, ...scopeKey(scope), filter, order, anchor] as const;
  const key = JSON.stringify(queryKey.slice(1));
  const query = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => {
      const r = scopeNow(scope);
      const answer = await source.ask(
        {
          from: r.from,
          to: r.to,
          filter,
          sort: sortWord(order, pageParam.back),
          limit: kPageRows,
          cursor: pageParam.cursor,
          startAt: pageParam.startAt,
        },
        signal,
      );
      return pageOf<A>(answer, pageParam);
    },
    initialPageParam: firstParam(anchor),
    getNextPageParam: ({ after }: RowPage<A>): PageParam | undefined =>
      after === null ? undefined : { back: false, cursor: after, startAt: undefined },
    getPreviousPageParam: ({ before }: RowPage<A>): PageParam | undefined =>
      before === null ? undefined : { back: true, cursor: before, startAt: undefined },
    maxPages: kPagesHeld,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled: ({ state }) => on && (!still || state.data === undefined),
  });
  const numbers = useRef<{ key: string; numbers: Numbers }>({ key: "", numbers: new Map() });
  const [rebased, setRebased] = useState(0);
  const shownKey = query.isPlaceholderData ? numbers.current.key : key;
  const run = useMemo(() => {
    if (numbers.current.key !== shownKey) numbers.current = { key: shownKey, numbers: new Map() };
    return runOf<A>(
      query.data?.pages ?? [],
      (query.data?.pageParams ?? []) as PageParam[],
      numbers.current.numbers,
    );
  }, [query.data, shownKey, rebased]);
  // The first row becomes row 0.
  const { first } = run;
  const rebase = useCallback(() => {
    const known = numbers.current.numbers;
    for (const [param, number] of known) known.set(param, number - first);
    setRebased((count) => count + 1);
  }, [first]);
  // Reads the list again; what grows at its top, from there on and not as far as one has scrolled.
  const { refetch } = query;
  const read = async (): Promise<boolean> => {
    if (anchor === "top" && order === "newest")
      client.setQueryData<InfiniteData<RowPage<A>, PageParam>>(queryKey, (held) =>
        held === undefined || (held.pages.length <= kPagesReread && held.pages[0]?.before === null)
          ? held
          : { pages: held.pages.slice(0, 1), pageParams: [firstParam(anchor)] },
      );
    return (await refetch()).isSuccess;
  };
  // The next answer to any other question of lists is a new one.
  const forgetOthers = (): void =>
    client.removeQueries({ queryKey: [source.kind], type: "inactive" });
  const settled = shownKey === key && query.isSuccess;
  const top = query.data?.pages[0]?.answer;
  return { query, run, shownKey, settled, rebase, top, read, forgetOthers };
}
