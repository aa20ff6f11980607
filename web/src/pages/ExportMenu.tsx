// ExportMenu: what the question or the picked communications can be written as. The browser saves
// the file while the server still writes it, whatever its size, and shows how far it is.

import { useState } from "react";
import { address, type Query } from "../api/client";
import { plural } from "../base/format";
import { followExport, newWord } from "../state/exports";
import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";

export interface ExportMenuProps {
  readonly what: string; // "7 selected", "in the window"
  readonly count: number | null; // communications; null: not known before they are read
  readonly query: Query; // range and question, or ids
  readonly testid: string;
  readonly button?: string;
}

const kFormats = [
  ["har", "HAR", "opens in a browser's developer tools"],
  ["ndjson", "NDJSON", "one JSON object per line"],
  ["csv", "CSV", "a table"],
  ["pcapng", "pcapng", "their packets, for Wireshark"],
] as const;

export function ExportMenu({ what, count, query, testid, button = "Export" }: ExportMenuProps) {
  // The word is chosen when the file is asked for, by a click or by "save link as".
  const [word, setWord] = useState(newWord);
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={`Export ${what}`}
      button={
        <>
          <Icon name="download" />
          {button}
        </>
      }
      buttonClass="button is-small is-bare"
      panelClass="export-menu"
      testid={testid}
      open={open}
      onOpen={setOpen}
    >
      <h2>Export {what}</h2>
      <p data-testid="export-count">
        {count === null
          ? "All that answer the question; how many is told while they are written."
          : `${plural(count, "communication")}.`}
      </p>
      <ul>
        {kFormats.map(([format, name, help]) => (
          <li key={format}>
            <a
              className="button is-bare"
              href={address("export", { ...query, format, follow: word })}
              download=""
              data-testid={`export-${format}`}
              onClick={() => {
                followExport({ word, what: `${name}, ${what}` });
                // The browser reads the address after this.
                setTimeout(() => {
                  setWord(newWord());
                  setOpen(false);
                });
              }}
            >
              {name}
            </a>
            <span className="faint">{help}</span>
          </li>
        ))}
      </ul>
      <p className="faint">
        HAR and pcapng hold headers and bodies as they were captured: credentials (Authorization,
        cookies) are in them. NDJSON and CSV hold neither, but whole addresses with their queries.
      </p>
    </Popover>
  );
}
