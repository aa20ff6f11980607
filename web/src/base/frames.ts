// The one frame scheduler of the page: whoever needs to draw asks here, and everything asked for
// is done once, together, in the browser's next animation frame.

type Task = (now: number) => void;

const waiting = new Set<Task>();
let requested = false;
let watcher: ((workMs: number) => void) | null = null;

function run(now: number): void {
  requested = false;
  const tasks = [...waiting];
  waiting.clear();
  const start = performance.now();
  for (const task of tasks) task(now);
  watcher?.(performance.now() - start);
}

// Asking twice before the frame comes is asking once.
export function scheduleFrame(task: Task): void {
  waiting.add(task);
  if (!requested) {
    requested = true;
    requestAnimationFrame(run);
  }
}

export function cancelFrame(task: Task): void {
  waiting.delete(task);
}

// Tells how long each drawing took, to one listener at a time; null ends it.
export function watchFrames(listener: ((workMs: number) => void) | null): void {
  watcher = listener;
}

export interface FrameFigures {
  readonly frames: number;
  readonly medianMs: number; // from one frame to the next
  readonly p95Ms: number;
  readonly worstMs: number;
  readonly drawP95Ms: number; // drawing itself
}

const rank = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

export function figuresOf(intervals: readonly number[], work: readonly number[]): FrameFigures {
  const sorted = [...intervals].sort((a, b) => a - b);
  const drawn = [...work].sort((a, b) => a - b);
  return {
    frames: intervals.length,
    medianMs: rank(sorted, 0.5),
    p95Ms: rank(sorted, 0.95),
    worstMs: rank(sorted, 1),
    drawP95Ms: rank(drawn, 0.95),
  };
}
