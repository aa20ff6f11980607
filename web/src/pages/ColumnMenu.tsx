// ColumnMenu: which columns the list shows, and in which order.

import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";
import { type Column, type ColumnKey, kColumns } from "./columns";

export interface ColumnMenuProps {
  readonly shown: readonly Column[];
  readonly changed: boolean; // something was chosen: it can be taken back
  readonly onToggle: (key: ColumnKey) => void;
  readonly onMove: (key: ColumnKey, before: ColumnKey | null) => void;
  readonly onReset: () => void;
}

export function ColumnMenu({ shown, changed, onToggle, onMove, onReset }: ColumnMenuProps) {
  const keys = shown.map((column) => column.key);
  const hidden = kColumns.filter((column) => !keys.includes(column.key));
  return (
    <Popover
      label="Columns of the list"
      button={<Icon name="columns" />}
      buttonLabel="Columns"
      buttonClass="button is-bare is-icon is-small"
      panelClass="column-menu"
      testid="columns"
    >
      <h2>Columns</h2>
      <ul>
        {shown.map((column, index) => (
          <li key={column.key}>
            <label>
              <input type="checkbox" checked onChange={() => onToggle(column.key)} />
              {column.label}
            </label>
            <button
              type="button"
              className="button is-bare is-icon is-small"
              aria-label={`${column.label} further left`}
              title="Further left"
              disabled={index === 0}
              onClick={() => onMove(column.key, keys[index - 1] ?? null)}
            >
              <Icon name="up" />
            </button>
            <button
              type="button"
              className="button is-bare is-icon is-small"
              aria-label={`${column.label} further right`}
              title="Further right"
              disabled={index === keys.length - 1}
              onClick={() => onMove(column.key, keys[index + 2] ?? null)}
            >
              <Icon name="down" />
            </button>
          </li>
        ))}
        {hidden.map((column) => (
          <li key={column.key}>
            <label title={column.help}>
              <input type="checkbox" checked={false} onChange={() => onToggle(column.key)} />
              <span className="faint">{column.label}</span>
            </label>
          </li>
        ))}
      </ul>
      <p className="faint">
        Drag a head to move a column, its edge to make it wider. With the keys: Alt or Shift with
        the arrows.
      </p>
      {changed && (
        <button
          type="button"
          className="button is-small"
          data-testid="columns-reset"
          onClick={onReset}
        >
          Usual columns
        </button>
      )}
    </Popover>
  );
}
