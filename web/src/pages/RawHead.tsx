// RawHead: the head of a message byte for byte, as it was captured. The server gives those bytes
// only where they differ from what its lines make when they are written plainly.

import { Fragment, useState } from "react";
import { wireText, type Header, type Message } from "../api/types";
import { maskedValue } from "./HeaderTables";
import { isSecret } from "./headerTerms";

const kEnd = "\r\n";

function plainText(message: Message, masked: boolean): string {
  const valueOf = (header: Header): string =>
    masked && isSecret(header) ? maskedValue(header) : header.value;
  const lines = message.headers.map((header) =>
    header.no_colon === true ? header.name : `${header.name}: ${valueOf(header)}`,
  );
  return [message.start_line, ...lines, "", ""].join(kEnd);
}

// A value that went over several lines is not found in the bytes: they cannot be shown without it.
const canMask = (message: Message): boolean =>
  !message.headers.some((header) => isSecret(header) && header.folded === true);

function maskedBytes(message: Message, bytes: string): string {
  return message.headers
    .filter(isSecret)
    .reduce((text, header) => text.replaceAll(header.value, maskedValue(header)), bytes);
}

// As text; `masked` hides credentials.
export function headText(message: Message, masked: boolean): string {
  const { head } = message;
  if (head === undefined || (masked && !canMask(message)))
    return wireText(plainText(message, masked));
  return wireText(masked ? maskedBytes(message, head) : head);
}

function noteOf(message: Message, text: string, masked: boolean): string {
  if (message.head !== undefined && masked && !canMask(message))
    return "Credentials go over several lines: while they are hidden, lines are shown joined.";
  const notes = [`Byte for byte as captured${masked ? ", but for the hidden credentials" : ""}.`];
  if (/(^|[^\r])\n/.test(text)) notes.push("\u240a marks a line that ends with LF alone.");
  if (!/\n\r?\n$/.test(text))
    notes.push("No blank line ends it: it was cut, or not all of it seen.");
  return notes.join(" ");
}

export function RawHead({ message }: { message: Message }) {
  const [shown, setShown] = useState(false);
  const secret = message.headers.some(isSecret);
  const text = headText(message, !shown);
  const lines = text.split("\n");
  return (
    <div data-testid="raw-head">
      <pre className="raw-head">
        {lines.map((line, index) => {
          const last = index === lines.length - 1;
          return (
            <Fragment key={index}>
              {line.replace(/\r$/, "")}
              {!last && !line.endsWith("\r") && <i className="line-end">{"\u240a"}</i>}
              {!last && "\n"}
            </Fragment>
          );
        })}
      </pre>
      <p className="faint raw-note">
        {noteOf(message, text, secret && !shown)}{" "}
        {secret && (
          <button
            type="button"
            className="link-button"
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            {shown ? "Hide the credentials" : "Show the credentials"}
          </button>
        )}
      </p>
    </div>
  );
}
