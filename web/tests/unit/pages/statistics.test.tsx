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

  it("say where the periods are that were chosen", () => {
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    show("auto");
    expect(screen.queryByText("no periods with this many groups")).toBeNull();
    fireEvent.change(screen.getByLabelText("at most"), { target: { value: "500" } });
    expect(screen.getByText("no periods with this many groups")).toBeTruthy();
  });
});
