// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeptData, KeptKind } from "../../../src/api/types";
import { horizonText, KeptDataView } from "../../../src/pages/whisperers/KeptDataView";

const kNames = ["communications", "bodies", "sessions", "packets", "quality"] as const;

const kind = (name: KeptKind["kind"], part: Partial<KeptKind> = {}): KeptKind => ({
  kind: name,
  oldest: "2026-03-10T08:00:00.000000Z",
  oldest_us: 1_773_129_600_000_000,
  newest: "2026-03-10T09:00:00.000000Z",
  newest_us: 1_773_133_200_000_000,
  bytes: 5 << 20,
  keep: null,
  horizon_s: null,
  horizon_by: "nothing",
  removed_before: null,
  removed_before_us: null,
  ...part,
});
const kept = (part: Partial<KeptData> = {}): KeptData => ({
  whisperer: "live",
  type: "INTERFACE",
  bytes: 25 << 20,
  max_bytes: null,
  bytes_per_second: 1_000,
  kinds: kNames.map((name) => kind(name)),
  _links: {},
  ...part,
});
const nothing = (): KeptData =>
  kept({
    bytes: 0,
    kinds: kNames.map((name) => kind(name, { oldest_us: null, newest_us: null, bytes: 0 })),
  });

let data: KeptData;
let keep_days: number;
let refusal: object | null;
let deleted: string[];

beforeEach(() => {
  data = kept();
  keep_days = 30;
  refusal = null;
  deleted = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const { pathname } = new URL(url, "http://x/");
    if (pathname.endsWith("/uploads"))
      return new Response(JSON.stringify({ items: [], count: 0, keep_days, kept_longer: null }));
    if (init.method !== "DELETE") return new Response(JSON.stringify(data));
    deleted.push(pathname);
    if (refusal !== null) return new Response(JSON.stringify(refusal), { status: 409 });
    const removed = data;
    data = nothing();
    return new Response(JSON.stringify({ removed, kept: data }));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

async function show(): Promise<void> {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <KeptDataView name="live" silent={false} />
    </QueryClientProvider>,
  );
  await screen.findByTestId("purge");
}

describe("what is kept", () => {
  it("is told kind by kind, with its limit and how far back it will reach", async () => {
    data = kept({
      max_bytes: 1 << 30,
      kinds: kNames.map((name) =>
        kind(name, name === "bodies" ? { keep: "7d", horizon_s: 604_800, horizon_by: "age" } : {}),
      ),
    });
    await show();
    expect(screen.getByTestId("kept").textContent).toMatch(/26\.2 MB kept, of 1\.07 GB/);
    expect(screen.getByTestId("kept-bodies").textContent).toMatch(/7d7\.0 days, by age/);
    expect(screen.getByTestId("kept-packets").textContent).toMatch(/forevergrows/);
  });

  it("goes with its upload, where it was uploaded", async () => {
    data = kept({ type: "UPLOAD", bytes_per_second: null });
    await show();
    const note = await screen.findByTestId("kept-uploads");
    expect(note.textContent).toMatch(/30 days after its end \(\[pipeline\] uploads_keep_days\)/);
    const packets = screen.getByTestId("kept-packets").textContent;
    expect(packets).toMatch(/30 daysas long as each upload$/);
    expect(packets).not.toContain("forever");
    cleanup();
    keep_days = 0; // all uploads are kept
    await show();
    await waitFor(() =>
      expect(screen.getByTestId("kept-packets").textContent).toMatch(/forevergrows/),
    );
    expect(screen.queryByTestId("kept-uploads")).toBeNull();
  });

  it("says how long in words that suit", () => {
    const text = (horizon_s: number, horizon_by: KeptKind["horizon_by"]) =>
      horizonText(kind("bodies", { horizon_s, horizon_by }));
    expect(text(90, "age")).toMatch(/^1 ?min.*by age$/);
    expect(text(86_400 * 30, "age")).toBe("30 days, by age");
    expect(text(86_400 * 3.26, "size")).toBe("about 3.3 days, by size");
    expect(text(86_400 * 3_650, "size")).toBe("about 10 years, by size");
  });
});

describe("the removal", () => {
  it("says what goes, asks, and shows what is left", async () => {
    await show();
    fireEvent.click(screen.getByTestId("purge"));
    const question = screen.getByRole("group").textContent;
    expect(question).toMatch(/all that is stored of live, 26\.2 MB: communications, bodies/);
    expect(question).toMatch(/cannot be undone/);
    fireEvent.click(screen.getByRole("button", { name: "Keep" }));
    expect(deleted).toEqual([]);
    fireEvent.click(screen.getByTestId("purge"));
    fireEvent.click(screen.getByTestId("purge-yes"));
    await screen.findByTestId("kept-nothing");
    expect(deleted).toEqual(["/api/v1/whisperers/live/data"]);
    await waitFor(() =>
      expect(screen.getByTestId("purge-note").textContent).toBe("Removed: 26.2 MB."),
    );
  });

  it("says why not", async () => {
    refusal = { title: "Conflict", status: 409, detail: 'A file is being read into "live".' };
    await show();
    fireEvent.click(screen.getByTestId("purge"));
    fireEvent.click(screen.getByTestId("purge-yes"));
    await waitFor(() =>
      expect(screen.getByTestId("purge-problem").textContent).toContain("being read"),
    );
    expect(screen.getByTestId("kept")).toBeTruthy();
  });
});
