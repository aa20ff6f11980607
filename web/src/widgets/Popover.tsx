// Popover: a button and the panel that it opens beside itself. Escape and a press elsewhere close
// it; Escape gives the focus back to the button.

import { useEffect, useRef, useState, type ReactNode } from "react";

export interface PopoverProps {
  readonly label: string; // of the panel
  readonly button: ReactNode;
  readonly buttonLabel?: string; // when the button is an icon
  readonly buttonClass: string;
  readonly panelClass?: string;
  readonly testid: string;
  readonly open?: boolean; // when someone else opens it as well
  readonly onOpen?: (open: boolean) => void;
  readonly children: ReactNode;
}

export function Popover(props: PopoverProps) {
  const [own, setOwn] = useState(false);
  const open = props.open ?? own;
  const setOpen = props.onOpen ?? setOwn;
  const anchor = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const away = (event: MouseEvent): void => {
      if (!anchor.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("mousedown", away);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("mousedown", away);
      document.removeEventListener("keydown", escape, true);
    };
  }, [open, setOpen]);
  return (
    <div className="popover-anchor" ref={anchor}>
      <button
        type="button"
        ref={button}
        className={props.buttonClass}
        aria-expanded={open}
        aria-haspopup="dialog"
        aria-label={props.buttonLabel}
        title={props.buttonLabel}
        data-testid={props.testid}
        onClick={() => setOpen(!open)}
      >
        {props.button}
      </button>
      {open && (
        <div
          className={`popover ${props.panelClass ?? ""}`}
          role="dialog"
          aria-label={props.label}
          tabIndex={-1}
        >
          {props.children}
        </div>
      )}
    </div>
  );
}
