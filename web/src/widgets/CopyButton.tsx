// CopyButton: puts text on the clipboard and says for a moment that it did, or that it could not.

import { useEffect, useState } from "react";
import { Icon } from "./Icon";

// Without a secure context (a page over plain HTTP from elsewhere) there is no clipboard API; an
// element that is selected and copied still works there.
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export interface CopyButtonProps {
  readonly label: string;
  readonly text: () => string | Promise<string>;
  readonly short?: boolean; // the icon alone
  readonly title?: string;
  readonly testId?: string;
}

export function CopyButton({ label, text, short, title, testId }: CopyButtonProps) {
  const [state, setState] = useState<"idle" | "done" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return undefined;
    const timer = setTimeout(() => setState("idle"), 1_600);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      setState((await copyText(await text())) ? "done" : "failed");
    } catch {
      setState("failed");
    }
  };
  const said = state === "done" ? "Copied" : state === "failed" ? "Not copied" : label;
  return (
    <button
      type="button"
      className={short === true ? "button is-bare is-icon is-small" : "button is-bare is-small"}
      aria-label={short === true ? said : undefined}
      title={title ?? label}
      data-testid={testId}
      onClick={() => void copy()}
    >
      <Icon name={state === "done" ? "check" : state === "failed" ? "warning" : "copy"} />
      {short !== true && <span aria-live="polite">{said}</span>}
    </button>
  );
}
