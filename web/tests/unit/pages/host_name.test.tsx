// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { FacetPane } from "../../../src/pages/FacetPane";
import { AskingContext } from "../../../src/state/ask";
import { nameOf } from "../../../src/state/hostName";
import * as search from "../../../src/state/search";
import { HostName } from "../../../src/widgets/HostName";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

it("a name has its address on hover, with what a click does", () => {
  const host = nameOf({ ip: "10.0.0.1", name: "db", source: "reverse" });
  render(<HostName host={host} action="Only client.ip:10.0.0.1" />);
  expect(screen.getByText("db").title).toBe(
    "db is 10.0.0.1, named by a reverse look-up\nOnly client.ip:10.0.0.1",
  );
  cleanup();
  render(<HostName host={host} bare />);
  expect(screen.getByText("10.0.0.1").title).toMatch(/^db is 10\.0\.0\.1/);
});

it("a value of addresses has its name in the values pane, and is asked for by address", () => {
  const value = (ip: string, name?: string) => ({
    label: ip,
    none: false,
    communications: 2,
    filter: `server.ip:${ip}`,
    ...(name === undefined ? {} : { name, name_source: "dns" }),
  });
  const values = [value("10.0.0.1", "web"), value("10.0.0.2", "web"), value("10.0.0.3")];
  const facets = [
    { field: "server_ip", values, rest: 0, missed_max: 0 },
    { field: "host", values: [{ ...value("shop"), filter: "host:shop" }], rest: 0, missed_max: 0 },
  ];
  vi.spyOn(search, "useFacets").mockImplementation(
    (_scope, _filter, fields) =>
      ({
        data: { facets: fields.startsWith("status") ? facets : [], communications: 6 },
        error: null,
      }) as unknown as ReturnType<typeof search.useFacets>,
  );
  const only = vi.fn();
  render(
    <AskingContext.Provider value={{ only, not: vi.fn(), drop: vi.fn() }}>
      <FacetPane scope={{} as never} filter={{}} q="" onClose={vi.fn()} />
    </AskingContext.Provider>,
  );
  const labels = [...document.querySelectorAll(".facet-label")].map((one) => one.textContent);
  expect(labels).toEqual(["web (10.0.0.1)", "web (10.0.0.2)", "10.0.0.3", "shop"]);
  const second = screen.getByText("web (10.0.0.2)");
  expect(second.title).toBe(
    "web is 10.0.0.2, named by a DNS answer that was captured\nOnly server.ip:10.0.0.2",
  );
  fireEvent.click(second);
  expect(only).toHaveBeenCalledWith("server.ip:10.0.0.2");
});
