// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, renderHook, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeptData, Status } from "../../../src/api/types";
import type { Removals } from "../../../src/base/removals";
import { micros, range, setClock } from "../../../src/base/time";
import { EmptyList } from "../../../src/pages/EmptyList";
import { Legend } from "../../../src/pages/Overview";
import { removalsOf, useRemovals } from "../../../src/state/removed";
import { drawScene } from "../../../src/timeline/draw";
import { layoutFor } from "../../../src/timeline/hit";
import { BarTooltip, summary } from "../../../src/timeline/Timeline";
import { CompletenessBadge } from "../../../src/widgets/CompletenessBadge";
import { completeness } from "../support/completeness";

beforeEach(() => setClock("utc"));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const kCut = Date.UTC(2026, 10, 22, 14, 58) * 1_000;
const kMinute = 60_000_000;

const kept = (
  whisperer: string,
  mark: number | null,
  oldest: number | null,
  type: KeptData["type"] = "INTERFACE",
): KeptData =>
  ({
    whisperer,
    type,
    kinds: [{ kind: "communications", removed_before_us: mark, oldest_us: oldest }],
  }) as unknown as KeptData;

const cutAll: Removals = removalsOf([kept("lan", kCut, kCut)]);
const cutOne: Removals = removalsOf([kept("lan", kCut, kCut), kept("dmz", null, 5)]);
const early = range(kCut - 10 * kMinute, kCut - 5 * kMinute);
const across = range(kCut - kMinute, kCut + kMinute);
const late = range(kCut, kCut + kMinute);

describe("what was removed", () => {
  it("is told for each whisperer, and as whole only when each one says so", () => {
    expect(cutAll).toEqual({ marks: [{ whisperer: "lan", before: kCut }], whole: kCut });
    expect(cutOne).toEqual({ marks: [{ whisperer: "lan", before: kCut }], whole: null });
    // One that never had anything has nothing left either; of one that is not known who can say.
    expect(removalsOf([kept("lan", kCut, kCut), kept("idle", null, null)]).whole).toBe(kCut);
    expect(removalsOf([kept("lan", kCut, kCut), undefined]).whole).toBeNull();
    expect(removalsOf([kept("lan", null, 7)])).toEqual({ marks: [], whole: null });
  });

  it("is not what a file brought again afterwards", () => {
    const again = kept("files", kCut, kCut - 9 * kMinute, "FILE");
    expect(removalsOf([again]).marks[0]?.before).toBe(kCut - 9 * kMinute);
  });

  it("is asked for of each whisperer, and again when there is nothing to show", async () => {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(new URL(url, "http://x/").pathname);
      return new Response(JSON.stringify(kept("lan", kCut, kCut)));
    });
    const client = new QueryClient();
    const wrapper = ({ children }: { children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    );
    const { result, rerender } = renderHook(({ soon }) => useRemovals(["lan"], soon), {
      wrapper,
      initialProps: { soon: false },
    });
    await waitFor(() => expect(result.current.whole).toBe(kCut));
    expect(asked).toEqual(["/api/v1/whisperers/lan/data"]);
    rerender({ soon: true });
    await waitFor(() => expect(asked.length).toBe(2));
  });
});

describe("an empty list of a range that was removed", () => {
  const status = { store: { first_us: kCut, last_us: kCut + kMinute } } as unknown as Status;
  const text = (removals: Removals, filtered: boolean): string => {
    cleanup();
    const nothing = (): void => undefined;
    render(
      <EmptyList
        status={status}
        whisperers={[]}
        silent={false}
        filtered={filtered}
        selected={false}
        whole={false}
        removed={removals.marks}
        elsewhere={0}
        onClearFilter={nothing}
        onClearSelection={nothing}
        onThere={nothing}
      />,
    );
    return screen.getByTestId("empty-range").textContent ?? "";
  };

  it("says until when, of which whisperer, and not that there was none", () => {
    const filtered = text(cutAll, true);
    expect(filtered).toContain(
      "What “lan” had that ended before 2026-11-22 14:58:00 was removed, by retention or by hand.",
    );
    expect(filtered).toContain("Nothing that is left matches the filter here");
    expect(filtered).toContain("No communication that is still stored");
    expect(filtered).not.toContain("No communication that touches");
    expect(screen.getByTestId("to-kept").textContent).toBe("What is kept of lan");
    expect(text(cutAll, false)).toContain("Nothing is left here");
    expect(text({ marks: [], whole: null }, true)).toContain("No communication that touches");
  });
});

describe("the badge of a range that was removed", () => {
  const badge = (removals: Removals, asked = early, c = completeness(9, 0, 0, 0)) => {
    cleanup();
    render(<CompletenessBadge completeness={c} asked={asked} removals={removals} />);
    const chip = screen.getByTestId("completeness");
    return { tone: chip.getAttribute("data-tone"), text: chip.textContent ?? "" };
  };

  it("is not green, and says how much of it, until when and of whom", () => {
    expect(badge(cutAll).tone).toBe("none");
    expect(badge(cutAll).text).toMatch(/^Removed: What “lan” had .* 14:58:00 was removed/);
    expect(badge(cutAll, across).text).toMatch(/^Complete, partly removed: /);
    expect(badge(cutAll, across).tone).toBe("none");
    expect(badge(cutOne).text).toMatch(/^Complete, partly removed: /);
    expect(badge(cutAll, across, completeness(100, 50, 0, 0)).tone).toBe("bad");
  });

  it("is as ever where nothing was removed", () => {
    expect(badge(cutAll, late).text).toMatch(/^Complete/);
    expect(badge(cutAll, late).text).not.toContain("removed");
    expect(badge(cutAll, late).tone).toBe("good");
  });
});

describe("bars of what was removed", () => {
  const bar = (from: number) => ({ from: micros(from), to: from + 1, total: 3, counts: [3] });

  it("say so on hover, and to who hears the timeline", () => {
    const tip = (from: number): string => {
      cleanup();
      const hover = { kind: "bar", x: 0, bucket: kMinute, bar: bar(from) } as never;
      return render(<BarTooltip hover={hover} series={[]} removals={cutAll} />).container
        .textContent as string;
    };
    expect(tip(early.from)).toContain("3 communications");
    expect(tip(early.from)).toContain("“lan” had that ended before 2026-11-22 14:58:00");
    expect(tip(late.from)).not.toContain("removed");
    const heard = (window: typeof early): string =>
      summary({ window, selection: null, counted: [], removals: cutAll });
    expect(heard(early)).toContain("was removed");
    expect(heard(late)).not.toContain("removed");
  });

  it("are explained by the legend", () => {
    const legend = { layers: [], summary: null, filter: "", silence: false, onLayer: vi.fn() };
    render(<Legend {...legend} removed />);
    expect(screen.getByTestId("legend-removed").title).toContain("removed since");
    cleanup();
    render(<Legend {...legend} />);
    expect(screen.queryByTestId("legend-removed")).toBeNull();
  });

  // The right ends of what is clipped to and filled while the hatches are drawn.
  const drawn = (removals: Removals, view: typeof early) => {
    const calls: [string, unknown[]][] = [];
    const context = new Proxy({} as Record<string, unknown>, {
      get: (kept, name: string) =>
        kept[name] ??
        ((...args: unknown[]) => {
          calls.push([name, args]);
          return { width: 10 };
        }),
      set: (kept, name: string, value) => {
        kept[name] = value;
        return true;
      },
    });
    const scene = {
      layout: layoutFor(600, 160, false, 0),
      scale: { view, width: 600 },
      frame: { bucket: kMinute, bars: [] },
      series: [],
      countMax: 1,
      selection: null,
      quality: [],
      qualityLimits: { amber: 0.01, red: 0.1 },
      states: [],
      removals,
      present: view.to,
      hoverX: null,
      hoverBar: null,
      now: null,
    };
    drawScene(context as never, scene as never, { series: [] } as never);
    const rect = calls.find(([name]) => name === "rect");
    return {
      hatched: rect === undefined ? 0 : Number(rect[1][2]),
      lines: calls.filter(([name]) => name === "lineTo").length,
    };
  };

  it("are hatched up to where it was removed, and not beyond", () => {
    expect(drawn(cutAll, early).hatched).toBe(600);
    expect(drawn(cutAll, across).hatched).toBe(300);
    expect(drawn(cutAll, across).lines).toBeGreaterThan(40);
    expect(drawn(cutAll, late)).toEqual({ hatched: 0, lines: 0 });
    expect(drawn({ marks: [], whole: null }, early)).toEqual({ hatched: 0, lines: 0 });
  });
});
