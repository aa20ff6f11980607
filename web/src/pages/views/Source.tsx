// Source: what a drawing shows, what of it is not shown, and the way to the picked ones.

import { formatCount, plural } from "../../base/format";
import { formatDateTime } from "../../base/time";
import { usePicks } from "../../state/picks";
import { kShownMax, type Bounded } from "../../state/viewData";
import { Notice } from "../../widgets/states";
import type { ViewProps } from "./props";

export function SourceNote(
  props: Pick<ViewProps, "place" | "total" | "onPlace"> & {
    data: Bounded | undefined;
  },
) {
  const { place, total, data, onPlace } = props;
  const picks = usePicks();
  if (data === undefined) return null;
  const shown = data.items.length;
  if (place.ids.length > 0) {
    const gone = place.ids.length - shown;
    return (
      <span className="faint" data-testid="source">
        {plural(shown, "picked communication")}
        {gone > 0 && `; ${formatCount(gone)} can no longer be read`}{" "}
        <button
          type="button"
          className="link-button"
          onClick={() => onPlace({ ids: [], letters: "" })}
        >
          Show all of the filter
        </button>
      </span>
    );
  }
  const { skipped, next } = data;
  const [first, beyond] = data.newest ? ["newest", "after"] : ["first", "before"];
  const whole = total === null || total <= shown ? "" : ` of ${formatCount(total)}`;
  const part =
    skipped === 0
      ? `The ${first} ${formatCount(shown)}${whole}`
      : `${formatCount(skipped + 1)} to ${formatCount(skipped + shown)}${whole}` +
        (data.newest ? ", counted from the newest" : "");
  return (
    <span
      className={next !== null || data.until !== null ? "source-more" : "faint"}
      data-testid="source"
    >
      {data.until !== null
        ? `${plural(shown, "communication")}, and only what begins ${beyond} ` +
          `${formatDateTime(data.until, "second")}: reading further takes too long at once. ` +
          "Select less time, or search in the list and pick"
        : next !== null || skipped > 0
          ? part
          : plural(shown, "communication")}
      {next !== null && data.until === null && (
        <>
          {": "}
          <button
            type="button"
            className="link-button"
            title="Or select less time, or filter"
            data-testid="next-part"
            onClick={() => onPlace({ slice: { before: skipped + shown, cursor: next } }, "push")}
          >
            {data.newest ? "Earlier" : "Next"} {formatCount(kShownMax)}
          </button>
        </>
      )}
      {skipped > 0 && (
        <>
          {" · "}
          <button
            type="button"
            className="link-button"
            data-testid="first-part"
            onClick={() => onPlace({ slice: null }, "push")}
          >
            {data.newest ? "Newest" : "First"} {formatCount(kShownMax)}
          </button>
        </>
      )}
      {picks.size > 0 && (
        <>
          {" · "}
          <button
            type="button"
            className="link-button"
            onClick={() => onPlace({ ids: [...picks.keys()], letters: "" })}
          >
            Only the {formatCount(picks.size)} picked
          </button>
        </>
      )}
    </span>
  );
}

export function NothingToDraw() {
  return (
    <Notice icon="empty" title="No communication to draw">
      <p>Select a time in which there are some, or widen the filter.</p>
    </Notice>
  );
}
