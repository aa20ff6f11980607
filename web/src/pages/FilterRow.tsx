// FilterRow: the simple filters. Typing asks after a short rest; a choice asks at once.

import { useEffect, useRef, useState } from "react";
import type { Whisperer } from "../api/types";
import { classes } from "../base/format";
import { kDurationForm, kMeaningKeys, kNotWhole, kStatusForm } from "../state/filter";
import { type Filter, isFiltered, kNoFilter } from "../state/url";
import { Icon } from "../widgets/Icon";
import { kMeaningNames } from "./MeaningFacts";

export interface FilterRowProps {
  readonly filter: Filter;
  readonly whisperers: readonly Whisperer[];
  readonly onChange: (change: Partial<Filter>) => void;
}

const kRestMs = 300;

interface TextFieldProps {
  readonly name: keyof Filter;
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly list?: readonly string[];
  readonly valid?: RegExp;
  readonly onChange: (change: Partial<Filter>) => void;
}

function TextField({ name, label, hint, value, list, valid, onChange }: TextFieldProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (value !== told.current) setText(value); // the address changed under us
    told.current = value;
  }, [value]);
  const wrong = text !== "" && valid !== undefined && !valid.test(text);
  const tell = (next: string): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
    if (next !== told.current && (next === "" || valid === undefined || valid.test(next))) {
      told.current = next;
      onChange({ [name]: next });
    }
  };
  const type = (next: string): void => {
    setText(next);
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => tell(next), kRestMs);
  };
  return (
    <label
      className={classes("field", `field-${name}`, text !== "" && "is-set", wrong && "is-wrong")}
      title={hint}
    >
      <span className="visually-hidden">{label}</span>
      <input
        type="text"
        name={name}
        value={text}
        placeholder={label}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={wrong}
        list={list === undefined ? undefined : `list-${name}`}
        onChange={(event) => type(event.target.value)}
        onBlur={() => tell(text)}
        onKeyDown={(event) => {
          if (event.key === "Enter") tell(text);
          if (event.key === "Escape" && text !== "") {
            event.stopPropagation();
            setText("");
            tell("");
          }
        }}
      />
      {wrong && (
        <span className="field-why" role="alert">
          Not used. Write {hint}
        </span>
      )}
      {list !== undefined && (
        <datalist id={`list-${name}`}>
          {list.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      )}
    </label>
  );
}

const kMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const kStatuses = ["2xx", "3xx", "4xx", "5xx", ">=400", "404", "none"];

const kStates: readonly (readonly [string, string])[] = [
  ["", "Any state"],
  [kNotWhole, "not whole"],
  ["complete", "complete"],
  ["partial", "partial"],
  ["no_response", "no response"],
  ["no_request", "no request"],
];

export function FilterRow({ filter, whisperers, onChange }: FilterRowProps) {
  return (
    <form
      className="filters"
      role="search"
      aria-label="Filter"
      onSubmit={(event) => event.preventDefault()}
    >
      <TextField
        name="uri"
        label="Path contains"
        hint="A part of the request target, upper and lower case as written"
        value={filter.uri}
        onChange={onChange}
      />
      <TextField
        name="host"
        label="Host"
        hint="A part of the host, or a pattern such as *.example.org"
        value={filter.host}
        onChange={onChange}
      />
      <TextField
        name="method"
        label="Method"
        hint="GET, or several: GET,POST"
        value={filter.method}
        list={kMethods}
        onChange={onChange}
      />
      <TextField
        name="status"
        label="Status"
        hint="404, 5xx, >=400, 500-503, none; several separated by commas"
        value={filter.status}
        list={kStatuses}
        valid={kStatusForm}
        onChange={onChange}
      />
      <TextField
        name="slower"
        label="Slower than, ms"
        hint="a length of time: 250 (milliseconds), or 2s"
        value={filter.slower}
        valid={kDurationForm}
        onChange={onChange}
      />
      <label className={classes("field", "field-state", filter.state !== "" && "is-set")}>
        <span className="visually-hidden">State</span>
        <select
          name="state"
          value={filter.state}
          onChange={(event) => onChange({ state: event.target.value })}
        >
          {[
            ...kStates,
            ...(kStates.some(([value]) => value === filter.state)
              ? []
              : [[filter.state, filter.state] as const]),
          ].map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {(whisperers.length > 1 || filter.whisperer !== "") && (
        <label className={classes("field", "field-whisperer", filter.whisperer !== "" && "is-set")}>
          <span className="visually-hidden">Whisperer</span>
          <select
            name="whisperer"
            value={filter.whisperer}
            onChange={(event) => onChange({ whisperer: event.target.value })}
          >
            <option value="">All whisperers</option>
            {whisperers.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {kMeaningKeys
        .filter((key) => filter[key] !== "")
        .map((key) => (
          <button
            key={key}
            type="button"
            className="filter-chip"
            title={`${kMeaningNames[key]}: ${filter[key]}. Click to take this filter away.`}
            data-testid={`chip-${key}`}
            onClick={() => onChange({ [key]: "" })}
          >
            <span className="faint">{kMeaningNames[key]}</span>
            <span className="filter-chip-value">{filter[key]}</span>
            <Icon name="close" />
          </button>
        ))}
      {isFiltered(filter) && (
        <button
          type="button"
          className="button is-bare"
          aria-label="Clear"
          title="Take every filter away"
          data-testid="clear-filter"
          onClick={() => onChange(kNoFilter)}
        >
          <Icon name="close" />
          <span className="clear-word">Clear</span>
        </button>
      )}
    </form>
  );
}
