// Parts of the page that are loaded when they are first wanted. While Spider is away none comes: it
// is asked for again until it does, as data is. A browser's own memory of a failed import, and
// React's of a lazy one, would keep the failure.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ComponentType, useEffect } from "react";
import { within } from "../api/client";
import { ApiError } from "../api/problem";
import { askStatus } from "../api/questions";
import { kAgain } from "./again";

export interface Late<C> {
  readonly name: string;
  readonly load: () => Promise<{ default: C }>;
}
export type Part<P> = Late<ComponentType<P>>;

const kPatienceMs = 5_000;

// All sheets are of this origin: one whose rules may not be read did not come.
function isLost({ sheet }: HTMLLinkElement): boolean {
  try {
    return sheet === null || sheet.cssRules.length === 0;
  } catch {
    return true;
  }
}

// A style sheet that did not come stays in the document, and is not asked for a second time.
async function mendSheets(): Promise<void> {
  const links = document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]');
  const lost = [...links].filter(isLost);
  await Promise.all(
    lost.map(
      (link) =>
        new Promise((done, fail) => {
          const again = link.cloneNode() as HTMLLinkElement;
          again.addEventListener("load", done);
          again.addEventListener("error", () => fail(new Error(`No style from ${again.href}`)));
          link.replaceWith(again);
        }),
    ),
  );
}

async function attempt<C>(part: Late<C>): Promise<C> {
  await mendSheets();
  return (await part.load()).default;
}

// What the browser says about it does not tell whether anybody answered: that is asked.
async function loadPart<C>(part: Late<C>, signal: AbortSignal): Promise<C> {
  try {
    return await attempt(part);
  } catch {
    await within(kPatienceMs, signal, askStatus);
  }
  return attempt(part).catch(() => {
    throw new ApiError({
      title: "This part of the page is not there",
      detail: "Spider answers, but not with the page that is open here.",
      hint: "It may have become another version: load the page again.",
      status: -1,
      code: "",
    });
  });
}

const questionOf = <C>(part: Late<C>) => ({
  queryKey: ["part", part.name],
  queryFn: ({ signal }: { signal: AbortSignal }) => loadPart(part, signal),
  networkMode: "always" as const,
  staleTime: Infinity,
  gcTime: Infinity,
  structuralSharing: false,
});

export function usePart<P>(part: Part<P>) {
  return useQuery({ ...questionOf(part), ...kAgain });
}

const kRestMs = 2_000; // the page has drawn what it was opened for

// Loads them while nothing else is wanted: what came before Spider goes away can be opened then.
export function usePartsSoon(parts: readonly Late<unknown>[]): void {
  const client = useQueryClient();
  useEffect(() => {
    const fetch = (): void => {
      for (const part of parts) void client.prefetchQuery({ ...questionOf(part), retry: false });
    };
    const timer = setTimeout(fetch, kRestMs);
    return () => clearTimeout(timer);
  }, [client, parts]);
}
