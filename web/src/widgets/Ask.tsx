// Ask: "only this" and "not this" for a value. Inside an element with the class "asks" it shows
// when one points at that, or when the keys are in it.

import { useAsking } from "../state/ask";
import { Icon } from "./Icon";

export interface AskProps {
  readonly term: string; // of the filter language, as fieldTerm() and valueText() make it
  readonly keys?: boolean; // reached by Tab as well
}

export function Ask({ term, keys = true }: AskProps) {
  const { only, not } = useAsking();
  const stop = (act: (term: string) => void) => (event: { stopPropagation: () => void }) => {
    event.stopPropagation(); // a row behind it is not opened
    act(term);
  };
  return (
    <span className="ask">
      <button
        type="button"
        tabIndex={keys ? undefined : -1}
        aria-label={`Only ${term}`}
        title={`Only this: ${term}`}
        data-testid="ask-only"
        onClick={stop(only)}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        tabIndex={keys ? undefined : -1}
        aria-label={`Not ${term}`}
        title={`Not this: NOT ${term}`}
        data-testid="ask-not"
        onClick={stop(not)}
      >
        <Icon name="minus" />
      </button>
    </span>
  );
}
