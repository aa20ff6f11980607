// @vitest-environment jsdom
// Answers that take long come in pieces: something true first, then all of it.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { micros, range } from "../../../src/base/time";
import { useBars, useQuickSummary, useSummary } from "../../../src/state/data";
import { useFacets } from "../../../src/state/search";
import { kPendingLayer, layersOf } from "../../../src/state/stack";

interface Asked {
  readonly url: URL;
  readonly signal: AbortSignal | undefined;
  readonly answer: (body: object, status?: number) => void;
}
let asked: Asked[] = [];

beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", (url: string, init?: RequestInit) => {
    return new Promise<Response>((resolve, reject) => {
      const signal = init?.signal ?? undefined;
      signal?.addEventListener("abort", () => reject(new DOMException("gone", "AbortError")));
      const answer = (body: object, status = 200): void =>
        resolve(new Response(JSON.stringify(body), { status }));
      asked.push({ url: new URL(url, "http://spider.test/"), signal, answer });
    });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const client = (): ((props: { children: ReactNode }) => JSX.Element) => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return function Wrapped({ children }) {
    return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
  };
};
const last = (name: string): Asked | undefined =>
  [...asked].reverse().find(({ url }) => url.pathname.endsWith(name));

const scope = { range: range(micros(0), micros(8_000_000)), follow: null };
const counted = (n: number, partial?: object): object => ({
  communications: n,
  facets: [{ field: "path", values: [], rest: n, missed_max: 0 }],
  partial,
});
const part = { reached_us: 5_000_000, budget_ms: 250, detail: "" };

describe("the values of what is shown", () => {
  const facets = () =>
    renderHook(
      ({ q }: { q: string }) => useFacets(scope, q === "" ? {} : { whisperer: q }, "path", true),
      { wrapper: client(), initialProps: { q: "" } },
    );

  it("are asked for once when counting them is quick", async () => {
    const { result } = facets();
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.url.searchParams.get("budget_ms")).toBe("250");
    asked[0]?.answer(counted(9));
    await waitFor(() => expect(result.current.data?.communications).toBe(9));
    await waitFor(() => expect(result.current.isFetching).toBe(false));
    expect(asked).toHaveLength(1);
  });

  it("are those of the newest part, and say so, until all are counted", async () => {
    const { result } = facets();
    await waitFor(() => expect(asked).toHaveLength(1));
    asked[0]?.answer(counted(3, part));
    await waitFor(() => expect(result.current.data?.communications).toBe(3));
    expect(result.current.data?.partial?.reached_us).toBe(5_000_000);
    expect(result.current.isFetching).toBe(true);
    await waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]?.url.searchParams.has("budget_ms")).toBe(false);
    asked[1]?.answer(counted(9));
    await waitFor(() => expect(result.current.data?.communications).toBe(9));
    expect(result.current.data?.partial).toBeUndefined();
  });

  it("are counted no further when something else is asked", async () => {
    const { rerender } = facets();
    await waitFor(() => expect(asked).toHaveLength(1));
    asked[0]?.answer(counted(3, part));
    await waitFor(() => expect(asked).toHaveLength(2));
    rerender({ q: "other" });
    await waitFor(() => expect(asked[1]?.signal?.aborted).toBe(true));
  });
});

describe("bars by a field", () => {
  const tile = { bucket: 1_000_000, range: scope.range };
  const layers = layersOf("template", ["/a/{n}"]);
  const bars = () =>
    renderHook(() => useBars([tile], tile.range, {}, "template", layers, true), {
      wrapper: client(),
    });
  const buckets = (counts: number[]): object => ({
    buckets: [{ start_us: 0, total: 7, counts }],
  });

  it("have their height at once, and their layers when these are known", async () => {
    const { result } = bars();
    await waitFor(() => expect(last("timeline")?.url.searchParams.get("split")).toBe("none"));
    last("timeline")?.answer({ series: [{ key: "all", communications: 7 }], ...buckets([7]) });
    await waitFor(() => expect(result.current.data.bars).toHaveLength(1));
    const { data } = result.current;
    expect(data.layers[data.layers.length - 1]).toBe(kPendingLayer);
    expect(data.bars[0]?.counts).toEqual([0, 0, 0, 7]); // nothing is said to be "others"
    asked[0]?.answer({
      series: [
        { key: "/a/{n}", kind: "value", communications: 5 },
        { key: "others", kind: "others", communications: 2 },
      ],
      ...buckets([5, 2]),
    });
    await waitFor(() => expect(result.current.busy).toBe(false));
    expect(result.current.data.layers).toBe(layers);
    expect(result.current.data.bars[0]?.counts).toEqual([5, 0, 2]);
  });

  it("ask for no heights when the layers are quick", async () => {
    const { result } = bars();
    await waitFor(() => expect(asked).toHaveLength(1));
    asked[0]?.answer({ series: [], buckets: [] });
    await waitFor(() => expect(result.current.busy).toBe(false));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(asked).toHaveLength(1);
  });

  it("let the number of all be told before the layers are known", async () => {
    const { result } = renderHook(
      () => useQuickSummary(scope, () => 1_000_000, {}, true, false, "template", []),
      { wrapper: client() },
    );
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.url.searchParams.get("split")).toBe("none");
    asked[0]?.answer({ communications: 7, bucket_us: 1_000_000, series: [], ...buckets([7]) });
    await waitFor(() => expect(result.current.summary?.total).toBe(7));
    expect(result.current.summary?.counts).toEqual([]);
  });
});

describe("a count that is refused", () => {
  it("is no count of another range, also not while it is asked again", async () => {
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const other = { range: range(micros(0), micros(8_000_000_000)), follow: null };
    const { result, rerender } = renderHook(({ of }) => useSummary(of, () => 1_000_000, {}, true), {
      wrapper: ({ children }: { children: ReactNode }) => (
        <QueryClientProvider client={queries}>{children}</QueryClientProvider>
      ),
      initialProps: { of: scope },
    });
    await waitFor(() => expect(asked).toHaveLength(1));
    asked[0]?.answer({ communications: 0, bucket_us: 1_000_000, series: [], buckets: [] });
    await waitFor(() => expect(result.current.summary?.total).toBe(0));
    expect(result.current.error).toBeNull();

    rerender({ of: other });
    await waitFor(() => expect(asked).toHaveLength(2));
    asked[1]?.answer({ title: "Too many buckets", code: "API-PARAM-001" }, 400);
    await waitFor(() => expect(result.current.error).not.toBeNull());
    expect(result.current.summary).toBeNull();

    void queries.invalidateQueries();
    await waitFor(() => expect(asked).toHaveLength(3));
    expect(result.current.summary).toBeNull();
    expect(result.current.error).not.toBeNull();
    asked[2]?.answer({ communications: 9, bucket_us: 1_000_000, series: [], buckets: [] });
    await waitFor(() => expect(result.current.summary?.total).toBe(9));
    expect(result.current.error).toBeNull();
  });
});
