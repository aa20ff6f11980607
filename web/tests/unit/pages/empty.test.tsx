// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Status, Whisperer } from "../../../src/api/types";
import { EmptyList } from "../../../src/pages/EmptyList";

afterEach(cleanup);

describe("an empty store", () => {
  it("says why the whisperer that is set does not capture", () => {
    const dmz = {
      name: "dmz",
      type: "INTERFACE",
      state: "wrong_configuration",
      reason: "No interface eth99.",
      config: { interface: "eth99" },
    } as unknown as Whisperer;
    const nothing = () => undefined;
    render(
      <EmptyList
        status={{ store: { first_us: null } } as unknown as Status}
        whisperers={[dmz]}
        silent={false}
        filtered={false}
        selected={false}
        whole={false}
        elsewhere={null}
        onClearFilter={nothing}
        onClearSelection={nothing}
        onThere={nothing}
      />,
    );
    const text = screen.getByTestId("empty-wrong").textContent ?? "";
    expect(text).toContain("dmz: No interface eth99.");
    expect(text).not.toContain("name an interface");
  });
});

describe("an empty window of a store that holds data", () => {
  const first_us = Date.UTC(2026, 2, 10, 13) * 1_000;
  const status = { store: { first_us, last_us: first_us + 3_600e6 } } as unknown as Status;
  const shown = (filtered: boolean, elsewhere: number | null, whole = false) => {
    const onThere = vi.fn();
    const nothing = () => undefined;
    render(
      <EmptyList
        status={status}
        whisperers={[]}
        silent={false}
        filtered={filtered}
        selected={false}
        whole={whole}
        elsewhere={elsewhere}
        onClearFilter={nothing}
        onClearSelection={nothing}
        onThere={onThere}
      />,
    );
    return { text: screen.getByTestId("empty-range").textContent ?? "", onThere };
  };

  it("says how much there is and when, and a button goes there", () => {
    const { text, onThere } = shown(false, 5);
    expect(text).toMatch(
      /5 communications are stored from 2026-03-10 \d\d:00(:00)? to \d\d:00(:00)?/,
    );
    fireEvent.click(screen.getByRole("button", { name: "Go there" }));
    expect(onThere).toHaveBeenCalledOnce();
  });

  it("says whether the filter finds something elsewhere", () => {
    expect(shown(true, 1).text).toContain("1 communication has in all that is stored");
    cleanup();
    expect(shown(true, 0).text).toContain("none that is stored");
    expect(screen.queryByTestId("go-there")).toBeNull(); // there is nowhere to go
    cleanup();
    shown(true, null);
    expect(screen.getByTestId("go-there").textContent).toBe("Show all data");
    cleanup();
    shown(true, null, true);
    expect(screen.queryByTestId("go-there")).toBeNull(); // all of it is shown
  });
});
