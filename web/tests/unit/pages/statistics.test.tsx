// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { kHour, range } from "../../../src/base/time";
import StatisticsView from "../../../src/pages/views/StatisticsView";
import type { ViewProps } from "../../../src/pages/views/props";
import { kStartPlace } from "../../../src/state/place";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("the statistics", () => {
  const show = (period: "auto" | "1h", onPlace = vi.fn()) => {
    render(
      <QueryClientProvider
        client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
      >
        <StatisticsView
          {...({ filter: {} } as ViewProps)}
          scope={{ range: range(0, kHour), follow: null }}
          place={{ ...kStartPlace, period }}
          onPlace={onPlace}
        />
      </QueryClientProvider>,
    );
    return onPlace;
  };

  it("can be asked in another way when the server refused this one", async () => {
    const problem = { title: "Bad Request", detail: "ask for fewer groups.", status: 400 };
    vi.stubGlobal("fetch", () =>
      Promise.resolve(new Response(JSON.stringify(problem), { status: 400 })),
    );
    const onPlace = show("1h");
    expect((await screen.findByTestId("failure")).textContent).toContain("ask for fewer groups.");
    fireEvent.change(screen.getByLabelText("Periods"), { target: { value: "none" } });
    expect(onPlace).toHaveBeenCalledWith({ period: "none" });
    expect(screen.getByText("at most")).toBeTruthy();
  });

  it("count one of anything as one", async () => {
    const one = {
      communications: 1,
      errors: 1,
      unanswered: 0,
      request_bytes: 0,
      response_bytes: 0,
      rate_per_s: null,
      duration: null,
    };
    const period = { start_us: 0, length_us: kHour, ...one };
    const answer = {
      from_us: 0,
      to_us: kHour,
      bucket_us: kHour,
      group_by: ["host"],
      total: one,
      groups: [
        { key: { host: "shop" }, filters: { host: "host:shop" }, ...one, periods: [period] },
      ],
      rest: { groups: 1, missed_max: 1, ...one },
      percentiles: { exact_up_to: 10, error_max: 0.01 },
    };
    vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(answer))));
    show("1h");
    await screen.findByText("1 other");
    expect(screen.getByText(/up to 1 communication might belong/)).toBeTruthy();
    expect(screen.getByLabelText("1 over time, 1 error")).toBeTruthy();
  });

  it("say where the periods are that were chosen", () => {
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    show("auto");
    expect(screen.queryByText("no periods with this many groups")).toBeNull();
    fireEvent.change(screen.getByLabelText("at most"), { target: { value: "500" } });
    expect(screen.getByText("no periods with this many groups")).toBeTruthy();
  });
});
