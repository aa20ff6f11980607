// SearchBox: one line of the filter language, coloured as the server understands it. What can be
// understood is asked after a short rest, or at once with Enter; what reads bodies or headers only
// with Enter. Below: what is wrong and where, what could be written, what was asked before.

import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { nameAtProblem } from "../base/names";
import { piecesOf } from "../base/spans";
import type { TimeRange } from "../base/time";
import type { Completions } from "../api/types";
import { classes, formatCount } from "../base/format";
import { forgetSearches, noteSearch, recentSearches } from "../state/searches";
import { useCompletions, useParse } from "../state/search";
import { Icon } from "../widgets/Icon";

export interface SearchBoxProps {
  readonly q: string; // what is asked at present
  readonly range: TimeRange; // whose values are offered
  readonly onAsk: (q: string, step: boolean) => void;
}

const kAskMs = 450;
const kLeftMs = 400;
const kOffersMax = 30;

// `insert` instead of the text from `from` to `to`.
interface Offer {
  readonly insert: string;
  readonly label: string;
  readonly detail: string;
  readonly count: number | null;
  readonly atLeast: boolean; // only the newest were counted
  readonly from: number;
  readonly to: number;
  readonly recent: boolean;
}

function completed({ offset, length, counted, items }: Completions): Offer[] {
  return items.slice(0, kOffersMax).map((item) => ({
    insert: item.insert,
    label: item.label,
    detail: item.help,
    count: item.communications,
    atLeast: counted?.whole === false,
    from: offset,
    to: offset + length,
    recent: false,
  }));
}

// What the counts beside the values are of.
export function countedOf(counted: NonNullable<Completions["counted"]>): string {
  const of = counted.whole
    ? "Counted in the range"
    : `Counted among the newest ${formatCount(counted.communications)} in the range`;
  return counted.other_terms ? `${of}, with the other terms` : `${of}, without the other terms`;
}

function recentOffers(text: string): Offer[] {
  const recent = recentSearches().filter((one) => one !== text && one.startsWith(text.trim()));
  return recent.slice(0, 8).map((one) => ({
    insert: one,
    label: one,
    detail: "",
    count: null,
    atLeast: false,
    from: 0,
    to: text.length,
    recent: true,
  }));
}

export function SearchBox({ q, range, onAsk }: SearchBoxProps) {
  const [text, setText] = useState(q);
  const [caret, setCaret] = useState(q.length);
  const [focused, setFocused] = useState(false);
  const [offered, setOffered] = useState(false); // the list of offers is open
  const [chosen, setChosen] = useState(-1);
  const [writing, setWriting] = useState(false); // nobody has asked for what is written yet
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const told = useRef(q);
  // Only after the press that took the focus away: what is pressed must not move meanwhile.
  useEffect(() => {
    if (focused) return undefined;
    const timer = setTimeout(() => setWriting(false), kLeftMs);
    return () => clearTimeout(timer);
  }, [focused]);
  useEffect(() => {
    if (q !== told.current) setText(q); // the address changed under us
    told.current = q;
  }, [q]);

  const { parse, error } = useParse(text);
  const understood = parse !== null && parse.q === text ? parse : null;
  const problem = understood?.problem ?? null;
  const slow = understood !== null && (understood.reads_bodies || understood.reads_headers);
  const waiting = text.trim() !== q.trim();

  const ask = (next: string, step: boolean): void => {
    told.current = next.trim();
    onAsk(next.trim(), step);
  };
  // After a rest, when it is understood, and quick to answer.
  useEffect(() => {
    if (!waiting || (text.trim() !== "" && (understood === null || problem !== null || slow)))
      return undefined;
    const timer = setTimeout(() => ask(text, false), kAskMs);
    return () => clearTimeout(timer);
  }, [text, waiting, understood, problem, slow]);

  const completions = useCompletions(text, caret, range, focused && offered);
  const offers: readonly Offer[] = !offered
    ? []
    : [
        ...(text.trim() === "" ? recentOffers(text) : []),
        ...(completions === null ? [] : completed(completions)),
      ];
  const open = focused && offers.length > 0;
  const at = Math.min(chosen, offers.length - 1);
  // Who is being offered what is missing need not be told that it is; nor what is wrong with a word
  // who is still writing it.
  const unfinished =
    writing &&
    problem !== null &&
    caret === text.length &&
    problem.offset + problem.length >= text.trimEnd().length;
  const offering = unfinished || (open && problem !== null && problem.length === 0);

  const take = (offer: Offer): void => {
    const next = text.slice(0, offer.from) + offer.insert + text.slice(offer.to);
    const place = offer.from + offer.insert.length;
    setText(next);
    setCaret(place);
    setChosen(-1);
    if (offer.recent) {
      setOffered(false);
      ask(next, true);
    }
    requestAnimationFrame(() => input.current?.setSelectionRange(place, place));
  };
  const mend = (): void => {
    if (problem?.suggestion === undefined || problem.suggestion === "") return;
    const end = problem.offset + problem.length;
    const next = text.slice(0, problem.offset) + problem.suggestion + text.slice(end);
    setText(next);
    input.current?.focus();
  };
  const named =
    understood === null || problem === null
      ? null
      : nameAtProblem(text, understood.tokens, problem);
  const askName = (next: string): void => {
    setText(next);
    ask(next, true);
    input.current?.focus();
  };
  const clear = (): void => {
    setText("");
    ask("", true);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      setOffered(true);
      if (offers.length > 0)
        setChosen((at + step + offers.length + (at < 0 && step < 0 ? 1 : 0)) % offers.length);
    } else if (event.key === "Enter") {
      setWriting(false);
      const offer = offers[at];
      if (open && offer !== undefined) take(offer);
      else if (problem === null) {
        noteSearch(text);
        ask(text, true);
        setOffered(false);
      }
    } else if (event.key === "Tab" && !event.shiftKey && open && text.trim() !== "") {
      const offer = offers[Math.max(0, at)];
      if (offer !== undefined) take(offer);
    } else if (event.key === "Escape") {
      if (open) setOffered(false);
      else if (text !== q) setText(q);
      else input.current?.blur();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };
  const align = (): void => {
    if (mirror.current !== null && input.current !== null)
      mirror.current.scrollLeft = input.current.scrollLeft;
    setCaret(input.current?.selectionStart ?? 0);
  };
  useEffect(align, [text]);

  const pieces = piecesOf(text, parse?.q ?? "", parse?.tokens ?? [], problem);
  const missing = !offering && problem !== null && problem.length === 0 && text === parse?.q;
  return (
    <form className="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <div
        className={classes(
          "search-box",
          problem !== null && !offering && "is-wrong",
          q !== "" && "is-set",
        )}
      >
        <Icon name="search" />
        <div className="search-line">
          <div className="search-mirror" ref={mirror} aria-hidden="true">
            {pieces.map((piece, index) => (
              <span
                key={index}
                className={classes(
                  piece.kind !== null && `is-${piece.kind}`,
                  piece.wrong && "is-bad",
                )}
              >
                {piece.text}
              </span>
            ))}
            {missing && <span className="is-missing"> </span>}
          </div>
          <input
            ref={input}
            name="q"
            type="text"
            value={text}
            aria-label="Search"
            placeholder="Search, for example: login status:>=500 host:api.* duration:>200ms"
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            role="combobox"
            aria-expanded={open}
            aria-controls="search-offers"
            aria-activedescendant={open && at >= 0 ? `offer-${at}` : undefined}
            aria-invalid={problem !== null && !unfinished}
            aria-describedby={problem !== null && !offering ? "search-problem" : undefined}
            data-testid="search"
            onChange={(event) => {
              setText(event.target.value);
              setCaret(event.target.selectionStart ?? event.target.value.length);
              setOffered(true);
              setChosen(-1);
              setWriting(true);
            }}
            onSelect={align}
            onScroll={align}
            onFocus={() => setFocused(true)}
            onClick={() => setOffered(true)}
            onBlur={() => {
              setFocused(false);
              if (text.trim() === q.trim()) noteSearch(q);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {slow && waiting && (
          <span className="search-hint" data-testid="search-slow">
            <kbd>Enter</kbd> reads {understood?.reads_bodies === true ? "bodies" : "headers"}
            {q !== "" && <span className="search-still">Still shown: {q}</span>}
          </span>
        )}
        {text !== "" && (
          <button
            type="button"
            className="button is-bare is-icon is-small"
            aria-label="Clear"
            title="Take the whole question away"
            data-testid="clear-filter"
            onClick={clear}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      {problem !== null && !offering && (
        <p className="search-problem" id="search-problem" role="alert" data-testid="search-problem">
          <b>{problem.message}</b>
          {problem.expected !== undefined && problem.expected !== "" && (
            <span>Expected: {problem.expected}.</span>
          )}
          {problem.suggestion !== undefined && problem.suggestion !== "" && (
            <button type="button" className="link" data-testid="search-mend" onClick={mend}>
              Did you mean “{problem.suggestion}”?
            </button>
          )}
          {named !== null && (
            <span>
              A name is asked for with{" "}
              <button
                type="button"
                className="link mono"
                data-testid="search-name"
                onClick={() => askName(named.q)}
              >
                {named.term}
              </button>
            </span>
          )}
          {q !== "" && waiting && <span className="faint">Still shown: {q}</span>}
        </p>
      )}
      {error !== null && problem === null && (
        <p className="search-problem" role="alert">
          <b>The question could not be checked.</b>
        </p>
      )}
      {open && (
        <div className="search-offers">
          <ul id="search-offers" role="listbox" aria-label="What could be written">
            {offers.map((offer, index) => (
              <li
                key={`${offer.recent} ${offer.insert}`}
                id={`offer-${index}`}
                role="option"
                aria-selected={index === at}
                className={classes(index === at && "is-chosen")}
                onMouseDown={(event) => {
                  event.preventDefault(); // the box keeps the focus
                  take(offer);
                }}
              >
                {offer.recent && <Icon name="clock" />}
                <span className="mono">{offer.label}</span>
                <span className="faint">{offer.detail}</span>
                {offer.count !== null && (
                  <b className="number">
                    {offer.atLeast && <span className="faint">at least </span>}
                    {formatCount(offer.count)}
                  </b>
                )}
              </li>
            ))}
          </ul>
          {completions?.counted != null && offers.some((offer) => offer.count !== null) && (
            <p className="search-foot faint" data-testid="search-counted">
              {countedOf(completions.counted)}
            </p>
          )}
          <p className="search-foot faint">
            <kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Tab</kbd> take · <kbd>Enter</kbd> search
            {offers.some((offer) => offer.recent) && (
              <button
                type="button"
                className="link"
                onMouseDown={(event) => {
                  event.preventDefault();
                  forgetSearches();
                  setOffered(false);
                }}
              >
                Forget these searches
              </button>
            )}
          </p>
        </div>
      )}
    </form>
  );
}
