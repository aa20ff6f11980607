// TimeBox: which time is looked at, and the place to write another one in words.

import { useId, useState, type FormEvent } from "react";
import { classes, formatDuration } from "../base/format";
import {
  formatDateTime,
  formatRange,
  formatRangeShort,
  kMinute,
  kSecond,
  micros,
  nowMicros,
  spanOf,
  type TimeRange,
  zoneName,
} from "../base/time";
import { readTimeWords, type TimeWords } from "../base/time_words";
import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";

export interface TimeBoxProps {
  readonly range: TimeRange;
  readonly selection: TimeRange | null;
  readonly follow: number | null;
  readonly silent: boolean;
  readonly narrow: boolean;
  readonly open: boolean;
  readonly onOpen: (open: boolean) => void;
  readonly onGo: (to: TimeRange) => void;
  readonly onLive: (span: number) => void;
}

const kPresets = ["last 5 min", "last hour", "last 24 h", "today", "yesterday", "live"];
const kExamples = ["14:05 to 14:10 yesterday", "around 3pm", "monday 9:00 for 2h", "1700000000"];

function Label({ range, selection, follow, silent, narrow }: TimeBoxProps) {
  const shown = selection ?? range;
  const live = follow !== null && selection === null;
  return (
    <span className="topbar-range" data-testid="range">
      <strong>
        {live
          ? `Last ${formatDuration(Math.max(1, Math.round(follow / kSecond)) * kSecond)}`
          : narrow
            ? formatRangeShort(shown, nowMicros())
            : formatRange(shown)}
      </strong>
      <span className="topbar-span">
        {live ? (silent ? "not live" : "live") : formatDuration(spanOf(shown))}
        {selection === null ? "" : " selected"} · {zoneName(shown.from)}
      </span>
    </span>
  );
}

function meaning(words: TimeWords): string {
  if (words.kind === "wrong") return words.why;
  if (words.kind === "live") return `What happens now, with the last ${formatDuration(words.span)}`;
  const { from, to } = words.range;
  const fine = spanOf(words.range) < kMinute;
  const text = fine
    ? `${formatDateTime(from, "micro")} – ${formatDateTime(to, "micro")}`
    : formatRange(words.range);
  return `${text} · ${formatDuration(spanOf(words.range))} · ${zoneName(from)}`;
}

function Editor({ range: shown, onGo, onLive, onOpen }: TimeBoxProps) {
  const id = useId();
  const [text, setText] = useState("");
  const now = nowMicros();
  // A clock time without a day means the day that is looked at.
  const context = { now, day: micros(Math.min(now, Math.max(shown.from, shown.to - 1))) };
  const words = readTimeWords(text, context);
  const wrong = text.trim() !== "" && words.kind === "wrong";
  const go = (to: TimeWords): void => {
    if (to.kind === "wrong") return;
    onOpen(false);
    if (to.kind === "live") onLive(to.span);
    else onGo(to.range);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    go(words);
  };
  return (
    <form className="time-editor" onSubmit={submit}>
      <label htmlFor={id}>Go to a time</label>
      <div className="time-editor-row">
        <input
          id={id}
          type="text"
          value={text}
          placeholder={kExamples[0]}
          spellCheck={false}
          autoComplete="off"
          autoFocus
          aria-invalid={wrong}
          aria-describedby={`${id}-meaning`}
          data-testid="time-input"
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={words.kind === "wrong"}>
          Go
        </button>
      </div>
      <p
        id={`${id}-meaning`}
        className={classes("time-meaning", wrong && "is-wrong")}
        role="status"
        data-testid="time-meaning"
      >
        {text.trim() === "" ? `Such as: ${kExamples.slice(1).join(" · ")}` : meaning(words)}
      </p>
      <div className="time-presets">
        {kPresets.map((preset) => (
          <button
            key={preset}
            type="button"
            className="button is-small"
            onClick={() => go(readTimeWords(preset, context))}
          >
            {preset}
          </button>
        ))}
      </div>
    </form>
  );
}

export function TimeBox(props: TimeBoxProps) {
  return (
    <Popover
      label="Time"
      button={
        <>
          <Label {...props} />
          <Icon name="clock" />
        </>
      }
      buttonClass="button is-bare time-button"
      panelClass="is-left"
      testid="time"
      open={props.open}
      onOpen={props.onOpen}
    >
      <Editor {...props} />
    </Popover>
  );
}
