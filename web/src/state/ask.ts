// Asking for a value that one sees: only this, or not this. Whoever shows values says which term of
// the filter language each stands for; the page that owns the question provides what is done.

import { createContext, useContext } from "react";

export interface Asking {
  readonly only: (term: string) => void;
  readonly not: (term: string) => void;
  readonly drop: (term: string) => void; // ask for it no longer
}

export const AskingContext = createContext<Asking>({
  only: () => undefined,
  not: () => undefined,
  drop: () => undefined,
});

export function useAsking(): Asking {
  return useContext(AskingContext);
}
