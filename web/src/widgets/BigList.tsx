// BigList: rows of one height of which only those in view exist, up to millions of them. A browser
// cannot make an element taller than some 33 million pixels: beyond kTallest the scroll bar runs
// over a shorter space, and the rows follow it in proportion.

import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

const kTallest = 12_000_000;
const kOver = 12; // rows beyond both edges
const kUnmeasured = 600; // pixels, where there is no layout

export interface BigListHandle {
  readonly reveal: (index: number) => void;
  readonly page: () => number; // rows in view
}

export interface BigListProps {
  readonly count: number;
  readonly rowHeight?: number;
  readonly render: (index: number) => ReactNode;
  readonly label: string;
  readonly role?: "region" | "tree" | "listbox";
  readonly className?: string;
  readonly testId?: string;
  readonly active?: string; // id of the row that has the keys
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly handle?: Ref<BigListHandle>;
}

export function BigList(props: BigListProps) {
  const { count, rowHeight = 18 } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: kUnmeasured });
  const full = count * rowHeight;
  const height = Math.min(full, kTallest);
  const room = Math.max(1, height - view.height);
  // Of the whole list, how many pixels are above the view.
  const offset = full <= kTallest ? view.top : (view.top / room) * (full - view.height);

  const measure = useCallback(() => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    setView((old) => {
      const next = { top: scrollTop, height: clientHeight === 0 ? kUnmeasured : clientHeight };
      return old.top === next.top && old.height === next.height ? old : next;
    });
  }, []);
  useLayoutEffect(() => {
    measure();
    if (box.current === null || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [measure, count]);

  useImperativeHandle(
    props.handle,
    () => ({
      page: () => Math.max(1, Math.floor(view.height / rowHeight) - 1),
      reveal: (index) => {
        const element = box.current;
        if (element === null) return;
        const top = index * rowHeight;
        let wanted = offset;
        if (top < offset) wanted = top;
        else if (top + rowHeight > offset + view.height) wanted = top + rowHeight - view.height;
        if (wanted === offset) return;
        element.scrollTop =
          full <= kTallest ? wanted : (wanted / Math.max(1, full - view.height)) * room;
        measure();
      },
    }),
    [full, measure, offset, room, rowHeight, view.height],
  );

  const first = Math.max(0, Math.floor(offset / rowHeight) - kOver);
  const last = Math.min(count, Math.ceil((offset + view.height) / rowHeight) + kOver);
  const shift = view.top - offset;
  const rows: ReactNode[] = [];
  for (let index = first; index < last; index += 1) {
    rows.push(
      <div
        className="code-line"
        role={props.role === "region" || props.role === undefined ? undefined : "presentation"}
        key={index}
        style={{ height: rowHeight, transform: `translateY(${index * rowHeight + shift}px)` }}
      >
        {props.render(index)}
      </div>,
    );
  }
  return (
    <div
      className={props.className ?? "code"}
      ref={box}
      tabIndex={0}
      role={props.role ?? "region"}
      aria-label={props.label}
      aria-activedescendant={props.active}
      data-testid={props.testId}
      onScroll={measure}
      onKeyDown={props.onKeyDown}
    >
      <div className="code-space" role="presentation" style={{ height }}>
        {rows}
      </div>
    </div>
  );
}
