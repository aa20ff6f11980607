// JsonPick: a button that reads a configuration from a file of one's own.

import { useRef } from "react";
import { type Configuration, parseConfiguration } from "../../state/whispererSettings";
import { Icon } from "../../widgets/Icon";

export interface JsonPickProps {
  readonly label: string;
  readonly title: string;
  readonly tight?: boolean; // on a narrow page the picture has to do
  readonly testid: string;
  readonly onPick: (configuration: Configuration) => void;
  readonly onTrouble: (why: string) => void;
}

export function JsonPick({
  label,
  title,
  tight = false,
  testid,
  onPick,
  onTrouble,
}: JsonPickProps) {
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    try {
      onPick(parseConfiguration(await file.text()));
    } catch (error) {
      onTrouble((error as Error).message);
    }
    if (input.current !== null) input.current.value = ""; // the same file once more
  };
  return (
    <>
      <button
        type="button"
        className="button"
        aria-label={label}
        title={title}
        onClick={() => input.current?.click()}
      >
        <Icon name="up" />
        <span className={tight ? "wide-only" : undefined}>{label}</span>
      </button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        data-testid={testid}
        onChange={(event) => void read(event.target.files?.[0])}
      />
    </>
  );
}
