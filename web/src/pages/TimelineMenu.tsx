// TimelineMenu: what the timeline shows. The choices are remembered by the browser, save what the
// bars are stacked of, which is in the address.

import { useState } from "react";
import { nowMicros, zoneName } from "../base/time";
import {
  kQualityAmber,
  kQualityRed,
  kQualityShown,
  kStatesShown,
  type Preference,
  usePreference,
} from "../state/preferences";
import { kSplitNames, kSplits, type Split } from "../state/stack";
import { useZone } from "../state/zone";
import { Choice } from "../widgets/Choice";
import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";

function PercentField({ label, preference }: { label: string; preference: Preference<number> }) {
  const [value, set] = usePreference(preference);
  const [text, setText] = useState<string | null>(null); // while it is being typed
  const shown = text ?? String(value);
  const wrong = preference.parse(shown) === null;
  return (
    <label className="percent">
      {label}
      <input
        type="text"
        inputMode="decimal"
        value={shown}
        aria-invalid={wrong}
        data-testid={preference.name}
        onChange={(event) => {
          setText(event.target.value);
          const next = preference.parse(event.target.value);
          if (next !== null) set(next);
        }}
        onBlur={() => setText(null)}
      />
      %
    </label>
  );
}

export interface TimelineMenuProps {
  readonly stack: Split;
  readonly onStack: (stack: Split) => void;
}

export function TimelineMenu({ stack, onStack }: TimelineMenuProps) {
  const [zone, setZone] = useZone();
  const [quality, setQuality] = usePreference(kQualityShown);
  const [states, setStates] = usePreference(kStatesShown);
  return (
    <Popover
      label="Timeline settings"
      button={<Icon name="settings" />}
      buttonLabel="Timeline settings"
      buttonClass="button is-small is-icon"
      panelClass="timeline-menu"
      testid="timeline-menu"
    >
      <Choice
        label="Stack the bars by"
        value={stack}
        options={kSplits.map((split) => [split, kSplitNames[split]] as const)}
        onChange={onStack}
      />
      <Choice
        label="Write times in"
        value={zone}
        options={[
          ["local", zone === "local" ? `Local (${zoneName(nowMicros())})` : "Local"],
          ["utc", "UTC"],
        ]}
        onChange={setZone}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={quality}
          data-testid="quality-shown"
          onChange={(event) => setQuality(event.target.checked)}
        />
        Quality line under the axis
      </label>
      {quality && (
        <div className="menu-part">
          <div className="quality-scale" aria-hidden="true" />
          <div className="percents">
            <PercentField label="Amber from" preference={kQualityAmber} />
            <PercentField label="Red from" preference={kQualityRed} />
            <span className="faint">lost</span>
          </div>
        </div>
      )}
      <label className="check">
        <input
          type="checkbox"
          checked={states}
          data-testid="states-shown"
          onChange={(event) => setStates(event.target.checked)}
        />
        States of whisperers under the axis
      </label>
    </Popover>
  );
}
