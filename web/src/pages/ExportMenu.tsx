// ExportMenu: what the question or the picked communications can be written as. The browser saves
// the file while the server still writes it, whatever its size, and shows how far it is.

import { address, type Query } from "../api/client";
import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";

export interface ExportMenuProps {
  readonly what: string; // "7 selected", "in the window"
  readonly query: Query; // range and question, or ids
  readonly testid: string;
}

const kFormats = [
  ["har", "HAR", "opens in a browser's developer tools"],
  ["ndjson", "NDJSON", "one JSON object per line"],
  ["csv", "CSV", "a table"],
  ["pcapng", "pcapng", "their packets, for Wireshark"],
] as const;

export function ExportMenu({ what, query, testid }: ExportMenuProps) {
  return (
    <Popover
      label={`Export ${what}`}
      button={
        <>
          <Icon name="download" />
          Export
        </>
      }
      buttonClass="button is-small is-bare"
      panelClass="export-menu"
      testid={testid}
    >
      <h2>Export {what}</h2>
      <ul>
        {kFormats.map(([format, name, help]) => (
          <li key={format}>
            <a
              className="button is-bare"
              href={address("export", { ...query, format })}
              download=""
              data-testid={`export-${format}`}
            >
              {name}
            </a>
            <span className="faint">{help}</span>
          </li>
        ))}
      </ul>
    </Popover>
  );
}
