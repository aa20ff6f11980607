// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Legend } from "../../../src/pages/Overview";
import { layersOf } from "../../../src/state/stack";
import { kNoFilter } from "../../../src/state/url";

afterEach(cleanup);

const layers = layersOf("method", []);
const summary = { total: 12, layers, counts: [9, 0, 0, 0, 0, 0, 0, 3] };

const show = (silence: boolean, onLayer = vi.fn(), method = "") => {
  const filter = { ...kNoFilter, method };
  render(<Legend {...{ layers, summary, filter, silence, onLayer }} />);
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
    expect(screen.getAllByRole("button").map((button) => button.textContent)).toEqual([
      "GET9",
      "other3",
    ]);
    fireEvent.click(screen.getByText("GET"));
    expect(onLayer).toHaveBeenCalledWith({ key: "method", value: "GET" }, true);
    fireEvent.click(screen.getByText("other"));
    expect(onLayer).toHaveBeenCalledTimes(1);
  });

  it("takes back with a second click what the first one asked for", () => {
    const onLayer = show(false, vi.fn(), "POST");
    fireEvent.click(screen.getByText("POST"));
    expect(onLayer).toHaveBeenCalledWith({ key: "method", value: "POST" }, false);
  });
});
