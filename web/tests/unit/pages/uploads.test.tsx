// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Upload } from "../../../src/api/types";
import { setClock } from "../../../src/base/time";
import { UploadsView } from "../../../src/pages/whisperers/UploadsView";
import { timeOf } from "../../../src/state/uploads";

let items: Upload[] = [];
let asked: string[] = [];

const upload = (id: number, part: Partial<Upload> = {}): Upload => ({
  id,
  whisperer: "shop",
  kind: "upload",
  file: `file-${id}.pcap`,
  state: "complete",
  bytes: 2_048,
  bytes_known: 4_096,
  content: null,
  same_as: null,
  first_us: 1_700_000_000_000_000,
  last_us: 1_700_000_060_000_000,
  packets: 10,
  communications: 3,
  sessions: 1,
  trouble: null,
  _links: {},
  ...part,
});

beforeEach(() => {
  items = [];
  asked = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET";
    if (method !== "GET") asked.push(`${method} ${url}`);
    const id = Number(/uploads\/(\d+)/.exec(url)?.[1]);
    if (method === "DELETE") items = items.filter((one) => one.id !== id);
    const body = method === "GET" ? { items, count: items.length, _links: {} } : {};
    return Promise.resolve(new Response(JSON.stringify(body)));
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const show = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <UploadsView name="shop" silent={false} />
    </QueryClientProvider>,
  );

describe("the uploads of a whisperer", () => {
  it("are purged only when that is said twice", async () => {
    items = [upload(3), upload(2)];
    show();
    await waitFor(() => expect(screen.getAllByTestId("upload-row")).toHaveLength(2));
    fireEvent.click(screen.getAllByTestId("upload-purge")[0]!);
    expect(asked).toEqual([]);
    fireEvent.click(screen.getByTestId("upload-purge-yes"));
    await waitFor(() => expect(screen.getAllByTestId("upload-row")).toHaveLength(1), {
      timeout: 5_000,
    });
    expect(asked).toEqual(["DELETE api/v1/uploads/3"]);
  });

  it("can be stopped while they are read, and not purged", async () => {
    items = [upload(3, { state: "running" })];
    show();
    await screen.findByTestId("upload-cancel");
    expect(screen.getByTestId("upload-row").textContent).toContain("50");
    expect(screen.queryByTestId("upload-purge")).toBeNull();
    fireEvent.click(screen.getByTestId("upload-cancel"));
    await waitFor(() => expect(asked).toEqual(["POST api/v1/uploads/3/cancel"]));
  });

  it("say when they were cut, are known, or have no time", async () => {
    items = [
      upload(4, { state: "cut", trouble: "Spider ended before the file did.", first_us: null }),
      upload(3, { same_as: 2 }),
      upload(1, { kind: "earlier", file: null }),
    ];
    show();
    await screen.findByText("cut");
    expect(screen.getByText("Spider ended before the file did.")).toBeTruthy();
    expect(screen.getByTestId("upload-same").textContent).toContain("upload 2");
    expect(screen.getByText("Before uploads were kept apart")).toBeTruthy();
    expect(screen.getAllByTestId("upload-time")).toHaveLength(2);
  });
});

describe("the time of an upload", () => {
  it("is told from its first packet to its last, and one instant as one", async () => {
    setClock("utc");
    const first_us = Date.UTC(2026, 10, 23, 16, 10, 7) * 1_000 + 942_109;
    items = [
      upload(2, { first_us, last_us: first_us }),
      upload(1, { first_us, last_us: first_us + 5 }),
    ];
    show();
    const times = await screen.findAllByTestId("upload-time");
    setClock("local");
    expect(times.map(({ textContent }) => textContent)).toEqual([
      "2026-11-23 16:10:07.942109",
      "2026-11-23 16:10:07.942109 – 16:10:07.942114",
    ]);
  });

  it("has a width, or is none", () => {
    expect(timeOf({ first_us: null, last_us: null })).toBeNull();
    const instant = timeOf({ first_us: 5, last_us: 5 })!;
    expect(instant.to).toBeGreaterThan(instant.from);
    expect(timeOf({ first_us: 5, last_us: 9_005 })!.to).toBe(9_006);
  });
});
