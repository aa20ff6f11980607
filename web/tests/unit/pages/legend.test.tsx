// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Legend } from "../../../src/pages/Overview";
import { AskingContext } from "../../../src/state/ask";
import { layersOf } from "../../../src/state/stack";

afterEach(cleanup);

const layers = layersOf("method", []);
const summary = { total: 12, layers, counts: [9, 0, 0, 0, 0, 0, 0, 3], bucket: 1, bars: [] };

const not = vi.fn();
const show = (silence: boolean, onLayer = vi.fn(), filter = "") => {
  render(
    <AskingContext.Provider value={{ only: vi.fn(), not, drop: vi.fn() }}>
      <Legend {...{ layers, summary, filter, silence, onLayer }} />
    </AskingContext.Provider>,
  );
  return onLayer;
};

describe("the legend of the timeline", () => {
  it("names the thin line where it was listened and nothing passed", () => {
    show(true);
    expect(screen.getByTestId("legend-silence").textContent).toBe("listened, no packets");
  });

  it("does not explain a line that is not drawn", () => {
    show(false);
    expect(screen.queryByTestId("legend-silence")).toBeNull();
  });

  it("shows what occurs, and a click asks for only that", () => {
    const onLayer = show(false);
    const named = screen.getAllByRole("button").filter((button) => button.title !== "");
    expect(named.map(({ textContent }) => textContent).filter((text) => text !== "")).toEqual([
      "GET9",
      "other3",
    ]);
    fireEvent.click(screen.getByText("GET"));
    expect(onLayer).toHaveBeenCalledWith("method:GET");
    fireEvent.click(screen.getByText("other"));
    expect(onLayer).toHaveBeenCalledTimes(1);
  });

  it("asks for all but that with Shift, or by the sign beside it", () => {
    const onLayer = show(false);
    fireEvent.click(screen.getByText("GET"), { shiftKey: true });
    expect(not).toHaveBeenLastCalledWith("method:GET");
    not.mockClear();
    fireEvent.click(screen.getByLabelText("Not method:GET"));
    expect(not).toHaveBeenLastCalledWith("method:GET");
    expect(onLayer).not.toHaveBeenCalled();
  });

  it("takes back with a second click what the first one asked for", () => {
    const onLayer = show(false, vi.fn(), "x AND method:POST");
    fireEvent.click(screen.getByText("POST"));
    expect(onLayer).toHaveBeenCalledWith("method:POST");
  });
});
