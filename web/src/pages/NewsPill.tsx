// What a list that stands still says of what has come meanwhile, and of the line that tells it.

import { useEffect, useState } from "react";
import { formatCount } from "../base/format";
import type { ListNews } from "./useNews";

export function newsText({ count, more }: Pick<ListNews, "count" | "more">): string {
  if (count === 0) return "new communications";
  return `${more ? "more than " : ""}${formatCount(count)} new`;
}

export interface NewsPillProps {
  readonly news: ListNews;
  readonly below: boolean; // one has left the top of a list that follows
  readonly onTake: () => void;
}

export function NewsPill({ news, below, onTake }: NewsPillProps) {
  const any = news.count > 0 || news.more;
  if (!any && !below) return null;
  return (
    <button
      type="button"
      className="pill new-rows"
      data-testid="news"
      title="Show them in the list"
      onClick={onTake}
    >
      ↑ {any ? newsText(news) : "newest"}
    </button>
  );
}

// Only a line that was lost is worth a word.
export function LineNote({ line, retry }: Pick<ListNews, "line" | "retry">) {
  const [lost, setLost] = useState(false);
  const [, draw] = useState(0);
  useEffect(() => {
    if (line.kind === "lost") setLost(true);
    if (line.kind === "open" || line.kind === "off") setLost(false);
    if (line.kind !== "lost") return undefined;
    const timer = setInterval(() => draw((count) => count + 1), 500);
    return () => clearInterval(timer);
  }, [line]);
  if (!lost) return null;
  const left = line.kind === "lost" ? Math.ceil((line.retryAt - Date.now()) / 1_000) : 0;
  return (
    <span className="line-lost" data-testid="line">
      <span role="status">New ones are not told:</span>
      <span className="number">{left > 0 ? `trying again in ${left} s` : "trying again"}</span>
      <button type="button" className="button is-small is-bare" onClick={retry}>
        Try now
      </button>
    </span>
  );
}
