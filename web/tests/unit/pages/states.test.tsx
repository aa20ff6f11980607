// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../../src/api/problem";
import type { Completeness, Status, Whisperer } from "../../../src/api/types";
import { EmptyList } from "../../../src/pages/EmptyList";
import { booksOf, StatusButton } from "../../../src/pages/StatusPanel";
import { micros, range, setClock } from "../../../src/base/time";
import { CompletenessBadge } from "../../../src/widgets/CompletenessBadge";
import { Failure } from "../../../src/widgets/Failure";
import { completeness } from "../support/completeness";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe("the completeness badge", () => {
  const minute = 60_000_000;
  const [twelve, later] = [12 * 60 * minute, 12 * 60 * minute + minute];
  const ofMinute = {
    ...completeness(180, 0, 0, 0),
    from_us: twelve,
    to_us: later,
    captured: [{ from_us: twelve, to_us: later }],
    holes: [],
  };
  const chip = (c: Completeness, from: number, to: number): string => {
    cleanup();
    setClock("utc");
    render(<CompletenessBadge completeness={c} asked={range(micros(from), micros(to))} />);
    return screen.getByTestId("completeness").textContent ?? "";
  };

  it("says that a window in which nothing listened was not captured", () => {
    const hole = { whisperer: "lan", from: "", to: "", from_us: twelve + 34, to_us: twelve + 39 };
    const text = chip({ ...ofMinute, captured: [], holes: [hole] }, twelve + 34, twelve + 39);
    expect(text).toMatch(/^Not captured: Nothing was captured in this range/);
    expect(text).toContain("lan did not capture: ");
    expect(text).toContain("Counted by whole minutes: 12:00 to 12:01.");
    expect(screen.getByTestId("completeness").getAttribute("data-tone")).toBe("none");
  });

  it("names the minutes that were counted where the window is shorter", () => {
    expect(chip(ofMinute, twelve + 1, twelve + 3_000_000)).toMatch(
      /^Complete, counted by whole minutes: 12:00 to 12:01/,
    );
    expect(chip(ofMinute, twelve, later)).toMatch(/^Complete: 180 packets/);
    expect(screen.queryByTestId("by-minutes")).toBeNull();
  });

  it("does not call complete what has a hole", () => {
    const hole = { whisperer: "lan", from: "", to: "", from_us: twelve + 9, to_us: twelve + 99 };
    expect(chip({ ...ofMinute, holes: [hole] }, twelve, later)).toMatch(/^Complete while captured/);
  });

  const part = (from: number, to: number) => ({ from_us: twelve + from, to_us: twelve + to });
  const covers = (captured: number[][], uncaptured: number[][], of = ofMinute): Completeness => ({
    ...of,
    from_us: twelve - 5 * minute,
    to_us: twelve + 2 * minute,
    captured: captured.map(([from = 0, to = 0]) => part(from, to)),
    uncaptured: uncaptured.map(([from = 0, to = 0]) => part(from, to)),
  });
  const second = 1_000_000;
  const chipOf = (c: Completeness, from = -5 * minute, to = 2 * minute): string =>
    chip(c, twelve + from, twelve + to);

  it("says since when, until when or how long it was captured, where that is less", () => {
    const whole = [-5 * minute, 2 * minute];
    const [begun, ended] = [31 * second, 45 * second];
    const since = covers([[begun, 2 * minute]], [[-5 * minute, begun]]);
    expect(chipOf(since)).toMatch(/^Complete while captured: since 12:00:31: /);
    expect(chipOf(since)).toContain("Nothing was captured: 1970-01-01 11:55:00 – 12:00:31.");
    const until = covers([[-5 * minute, ended]], [[ended, 2 * minute]]);
    expect(chipOf(until)).toMatch(/^Complete while captured: until 12:00:45: /);
    const both = covers(
      [[begun, ended]],
      [
        [-5 * minute, begun],
        [ended, 2 * minute],
      ],
    );
    expect(chipOf(both)).toMatch(/^Complete while captured: 12:00:31 to 12:00:45: /);
    // Minutes are named where what was captured of them is more than was asked for; of one that
    // is not over there is no more yet.
    const now = covers([[begun, 70 * second]], [[-5 * minute, begun]]);
    expect(chipOf(now, -5 * minute, 80 * second)).toMatch(
      /^Complete while captured: since 12:00:31: /,
    );
    expect(screen.queryByTestId("by-minutes")).toBeNull();
    expect(chipOf(since, -5 * minute, 40 * second)).toMatch(
      /^Complete while captured: since 12:00:31, counted by whole minutes: 12:00 to 12:02: /,
    );
    const between = covers(
      [
        [-5 * minute, begun],
        [ended, 2 * minute],
      ],
      [[begun, ended]],
    );
    expect(chipOf(between)).toMatch(/^Complete while captured: Nothing was captured: /);
    expect(screen.queryByTestId("covered")).toBeNull();
    expect(chipOf(covers([whole], []))).toMatch(/^Complete: /);
  });

  it("says it of what is not complete, too", () => {
    const [begun, gap] = [31 * second, [[-5 * minute, 31 * second]]];
    const of = (lost: number, partial: number, seen = 100) =>
      chipOf(covers([[begun, 2 * minute]], gap, { ...ofMinute, ...books(seen, lost, partial) }));
    const books = (seen: number, lost: number, partial: number) => {
      const { packets, bytes, communications } = completeness(seen, lost, 0, partial);
      return { packets, bytes, communications };
    };
    expect(of(1, 0)).toMatch(/^99.0 % complete while captured: since 12:00:31/);
    expect(of(0, 3)).toMatch(/^3 partial, captured since 12:00:31/);
    expect(of(0, 0, 0)).toMatch(/^nothing seen, captured since 12:00:31/);
  });

  it("says nothing of the kind of a file, nor twice what a hole tells", () => {
    expect(chipOf(covers([[9, 99]], []))).toMatch(/^Complete/);
    expect(chipOf(covers([[9, 99]], []))).not.toMatch(/captured/i);
    const hole = { whisperer: "lan", from: "", to: "", ...part(9, 99) };
    const told = chipOf({
      ...covers(
        [
          [-5 * minute, 9],
          [99, 2 * minute],
        ],
        [[9, 99]],
      ),
      holes: [hole],
    });
    expect(told).toContain("lan did not capture");
    expect(told).not.toContain("Nothing was captured");
  });

  const tone = (c: Completeness): string | null => {
    render(<CompletenessBadge completeness={c} />);
    const found = screen.getByTestId("completeness").getAttribute("data-tone");
    cleanup();
    return found;
  };

  it("is good only when nothing at all is missing", () => {
    expect(tone(completeness(1_000_000, 0, 0, 0))).toBe("good");
    expect(tone(completeness(1_000_000, 1, 0, 0))).toBe("warn");
    expect(tone(completeness(1_000_000, 0, 1, 0))).toBe("warn");
    expect(tone(completeness(1_000_000, 0, 0, 1))).toBe("warn");
    expect(tone(completeness(100, 50, 0, 0))).toBe("bad");
    expect(tone(completeness(0, 0, 0, 0))).toBe("none");
  });

  it("names the cause and never rounds the loss away", () => {
    render(<CompletenessBadge completeness={completeness(10_000_000, 3, 0, 0)} />);
    const text = screen.getByTestId("completeness").textContent ?? "";
    expect(text).toContain("99.99997 % complete");
    expect(text).toContain("dropped, ring full: 3");
  });
});

describe("the chip of what is partial", () => {
  it("shows the partial ones when clicked, and is no button when there are none", () => {
    const onPartial = vi.fn();
    render(<CompletenessBadge completeness={completeness(9, 0, 0, 2)} onPartial={onPartial} />);
    fireEvent.click(screen.getByRole("button"));
    expect(onPartial).toHaveBeenCalledOnce();
    cleanup();
    render(<CompletenessBadge completeness={completeness(9, 0, 0, 0)} onPartial={onPartial} />);
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("failures", () => {
  it("say title, detail, hint and code of the problem", () => {
    const problem = {
      title: "Bad range",
      detail: "from is late",
      hint: "Swap.",
      status: 400,
      code: "Q-1",
    };
    render(<Failure error={new ApiError(problem)} />);
    for (const text of ["Bad range", "from is late", "Swap.", "Q-1"]) {
      expect(screen.getByText(text)).toBeTruthy();
    }
  });

  it("offers no second try for a search that is not understood", () => {
    const code = "QUERY-FILTER-002";
    const problem = { title: "Bad Request", detail: "No ).", hint: "", status: 400, code };
    render(<Failure error={new ApiError(problem)} retry={() => undefined} />);
    expect(screen.getByText("The search is not understood")).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("an empty list", () => {
  const nothing = () => undefined;
  const actions = {
    silent: false,
    whole: false,
    elsewhere: null,
    onClearFilter: nothing,
    onClearSelection: nothing,
    onThere: nothing,
  };
  const status = (first: number | null) => ({ store: { first_us: first } }) as unknown as Status;
  const whisperer = (part: object) =>
    ({
      name: "w",
      type: "INTERFACE",
      state: "stopped",
      config: { interface: "lo" },
      ...part,
    }) as unknown as Whisperer;

  it("says how to capture and to import when nothing is stored", () => {
    const upload = whisperer({ type: "UPLOAD", name: "files" });
    const props = { ...actions, filtered: false, selected: false };
    render(<EmptyList status={status(null)} whisperers={[upload]} {...props} />);
    expect(screen.getByTestId("empty-store").textContent).toContain("--whisperer files");
  });

  it("says that it listens when something captures", () => {
    const live = whisperer({ state: "capturing" });
    const props = { ...actions, filtered: false, selected: false };
    render(<EmptyList status={status(null)} whisperers={[live]} {...props} />);
    expect(screen.getByText("Listening on lo")).toBeTruthy();
  });

  it("offers to undo what hides the rows", () => {
    const onClearFilter = vi.fn();
    const props = { ...actions, onClearFilter, filtered: true, selected: true };
    render(<EmptyList status={status(5)} whisperers={[]} {...props} />);
    fireEvent.click(screen.getByText("Clear the filter"));
    expect(onClearFilter).toHaveBeenCalledOnce();
    expect(screen.getByText("Clear the selection")).toBeTruthy();
  });
});

describe("while Spider does not answer", () => {
  const capturing = {
    name: "live",
    type: "INTERFACE",
    state: "capturing",
    config: { interface: "lo" },
    settings: [{ name: "interface" }],
    saves: {},
    books: {},
    reason: null,
  } as unknown as Whisperer;
  const button = (silent: number | null) => {
    render(
      <StatusButton
        status={undefined}
        whisperers={[capturing]}
        silent={silent === null ? null : micros(silent)}
      />,
    );
    fireEvent.click(screen.getByTestId("whisperers"));
    return document.body;
  };

  it("no whisperer is called capturing, no dot is green", () => {
    const body = button(1_700_000_000_000_000);
    expect(screen.getByTestId("whisperers").textContent).toMatch(
      /^No answer since \d\d:\d\d:\d\d$/,
    );
    expect(body.querySelector(".dot.is-good, .dot.is-live")).toBeNull();
    expect(screen.getByTestId("whisperer").textContent).toContain("last known: capturing");
  });

  it("and when it answers they are", () => {
    expect(button(null).querySelectorAll(".dot.is-live").length).toBe(2);
    expect(screen.getByTestId("whisperers").textContent).toBe("1 capturing");
  });
});

describe("the books of a whisperer", () => {
  it("put every packet in one place", () => {
    const books = booksOf({
      packets_received: 100,
      tcp_packets: 79,
      mirror_duplicate: 1,
      fragment_joined: 1,
      not_ip: 4,
      not_tcp: 10,
      ring_dropped: 3,
      malformed: 2,
    });
    expect(books.rebuilt + books.filtered + books.lost).toBe(books.received);
  });
});
