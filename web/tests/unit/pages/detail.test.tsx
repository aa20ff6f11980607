// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { MessageTab } from "../../../src/pages/MessageTab";
import { SummaryTab } from "../../../src/pages/SummaryTab";
import { detail, message } from "../support/detail";

afterEach(cleanup);

describe("one side of an exchange", () => {
  it("shows headers in wire order and original case, as text", () => {
    const hostile = '<img src=x onerror="alert(1)">';
    const headers = [
      { name: "X-ZULU", value: hostile },
      { name: "accept", value: "caf\u00c3\u00a9" },
      { name: "X-ZULU", value: "again" },
    ];
    const value = detail({ response: message({ headers, body_state: "none" }) });
    const { container } = render(<MessageTab side="response" detail={value} />);
    const names = [...container.querySelectorAll("dt")].map((dt) => dt.textContent);
    expect(names).toEqual(["X-ZULU:", "accept:", "X-ZULU:"]);
    expect(screen.getByText(hostile)).toBeTruthy();
    expect(screen.getByText("café")).toBeTruthy();
    expect(container.querySelector("img")).toBeNull();
  });

  it("says why a body is not there, with the option's name, and offers no link", () => {
    const value = detail({ response: message({ body_state: "not_saved", saved_body_bytes: 0 }) });
    const { container } = render(<MessageTab side="response" detail={value} />);
    expect(screen.getByTestId("no-body").textContent).toMatch(
      /“live” does not save bodies.*save_bodies/,
    );
    expect(container.querySelector("a")).toBeNull();
  });

  it("says when there is no message at all", () => {
    render(
      <MessageTab side="response" detail={detail({ response: null, state: "no_response" })} />,
    );
    expect(screen.getByText("No response was captured")).toBeTruthy();
  });
});

describe("the summary", () => {
  it("shows where the time went, and what was not seen", () => {
    render(<SummaryTab detail={detail()} />);
    const timing = screen.getByTestId("timing").textContent ?? "";
    expect(timing).toContain("Connectnot seen");
    expect(timing).toContain("Wait1.5 ms");
    expect(timing).toContain("Response490 µs");
    expect(screen.queryByTestId("marks")).toBeNull();
  });

  it("writes addresses of IPv6 in brackets", () => {
    render(<SummaryTab detail={detail()} />);
    expect(screen.getByText("[2001:db8::1]:80")).toBeTruthy();
  });

  it("says in words what is missing and which oddities were noted", () => {
    const code = {
      number: 4_001,
      name: "bare_line_feed",
      log_id: "PARSE-HTTP-001",
      severity: "oddity" as const,
      help: "Lines end in a bare line feed.",
    };
    const value = detail({
      state: "partial",
      response: message({ missing_bytes: 2_896, flags: ["gap"] }),
      oddities: [code],
    });
    render(<SummaryTab detail={value} />);
    const marks = screen.getByTestId("marks").textContent ?? "";
    expect(marks).toContain("2.9 kB of the response were sent but never captured");
    expect(marks).toContain("Lines end in a bare line feed. (bare_line_feed)");
  });
});
