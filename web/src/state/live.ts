// What becomes queryable, as the server tells it: server-sent events. A line that breaks is taken
// up again where it was: each event carries the cursor behind it, so nothing is missed and nothing
// told twice. A page that nobody sees holds no line, since a browser has few for one server.

import { useEffect, useRef, useState } from "react";
import { address, type Query } from "../api/client";

export type LineState =
  | { readonly kind: "off" } // not wanted, or the page is hidden
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "lost"; readonly retryAt: number }; // Date.now() of the next try

const kFirstRetryMs = 1_000;
const kLastRetryMs = 15_000;

export interface LineEvents {
  readonly onState: (state: LineState) => void;
  readonly onTold: (id: string) => void;
  readonly onGap: () => void; // some are not told one by one
}

export class LiveLine {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private failures = 0;

  constructor(
    private readonly query: Query,
    private cursor: string,
    private readonly events: LineEvents,
  ) {}

  start(): void {
    this.stop();
    const source = new EventSource(
      address("live", { ...this.query, brief: true, after: this.cursor }),
    );
    this.source = source;
    this.events.onState({ kind: "connecting" });
    const take = (kind: string, heard: (data: string) => void): void =>
      source.addEventListener(kind, (event: MessageEvent<string>) => {
        if (source !== this.source) return;
        if (event.lastEventId !== "") this.cursor = event.lastEventId;
        heard(event.data);
      });
    take("open", (data) => {
      // The connection's own event of this name says nothing that a line could go on from.
      if (data === undefined) return;
      this.failures = 0;
      this.events.onState({ kind: "open" });
    });
    take("communication", (data) => this.events.onTold((JSON.parse(data) as { id: string }).id));
    take("gap", () => this.events.onGap());
    source.addEventListener("error", () => {
      if (source === this.source) this.lose();
    });
  }

  // The browser would try again by itself, but not after each kind of failure, and it does not say
  // when.
  private lose(): void {
    this.stop();
    const wait = Math.min(kLastRetryMs, kFirstRetryMs * 2 ** this.failures);
    this.failures += 1;
    this.timer = setTimeout(() => this.start(), wait);
    this.events.onState({ kind: "lost", retryAt: Date.now() + wait });
  }

  stop(): void {
    this.source?.close();
    this.source = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

export interface News {
  readonly told: ReadonlySet<string>; // ids, since the answer that the cursor is of
  readonly more: boolean; // some were not told one by one
  readonly line: LineState;
  // What is told by now: calling the result forgets it.
  readonly mark: () => () => void;
  readonly retry: () => void;
}

const kTellMs = 200; // news are gathered for that long
const kToldMax = 50_000;

// `cursor`: live_cursor of the answer that is shown; null while there is none. Another question
// begins anew with its own answer's. `onNews`: something came, at most every kTellMs. `isNews`:
// what it says no to is passed over.
export function useLive(
  query: Query,
  cursor: string | null,
  onNews: () => void,
  isNews: (id: string) => boolean = () => true,
): News {
  const key = JSON.stringify(query);
  const [line, setLine] = useState<LineState>({ kind: "off" });
  const [news, setNews] = useState<Pick<News, "told" | "more">>({ told: new Set(), more: false });
  const known = useRef({ told: new Set<string>(), more: false });
  const current = useRef<LiveLine | null>(null);
  const begin = useRef(cursor);
  begin.current = cursor;
  const tell = useRef(onNews);
  tell.current = onNews;
  const choose = useRef(isNews);
  choose.current = isNews;
  const show = useRef(() => {
    setNews({ told: new Set(known.current.told), more: known.current.more });
  });
  const on = cursor !== null;
  useEffect(() => {
    // What was told was told of another question.
    known.current = { told: new Set(), more: false };
    show.current();
    if (!on || typeof EventSource === "undefined") return undefined;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const gather = (): void => {
      timer ??= setTimeout(() => {
        timer = null;
        show.current();
        tell.current();
      }, kTellMs);
    };
    const live = new LiveLine(JSON.parse(key) as Query, begin.current ?? "", {
      onState: setLine,
      onTold: (id) => {
        if (!choose.current(id)) return;
        if (known.current.told.size < kToldMax) known.current.told.add(id);
        else known.current.more = true;
        gather();
      },
      onGap: () => {
        known.current.more = true;
        gather();
      },
    });
    current.current = live;
    const seen = (): void => {
      if (!document.hidden) return live.start();
      live.stop();
      setLine({ kind: "off" });
    };
    document.addEventListener("visibilitychange", seen);
    seen();
    return () => {
      document.removeEventListener("visibilitychange", seen);
      live.stop();
      current.current = null;
      if (timer !== null) clearTimeout(timer);
      setLine({ kind: "off" });
    };
  }, [key, on]);
  const actions = useRef({
    mark: () => {
      const told = [...known.current.told];
      const { more } = known.current;
      return () => {
        for (const id of told) known.current.told.delete(id);
        if (more) known.current.more = false;
        show.current();
      };
    },
    retry: () => current.current?.start(),
  });
  return { ...news, line, ...actions.current };
}
