// When a question is asked again by itself: while nobody answers, until somebody does. What was
// shown stays until then, and nothing has to be clicked when Spider is back. What was answered with
// a problem would be answered alike.

import { isUnreachable } from "../api/problem";

export const kAgain = {
  retry: (_failures: number, error: unknown): boolean => isUnreachable(error),
  retryDelay: 1_000,
} as const;
