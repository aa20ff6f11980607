// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { CompletenessBadge } from "../../../src/widgets/CompletenessBadge";
import { completeness } from "../support/completeness";

afterEach(cleanup);

const told = (): string => {
  const chip = screen.getByTestId("completeness");
  return `${chip.dataset["tone"]} ${chip.querySelector("span")?.textContent}`;
};

it("nothing is complete while nothing is stored", () => {
  const all = completeness(100, 0, 0, 0);
  const { rerender } = render(<CompletenessBadge completeness={all} />);
  expect(told()).toMatch(/^good Complete/);
  rerender(<CompletenessBadge completeness={all} trouble="The disk is full." />);
  expect(told()).toBe("bad Nothing is stored at present");
  expect(screen.getByTestId("completeness").title).toContain("The disk is full.");
});

it("what could not be stored is not called partial", () => {
  const all = completeness(100, 0, 0, 2);
  const lost = { ...all, communications: { ...all.communications, unstored: 15 } };
  render(<CompletenessBadge completeness={lost} />);
  expect(told()).toMatch(/^bad 15 not stored/);
});
