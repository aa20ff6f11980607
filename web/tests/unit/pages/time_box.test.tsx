// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseTime, range, setClock, toIso } from "../../../src/base/time";
import { TimeBox } from "../../../src/pages/TimeBox";

beforeEach(() => setClock("utc"));
afterEach(() => {
  cleanup();
  setClock("local");
});

const at = (iso: string): number => parseTime(iso) ?? 0;
const shown = range(at("2025-10-10T08:00:00Z"), at("2025-10-10T20:00:00Z"));

function open() {
  const [onGo, onLive, onOpen] = [vi.fn(), vi.fn(), vi.fn()];
  const props = { range: shown, selection: null, follow: null, silent: false, narrow: false };
  render(<TimeBox {...props} open onOpen={onOpen} onGo={onGo} onLive={onLive} />);
  const write = (value: string): void =>
    void fireEvent.change(screen.getByTestId("time-input"), { target: { value } });
  const meaning = (): string => screen.getByTestId("time-meaning").textContent ?? "";
  const go = (): void => void fireEvent.submit(screen.getByTestId("time-input").closest("form")!);
  return { onGo, onLive, onOpen, write, meaning, go };
}

describe("the place to write a time", () => {
  it("says what it understood before it goes there, on the day that is shown", () => {
    const { onGo, onOpen, write, meaning, go } = open();
    write("14:05 to 14:10");
    expect(meaning()).toBe("2025-10-10 14:05:00 – 14:10:00 · 5 min · UTC");
    expect(onGo).not.toHaveBeenCalled();
    go();
    const [to] = onGo.mock.calls[0] ?? [];
    expect([toIso(to.from), toIso(to.to)]).toEqual([
      "2025-10-10T14:05:00Z",
      "2025-10-10T14:10:00Z",
    ]);
    expect(onOpen).toHaveBeenCalledWith(false);
  });

  it("goes to what it said, however short", () => {
    const { onGo, write, meaning, go } = open();
    write("06:47:03.084530 to 06:47:03.084540");
    expect(meaning()).toMatch(/ · 10 µs · UTC$/);
    go();
    const from = at("2025-10-10T06:47:03.084530Z");
    expect(onGo).toHaveBeenCalledWith(range(from, from + 10));
  });

  it("goes nowhere when it cannot read it, and says why", () => {
    const { onGo, write, meaning, go } = open();
    write("half past tea");
    expect(meaning()).toMatch(/^“half” is no time\./);
    expect(screen.getByTestId("time-input").getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByText<HTMLButtonElement>("Go").disabled).toBe(true);
    go();
    expect(onGo).not.toHaveBeenCalled();
  });

  it("goes live, by words or by a button", () => {
    const { onLive, write, go } = open();
    write("live 15m");
    go();
    expect(onLive).toHaveBeenCalledWith(900e6);
    fireEvent.click(screen.getByText("live"));
    expect(onLive).toHaveBeenCalledWith(300e6);
  });
});
