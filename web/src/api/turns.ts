// Questions that may take long wait for each other, so that there are always connections left for
// the rest of the page: browsers open six to one server. What one looks at is asked first.

import type { Query } from "./client";
import { understood } from "./understood";

const kAtOnce = 3;

// The order in which those that wait are asked; alike ones as they came.
export const kInView = 0;
export const kForOverview = 1; // counts beside what is looked at
export const kAhead = 2; // what may come into view

interface Waiting {
  readonly rank: number;
  readonly go: () => void;
}

let running = 0;
const waiting: Waiting[] = [];

function next(): void {
  if (running >= kAtOnce || waiting.length === 0) return;
  const first = waiting.reduce((a, b) => (b.rank < a.rank ? b : a));
  waiting.splice(waiting.indexOf(first), 1);
  first.go();
}

// Asks when it is its turn; one that is cancelled before never asks, nor does one whose text is
// not understood. Without a text to search by it is quick and waits for nobody.
export async function inTurn<T>(
  filter: Query,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
  rank = kInView,
): Promise<T> {
  if ((filter["q"] ?? "") === "") return ask();
  await understood(filter);
  signal?.throwIfAborted();
  if (running >= kAtOnce) {
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        running += 1;
        resolve();
      };
      const turn = { rank, go };
      waiting.push(turn);
      signal?.addEventListener("abort", () => {
        const at = waiting.indexOf(turn);
        if (at < 0) return; // it is its turn already
        waiting.splice(at, 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error("cancelled"));
      });
    });
  } else {
    running += 1;
  }
  try {
    return await ask();
  } finally {
    running -= 1;
    next();
  }
}
