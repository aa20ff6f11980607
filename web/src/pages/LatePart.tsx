// LatePart: a part of the page that comes when it is first wanted. What goes wrong with it is told
// in its place; the rest of the page stays.

import { type Part, usePart } from "../state/parts";
import { isUnreachable } from "../api/problem";
import { Failure } from "../widgets/Failure";
import { Skeleton } from "../widgets/states";

export function LatePart<P extends object>({ part, props }: { part: Part<P>; props: P }) {
  const query = usePart(part);
  if (query.data !== undefined) return <query.data {...props} />;
  const trouble = query.error ?? query.failureReason;
  if (trouble === null) return <Skeleton rows={8} />;
  const retry = (): void =>
    isUnreachable(trouble) ? void query.refetch() : window.location.reload();
  return <Failure error={trouble} retry={retry} />;
}
