// PairTable: names and values of a query, a cookie or a form, as a table.

import type { ReactNode } from "react";
import { wireText } from "../api/types";
import type { Pair } from "../base/heads";
import { Ask } from "./Ask";
import { CopyButton } from "./CopyButton";

export interface PairTableProps {
  readonly label: string;
  readonly pairs: readonly Pair[];
  readonly note?: (pair: Pair) => ReactNode;
  readonly termOf?: (pair: Pair) => string | null; // what asks for it
}

const kRowsMax = 2_000;

function AskPair({ term }: { term: string | null }) {
  return term === null ? null : <Ask term={term} />;
}

export function PairTable({ label, pairs, note, termOf }: PairTableProps) {
  return (
    <table className="pairs" aria-label={label} data-testid="pairs">
      <tbody>
        {pairs.slice(0, kRowsMax).map((pair, index) => (
          <tr key={index} className="asks">
            <th scope="row">{wireText(pair.name)}</th>
            <td>
              {wireText(pair.value)}
              {note?.(pair)}
              <AskPair term={termOf?.(pair) ?? null} />
            </td>
            <td className="pairs-copy">
              <CopyButton
                short
                label={`Copy ${wireText(pair.name)}`}
                text={() => wireText(pair.value)}
              />
            </td>
          </tr>
        ))}
        {pairs.length > kRowsMax && (
          <tr>
            <th scope="row">…</th>
            <td colSpan={2}>{pairs.length - kRowsMax} more; see the text.</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
