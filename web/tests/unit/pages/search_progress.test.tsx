// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { range } from "../../../src/base/time";
import { NothingYet } from "../../../src/pages/SearchProgress";
import { beginning } from "../../../src/state/found";

afterEach(cleanup);

it("a search that was stopped before it found anything says how far it looked, and goes on", () => {
  const onGoOn = vi.fn();
  const found = {
    ...beginning(range(0, 1_000)),
    phase: "stopped" as const,
    looked: 25,
    toLook: 100,
  };
  render(<NothingYet found={found} onGoOn={onGoOn} />);
  expect(screen.getByTestId("nothing-yet").textContent).toContain(
    "after 25 % of the communications",
  );
  fireEvent.click(screen.getByRole("button", { name: "Go on" }));
  expect(onGoOn).toHaveBeenCalledOnce();
});
