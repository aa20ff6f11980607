// ListRail: the scrollbar of the whole list. Its length stands for all communications by rank, not
// only for those that are loaded: where the thumb is dragged to, the list begins to load.

import { useRef, useState, type PointerEvent } from "react";

export interface ListRailProps {
  readonly at: number; // rank of the first row in view, 0 to 1
  readonly share: number; // of the list that is in view
  readonly hint: (rank: number) => string; // what is found there
  readonly onGo: (rank: number, settled: boolean) => void;
}

const kThumbMin = 28;

export function ListRail({ at, share, hint, onGo }: ListRailProps) {
  const track = useRef<HTMLDivElement>(null);
  const grip = useRef(0); // where in the thumb it is held, pixels
  const [drag, setDrag] = useState<number | null>(null);
  const shown = drag ?? at;
  const thumb = `max(${kThumbMin}px, ${Math.min(1, share) * 100}%)`;

  const rankAt = (y: number): number => {
    const box = track.current?.getBoundingClientRect();
    if (box === undefined) return 0;
    const length = Math.max(kThumbMin, Math.min(1, share) * box.height);
    const room = Math.max(1, box.height - length);
    return Math.min(1, Math.max(0, (y - box.top - grip.current) / room));
  };
  const onDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    const target = event.target as HTMLElement;
    const box = target.getBoundingClientRect();
    const held = target.dataset["thumb"] !== undefined;
    grip.current = held ? event.clientY - box.top : kThumbMin / 2;
    event.currentTarget.setPointerCapture(event.pointerId);
    const rank = rankAt(event.clientY);
    setDrag(rank);
    if (!held) onGo(rank, false);
  };
  const onMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (drag === null) return;
    const rank = rankAt(event.clientY);
    setDrag(rank);
    onGo(rank, false);
  };
  const onUp = (event: PointerEvent<HTMLDivElement>): void => {
    if (drag === null) return;
    onGo(rankAt(event.clientY), true);
    setDrag(null);
  };
  return (
    <div
      className="list-rail"
      ref={track}
      role="presentation"
      data-testid="rail"
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={() => setDrag(null)}
    >
      <div
        className={drag === null ? "list-thumb" : "list-thumb is-held"}
        data-thumb=""
        data-testid="thumb"
        style={{ height: thumb, top: `calc((100% - ${thumb}) * ${shown})` }}
      />
      {drag !== null && (
        <div
          className="list-rail-hint number"
          data-testid="rail-hint"
          style={{ top: `calc((100% - ${thumb}) * ${shown})` }}
        >
          {hint(drag)}
        </div>
      )}
    </div>
  );
}
