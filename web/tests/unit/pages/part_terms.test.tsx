// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { PartTerms } from "../../../src/pages/PartTerms";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const wholes = [
  { offset: 5, length: 3, field: "host", part: "*api*" },
  { offset: 14, length: 6, field: "path", part: "*orders*" },
];

// A server that holds something for `path:*orders*` alone.
function serve(reads_headers: boolean): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const { pathname, searchParams } = new URL(url, "http://x/");
    const q = searchParams.get("q") ?? "";
    if (pathname.endsWith("/parse")) {
      asked.push("how it is understood");
      const parse = { q, tokens: [], problem: null, whole_texts: wholes, reads_headers };
      return new Response(JSON.stringify({ ...parse, reads_bodies: false }));
    }
    asked.push(q);
    return new Response(JSON.stringify({ items: q.includes("*orders*") ? [{}] : [] }));
  });
  return asked;
}

const show = (q: string, onAsk: (q: string) => void): void => {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PartTerms q={q} onAsk={onAsk} />
    </QueryClientProvider>,
  );
};

it("what a part of a text would have found is offered", async () => {
  serve(false);
  const onAsk = vi.fn();
  show("host:api path:orders one", onAsk);
  await waitFor(() => expect(screen.getAllByTestId("part-term")).toHaveLength(1));
  expect(screen.getByTestId("part-term").textContent).toContain("“orders” was looked for as the");
  fireEvent.click(screen.getByRole("button", { name: "path:*orders*" }));
  expect(onAsk).toHaveBeenCalledWith("host:api path:*orders* one");
});

it("heads are not read for it", async () => {
  const asked = serve(true);
  show("host:api path:orders two", vi.fn());
  await waitFor(() => expect(asked).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 50)); // for more questions, if there were any
  expect(screen.queryByTestId("part-term")).toBeNull();
  expect(asked).toEqual(["how it is understood"]);
});
