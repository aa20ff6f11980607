// What was removed of the whisperers, by retention or by hand: from when on their communications
// are there. Counts of whole days stay longer than what they count (decision 0028), so that a bar
// does not say that its communications can be looked at. Pure.

import { formatDateTime, type Micros, type TimeRange } from "./time";

export interface Removed {
  readonly whisperer: string;
  readonly before: Micros;
}

export interface Removals {
  readonly marks: readonly Removed[];
  readonly whole: Micros | null; // before it nothing is left of any; null: not so, or not known
}

export const kNothingRemoved: Removals = { marks: [], whole: null };

// What the range asks for of that.
export function removedIn({ marks }: Removals, r: Pick<TimeRange, "from">): readonly Removed[] {
  return marks.filter(({ before }) => r.from < before);
}

export function removedWords({ whisperer, before }: Removed): string {
  const when = formatDateTime(before, "second");
  return `What “${whisperer}” had that ended before ${when} was removed, by retention or by hand.`;
}
