// Files that were dropped somewhere on the page, until the view that sends them takes them.

import { useEffect, useRef } from "react";

let waiting: File[] = [];
const takers = new Set<() => void>();

export function handOver(files: readonly File[]): void {
  waiting = [...waiting, ...files];
  takers.forEach((take) => take());
}

export function useHanded(onFiles: (files: readonly File[]) => void): void {
  const told = useRef(onFiles);
  told.current = onFiles;
  useEffect(() => {
    const take = (): void => {
      const files = waiting;
      waiting = [];
      if (files.length > 0) told.current(files);
    };
    takers.add(take);
    take();
    return () => void takers.delete(take);
  }, []);
}
