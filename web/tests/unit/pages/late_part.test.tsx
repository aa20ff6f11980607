// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LatePart } from "../../../src/pages/LatePart";
import { OtherView } from "../../../src/pages/ViewBar";
import type { ViewProps } from "../../../src/pages/views/props";
import { usePartsSoon } from "../../../src/state/parts";

const server = vi.hoisted(() => ({ away: true }));

vi.mock("../../../src/pages/views/SequenceView", () => {
  if (server.away) throw new TypeError("Failed to fetch dynamically imported module");
  return { default: () => <p>drawn</p> };
});

beforeEach(() => {
  server.away = true;
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.stubGlobal("fetch", () =>
    server.away
      ? Promise.reject(new TypeError("Failed to fetch"))
      : Promise.resolve(new Response('{"started_us":0,"uptime_s":1}')),
  );
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const show = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <p>timeline</p>
      <OtherView view="sequence" {...({} as ViewProps)} />
    </QueryClientProvider>,
  );

describe("a view that is opened while Spider is away", () => {
  it("says so in its own place, and comes by itself when Spider is back", async () => {
    show();
    const failure = await screen.findByTestId("failure");
    expect(failure.textContent).toContain("Spider does not answer");
    expect(failure.textContent).toContain("tries again by itself");
    expect(screen.getByText("timeline")).toBeTruthy();
    server.away = false;
    await screen.findByText("drawn", {}, { timeout: 5_000 });
    expect(screen.queryByTestId("failure")).toBeNull();
  });
});

describe("a part of the page", () => {
  it("is not awaited for ever from a Spider that has another page", async () => {
    server.away = false;
    const load = () => Promise.reject(new TypeError("Failed to fetch"));
    render(
      <QueryClientProvider client={new QueryClient()}>
        <LatePart part={{ name: "gone", load }} props={{}} />
      </QueryClientProvider>,
    );
    expect((await screen.findByTestId("failure")).textContent).toContain("load the page again");
  });

  it("is loaded once the page rests, and not before", async () => {
    const load = vi.fn(() => Promise.resolve({ default: () => null }));
    const parts = [{ name: "late", load }];
    const Page = () => {
      usePartsSoon(parts);
      return null;
    };
    render(
      <QueryClientProvider client={new QueryClient()}>
        <Page />
      </QueryClientProvider>,
    );
    expect(load).not.toHaveBeenCalled();
    act(() => void vi.advanceTimersByTime(2_500));
    await waitFor(() => expect(load).toHaveBeenCalledOnce());
  });
});
