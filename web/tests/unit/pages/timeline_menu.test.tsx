// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatClock, micros, setClock } from "../../../src/base/time";
import { TimelineMenu } from "../../../src/pages/TimelineMenu";
import {
  forgetPreferences,
  kClock,
  kQualityAmber,
  kQualityShown,
  readPreference,
} from "../../../src/state/preferences";

beforeEach(() => {
  window.localStorage.clear();
  forgetPreferences();
});
afterEach(() => {
  cleanup();
  setClock("local");
});

const open = (onStack = vi.fn()) => {
  render(<TimelineMenu stack="status_class" onStack={onStack} />);
  fireEvent.click(screen.getByTestId("timeline-menu"));
  return onStack;
};

describe("the menu of the timeline", () => {
  it("tells what the bars are stacked of", () => {
    const onStack = open();
    fireEvent.click(screen.getByLabelText("Whisperer"));
    expect(onStack).toHaveBeenCalledWith("whisperer");
  });

  it("hides the quality line and remembers it", () => {
    open();
    fireEvent.click(screen.getByTestId("quality-shown"));
    expect(readPreference(kQualityShown)).toBe(false);
    expect(screen.queryByTestId("quality.amber")).toBeNull();
    forgetPreferences(); // as after a reload
    expect(readPreference(kQualityShown)).toBe(false);
  });

  it("has the limits of the quality line below it, not below the states", () => {
    open();
    const [line, amber, states] = ["quality-shown", "quality.amber", "states-shown"].map((id) =>
      screen.getByTestId(id),
    ) as [HTMLElement, HTMLElement, HTMLElement];
    const behind = Node.DOCUMENT_POSITION_FOLLOWING;
    expect(line.compareDocumentPosition(amber) & behind).toBe(behind);
    expect(amber.compareDocumentPosition(states) & behind).toBe(behind);
  });

  it("keeps a threshold that is a share, and says when it is none", () => {
    open();
    const field = screen.getByTestId("quality.amber");
    fireEvent.change(field, { target: { value: "0.5" } });
    expect(readPreference(kQualityAmber)).toBe(0.5);
    fireEvent.change(field, { target: { value: "many" } });
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(readPreference(kQualityAmber)).toBe(0.5);
    fireEvent.blur(field);
    expect((field as HTMLInputElement).value).toBe("0.5");
  });

  it("writes times in UTC, and remembers that", () => {
    open();
    fireEvent.click(screen.getByLabelText("UTC"));
    expect(formatClock(micros(0), "minute")).toBe("00:00");
    forgetPreferences();
    expect(readPreference(kClock)).toBe("utc");
  });

  it("is closed by Escape, which gives the focus back and does nothing else", () => {
    open();
    const elsewhere = vi.fn();
    document.addEventListener("keydown", elsewhere);
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    document.removeEventListener("keydown", elsewhere);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(document.activeElement).toBe(screen.getByTestId("timeline-menu"));
    expect(elsewhere).not.toHaveBeenCalled();
  });
});
