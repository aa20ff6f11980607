// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ExportMenu } from "../../../src/pages/ExportMenu";
import { ExportNotes } from "../../../src/pages/ExportNotes";

let state: object = {};
let asked: string[] = [];

beforeEach(() => {
  asked = [];
  state = { state: "running", communications_total: 8, communications: 2, bytes: 2_000 };
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    asked.push(`${init.method ?? "GET"} ${url}`);
    if (init.method === "DELETE") state = { ...state, state: "stopped" };
    return new Response(JSON.stringify({ problem: null, ...state }));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function exportAs(testId: string): string {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ExportMenu what="7 selected" count={7} query={{ ids: "a,b" }} testid="export" />
      <ExportNotes />
    </QueryClientProvider>,
  );
  fireEvent.click(screen.getByTestId("export"));
  const link = screen.getByTestId(testId);
  link.addEventListener("click", (event) => event.preventDefault());
  fireEvent.click(link);
  return new URL(link.getAttribute("href") ?? "", "http://s/").searchParams.get("follow") ?? "";
}
const note = (): string => screen.getByTestId("export-note").textContent ?? "";

it("a file on its way is told by the word it was asked with, until it is saved", async () => {
  const word = exportAs("export-har");
  expect(word).toMatch(/^[0-9a-f]{16}$/);
  await waitFor(() => expect(note()).toContain("2 of 8 written, 2 kB"));
  expect(note()).toContain("HAR, 7 selected");
  expect(asked[0]).toBe(`GET api/v1/exports/${word}`);
  expect(screen.queryByTestId("export-har")).toBeNull(); // the menu has closed
  state = { state: "complete", communications_total: 8, communications: 8, bytes: 9_000 };
  await waitFor(() => expect(note()).toContain("saved by the browser: 8 communications, 9 kB"), {
    timeout: 3_000,
  });
  const times = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(asked.length).toBe(times); // it has ended
  fireEvent.click(screen.getByTestId("export-close"));
  expect(screen.queryByTestId("export-note")).toBeNull();
});

it("it can be stopped, and says that the file is not whole", async () => {
  const word = exportAs("export-csv");
  await waitFor(() => expect(note()).toContain("written"));
  fireEvent.click(screen.getByTestId("export-stop"));
  await waitFor(() => expect(note()).toContain("the file is not whole"), { timeout: 3_000 });
  expect(asked).toContain(`DELETE api/v1/exports/${word}`);
  fireEvent.click(screen.getByTestId("export-close"));
});

it("why there is none is said in the words of the server", async () => {
  const problem = {
    title: "Not Found",
    status: 404,
    detail: "No packets are saved.",
    code: "X",
    hint: "Set save_packets.",
  };
  state = { state: "failed", communications_total: null, communications: 0, bytes: 0, problem };
  exportAs("export-pcapng");
  await waitFor(() => expect(note()).toContain("No packets are saved. Set save_packets."));
  expect(note()).not.toContain("Not Found");
  fireEvent.click(screen.getByTestId("export-close"));
});

it("says how many it is, and that credentials are in it", () => {
  render(<ExportMenu what="7 selected" count={1_224} query={{ ids: "a,b" }} testid="export" />);
  fireEvent.click(screen.getByTestId("export"));
  expect(screen.getByTestId("export-count").textContent).toBe("1,224 communications.");
  expect(screen.getByText(/credentials \(Authorization, cookies\) are in them/)).toBeTruthy();
  cleanup();
  render(<ExportMenu what="7 selected" count={null} query={{ ids: "a,b" }} testid="export" />);
  fireEvent.click(screen.getByTestId("export"));
  expect(screen.getByTestId("export-count").textContent).toContain("told while they are written");
});
