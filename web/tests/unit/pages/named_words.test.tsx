// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Status } from "../../../src/api/types";
import { EmptyList } from "../../../src/pages/EmptyList";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("an empty list names the term that asks for a word that is a name", async () => {
  const matched: (string | null)[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const { pathname, searchParams } = new URL(url, "http://x/");
    if (pathname.endsWith("/parse")) {
      const tokens = [
        { kind: "word", offset: 0, length: 9 },
        { kind: "word", offset: 10, length: 4 },
      ];
      return new Response(JSON.stringify({ q: "Shop.test shop", tokens, problem: null }));
    }
    matched.push(searchParams.get("match"));
    const names = [{ name: "shop.test", source: "dns" }];
    return new Response(JSON.stringify({ items: [{ address: "192.0.2.7", names }] }));
  });
  const onAsk = vi.fn();
  const nothing = (): void => undefined;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <EmptyList
        status={{ store: { first_us: 1, last_us: 2 } } as unknown as Status}
        whisperers={[]}
        silent={false}
        filtered
        selected={false}
        whole={false}
        elsewhere={0}
        q="Shop.test shop"
        onAsk={onAsk}
        onClearFilter={nothing}
        onClearSelection={nothing}
        onThere={nothing}
      />
    </QueryClientProvider>,
  );
  await waitFor(() => expect(screen.getAllByTestId("named-word")).toHaveLength(1));
  expect(matched).toEqual(["Shop.test", "shop"]); // a part of a name is none
  fireEvent.click(screen.getByRole("button", { name: "name:Shop.test" }));
  expect(onAsk).toHaveBeenCalledWith("name:Shop.test shop");
});
