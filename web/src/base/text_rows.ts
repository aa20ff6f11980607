// A text as the rows in which it is shown: lines, long ones folded, holes between its runs. Pure.

import type { Gap } from "./holes";

export const kLineMax = 4_000; // characters shown of one line; a minified file is one of megabytes

export interface TextRows {
  readonly texts: readonly string[];
  // 0: no number. A row that goes on a line has none, nor has one behind a hole: how many lines
  // were in it is not known.
  readonly numbers: readonly number[];
  readonly holes: ReadonlyMap<number, Gap>; // by row
  readonly last: number; // the highest number
}

// `runs`: the text before, between and behind the gaps.
export function textRows(runs: readonly string[], gaps: readonly Gap[] = []): TextRows {
  const texts: string[] = [];
  const numbers: number[] = [];
  const holes = new Map<number, Gap>();
  let last = 0;
  runs.forEach((run, index) => {
    const counted = index === 0;
    if (run !== "" || runs.length === 1) {
      for (const line of run.split(/\r\n|\n|\r/)) {
        if (counted) last += 1;
        for (let at = 0; at < Math.max(1, line.length); at += kLineMax) {
          texts.push(line.slice(at, at + kLineMax));
          numbers.push(counted && at === 0 ? last : 0);
        }
      }
    }
    const gap = gaps[index];
    if (gap === undefined) return;
    holes.set(texts.length, gap);
    texts.push("");
    numbers.push(0);
  });
  return { texts, numbers, holes, last };
}
