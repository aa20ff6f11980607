// A text cut into pieces by what is known of its parts, for colouring. Pure.

export interface Span<Kind> {
  readonly kind: Kind;
  readonly offset: number;
  readonly length: number;
}

export interface Piece<Kind> {
  readonly kind: Kind | null; // null: nothing is known of it
  readonly text: string;
  readonly wrong: boolean;
}

// What is known is of `known`, which may be older than `text`: only what both begin with counts.
export function piecesOf<Kind>(
  text: string,
  known: string,
  spans: readonly Span<Kind>[],
  wrong: { readonly offset: number; readonly length: number } | null,
): Piece<Kind>[] {
  let same = 0;
  while (same < text.length && same < known.length && text[same] === known[same]) same += 1;
  if (text === known) same = text.length;
  const pieces: Piece<Kind>[] = [];
  const add = (kind: Kind | null, from: number, to: number): void => {
    if (to <= from) return;
    const low = Math.max(from, wrong?.offset ?? to);
    const high = Math.min(to, wrong === null ? from : wrong.offset + wrong.length);
    if (text !== known || high <= low) {
      pieces.push({ kind, text: text.slice(from, to), wrong: false });
      return;
    }
    if (low > from) pieces.push({ kind, text: text.slice(from, low), wrong: false });
    pieces.push({ kind, text: text.slice(low, high), wrong: true });
    if (high < to) pieces.push({ kind, text: text.slice(high, to), wrong: false });
  };
  let at = 0;
  for (const span of spans) {
    const end = span.offset + span.length;
    if (span.offset < at || end > same) continue;
    add(null, at, span.offset);
    add(span.kind, span.offset, end);
    at = end;
  }
  add(null, at, text.length);
  return pieces;
}
