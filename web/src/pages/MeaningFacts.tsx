// MeaningFacts: who asked, as whom, under which ids, and where the answer sends the client. Each
// value is a filter one click away.

import { type Meaning, wireText } from "../api/types";
import { type MeaningKey, patternOf } from "../state/filter";
import type { Filter } from "../state/url";

export const kMeaningNames: Record<MeaningKey, string> = {
  origin: "Origin",
  via: "Via",
  identity: "Identity",
  identity_kind: "Credentials",
  claim: "Claim",
  correlation: "Correlation id",
  location: "Location",
};

const kKindNames: Record<NonNullable<Meaning["identity_kind"]>, string> = {
  basic: "Basic",
  jwt: "signed bearer token",
  bearer: "bearer token",
  digest: "Digest",
  api_key: "API key",
  other: "another scheme",
};

interface Row {
  readonly key: MeaningKey;
  readonly label: string;
  readonly value: string; // as captured
  readonly shown: string;
  readonly aside: string;
}

export function meaningRows(meaning: Meaning): Row[] {
  const rows: Row[] = [];
  const add = (key: MeaningKey, value: string | undefined, part: Partial<Row> = {}): void => {
    if (value === undefined) return;
    const label = kMeaningNames[key];
    rows.push({ key, label, value, shown: wireText(value), aside: "", ...part });
  };
  add("origin", meaning.origin, { aside: `told by ${meaning.origin_header ?? "a proxy"}` });
  add("via", meaning.via);
  const kind = meaning.identity_kind;
  const kindName = kind === undefined ? "" : kKindNames[kind];
  add("identity", meaning.identity, { aside: `${kindName}, not verified` });
  if (meaning.identity === undefined)
    add("identity_kind", kind, { shown: kindName, aside: "no name can be told" });
  for (const { name, value } of meaning.claims ?? [])
    add("claim", `${name}=${value}`, { label: wireText(name), shown: wireText(value) });
  for (const { name, value } of meaning.correlation_ids ?? [])
    add("correlation", `${name}=${value}`, { label: wireText(name), shown: wireText(value) });
  add("location", meaning.location);
  return rows;
}

export interface MeaningFactsProps {
  readonly meaning: Meaning | undefined;
  readonly onFilter: (change: Partial<Filter>) => void;
}

export function MeaningFacts({ meaning, onFilter }: MeaningFactsProps) {
  if (meaning === undefined) return null;
  return (
    <div className="section">
      <h3>Who and where</h3>
      <dl className="facts" data-testid="meaning">
        {meaningRows(meaning).map(({ key, label, value, shown, aside }) => (
          <div key={`${key} ${value}`} className="fact">
            <dt>{label}</dt>
            <dd>
              <button
                type="button"
                className="fact-filter"
                title="Show only communications with this value"
                onClick={() => onFilter({ [key]: patternOf(value) })}
              >
                {shown}
              </button>
              {aside !== "" && <span className="faint"> {aside}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
