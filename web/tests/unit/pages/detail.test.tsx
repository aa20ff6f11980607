// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { MessageTab } from "../../../src/pages/MessageTab";
import { headText } from "../../../src/pages/RawHead";
import { meaningRows } from "../../../src/pages/MeaningFacts";
import {
  SummaryTab as Summary,
  type SummaryTabProps,
  wholeTime,
} from "../../../src/pages/SummaryTab";
import { detail, message } from "../support/detail";

afterEach(cleanup);

const unasked = (): void => {
  throw new Error("no filter was to be set");
};
const SummaryTab = ({ detail: value }: Pick<SummaryTabProps, "detail">) => (
  <Summary detail={value} onFilter={unasked} />
);

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

  it("has its head byte for byte, and marks odd line ends", () => {
    const head = "HTTP/1.1 200 OK\r\nX-ODD :  a \nAuthorization: Basic YTpi\r\nb:\r\n c\r\n\r\n";
    const headers = [
      { name: "X-ODD ", value: "a" },
      { name: "Authorization", value: "Basic YTpi" },
      { name: "b", value: "c", folded: true },
    ];
    const odd = message({ start_line: "HTTP/1.1 200 OK", headers, head, body_state: "none" });
    expect(headText(odd, false)).toBe(head);
    const masked = headText(odd, true);
    expect(masked).not.toContain("YTpi");
    expect(masked.replace(/Basic .*\r/, "Basic YTpi\r")).toBe(head);
    const { container } = render(<MessageTab side="response" detail={detail({ response: odd })} />);
    fireEvent.click(screen.getByRole("button", { name: "Raw" }));
    expect(container.querySelectorAll(".line-end")).toHaveLength(1);
    expect(
      screen.getByText(/Byte for byte as captured, but for the hidden credentials. \u240a marks/),
    ).toBeTruthy();
  });

  it("writes plain lines as they were sent, and never a hidden credential", () => {
    const headers = [{ name: "Proxy-Authorization", value: "Basic YTpi", folded: true }];
    const plain = message({ start_line: "GET / HTTP/1.1", headers: [{ name: "A", value: "b" }] });
    expect(headText(plain, true)).toBe("GET / HTTP/1.1\r\nA: b\r\n\r\n");
    const folded = message({
      start_line: "x",
      headers,
      head: "x\r\nA:\r\n Basic\r\n YTpi\r\n\r\n",
    });
    expect(headText(folded, true)).not.toContain("YTpi");
    expect(headText(folded, false)).toContain("\r\n YTpi");
  });

  it("says why a body is not there, with the option's name, and offers no link", () => {
    const value = detail({ response: message({ body_state: "not_saved", saved_body_bytes: 0 }) });
    const { container } = render(<MessageTab side="response" detail={value} />);
    expect(screen.getByTestId("no-body").textContent).toMatch(
      /not saved for whisperer “live”: save_bodies.*Since when is not known/,
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

  it("gives no length to what was not answered, and says what the whole leaves out", () => {
    expect(wholeTime(detail({ state: "no_response", duration_us: 0, connect_us: 16 }))).toBe(
      "— no answer",
    );
    expect(wholeTime(detail({ duration_us: 232, connect_us: 17 }))).toBe(
      "232 µs from first to last byte, Connect not counted",
    );
    expect(wholeTime(detail({ duration_us: 232 }))).not.toContain("Connect");
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

describe("who and where", () => {
  const meaning = {
    origin: "203.0.113.7",
    origin_header: "Forwarded" as const,
    via: "1.1 edge, 1.0 inner",
    identity_kind: "jwt" as const,
    identity: "andr\u00c3\u00a9",
    claims: [{ name: "role", value: "ops" }],
    correlation_ids: [{ name: "x-request-id", value: "r-1" }],
    location: "http://shop.example/login",
  };

  it("is not shown when the heads tell nothing", () => {
    render(<SummaryTab detail={detail()} />);
    expect(screen.queryByTestId("meaning")).toBeNull();
    expect(screen.queryByText("Who and where")).toBeNull();
  });

  it("shows what is told, and that nobody verified it", () => {
    render(<SummaryTab detail={detail({ meaning })} />);
    const text = screen.getByTestId("meaning").textContent ?? "";
    expect(text).toContain("Origin203.0.113.7 told by Forwarded");
    expect(text).toContain("Identityandr\u00e9 signed bearer token, not verified");
    expect(text).toContain("roleops");
    expect(text).toContain("x-request-idr-1");
    expect(text).toContain("Locationhttp://shop.example/login");
  });

  it("sets the filter that finds a value, with a star where a list would begin", () => {
    const asked: object[] = [];
    const add = (change: object): void => void asked.push(change);
    render(<Summary detail={detail({ meaning })} onFilter={add} />);
    for (const value of ["203.0.113.7", "1.1 edge, 1.0 inner", "andr\u00e9", "ops", "r-1"]) {
      fireEvent.click(screen.getByText(value));
    }
    expect(asked).toEqual([
      { origin: "203.0.113.7" },
      { via: "1.1 edge* 1.0 inner" },
      { identity: "andr\u00e9" },
      { claim: "role=ops" },
      { correlation: "x-request-id=r-1" },
    ]);
  });

  it("tells the kind of credentials when it is all that can be told", () => {
    expect(meaningRows({ identity_kind: "bearer" })).toEqual([
      {
        key: "identity_kind",
        label: "Credentials",
        value: "bearer",
        shown: "bearer token",
        aside: "no name can be told",
      },
    ]);
  });

  it("shows hostile text as text", () => {
    const hostile = "<img src=x onerror=alert(1)>";
    const { container } = render(<SummaryTab detail={detail({ meaning: { via: hostile } })} />);
    expect(screen.getByText(hostile)).toBeTruthy();
    expect(container.querySelector("img")).toBeNull();
  });
});
