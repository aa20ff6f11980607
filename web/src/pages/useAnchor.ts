// Where a list begins: at its top, but at the record that a link names, and wherever one went last.
// Another question begins at its top again.

import { useCallback, useState } from "react";
import { micros } from "../base/time";
import type { Scope } from "../state/data";
import { type Anchor, byTime, startOf } from "../state/rows";
import type { Order } from "../state/url";

export function useAnchor(question: string, scope: Scope, open: string | null, order: Order) {
  const [first] = useState(() => {
    const begin = open === null ? null : startOf(open);
    const here =
      begin !== null &&
      begin < scope.range.to &&
      (scope.follow !== null || begin >= scope.range.from);
    return { question, anchor: here ? begin : null };
  });
  const [chosen, setChosen] = useState<{ question: string; anchor: Anchor } | null>(null);
  const goTo = useCallback((anchor: Anchor) => setChosen({ question, anchor }), [question]);
  // An id tells nanoseconds, a list begins at microseconds: the next one holds it in both orders.
  const linked =
    first.question === question && first.anchor !== null && byTime(order)
      ? micros(first.anchor + (order === "newest" ? 1 : 0))
      : null;
  return [chosen?.question === question ? chosen.anchor : (linked ?? "top"), goTo] as const;
}
