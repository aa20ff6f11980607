// Questions that may take long wait for each other, so that there are always connections left for
// the rest of the page: browsers open six to one server.

import type { Query } from "./client";

const kAtOnce = 2;

let running = 0;
const waiting: (() => void)[] = [];

function next(): void {
  if (running >= kAtOnce) return;
  waiting.shift()?.();
}

// Asks when it is its turn; one that is cancelled before never asks. Without a text to search by
// it is quick and waits for nobody.
export async function inTurn<T>(
  filter: Query,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  if ((filter["q"] ?? "") === "") return ask();
  if (running >= kAtOnce) {
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        running += 1;
        resolve();
      };
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
