// The one frame scheduler of the page: whoever needs to draw asks here, and everything asked for
// is done once, together, in the browser's next animation frame.

type Task = (now: number) => void;

const waiting = new Set<Task>();
let requested = false;

function run(now: number): void {
  requested = false;
  const tasks = [...waiting];
  waiting.clear();
  for (const task of tasks) task(now);
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
