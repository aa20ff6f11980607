// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Whisperer } from "../../../src/api/types";
import WhisperersPage from "../../../src/pages/whisperers/WhisperersPage";
import type { Setting } from "../../../src/state/whispererSettings";
import { useWhispererPlace } from "../../../src/state/whispererPlace";

// A server with two whisperers that keeps what it is told, as docs/api.yaml says it does.
let items: Whisperer[] = [];
let file = { path: "spider.toml", errors: [] as string[], restart_needed: [] as string[] };
let asked: { method: string; path: string; body: unknown }[] = [];

const setting = (name: string, value: Setting["value"], part: Partial<Setting> = {}): Setting => ({
  name,
  group: "capture",
  value,
  default_value: value,
  file_value: value,
  origin: "default",
  help: `About ${name}.`,
  ...part,
});

const whisperer = (name: string, part: Partial<Whisperer> = {}): Whisperer =>
  ({
    name,
    type: "INTERFACE",
    state: "capturing",
    reason: null,
    since_us: 1_700_000_000_000_000,
    origin: "file",
    stopped_by_hand: false,
    config: { interface: "lo" },
    books: {},
    ring: { bytes: 0, bytes_filled: 0 },
    settings: [
      setting("filter", "tcp port 80", { origin: "file", default_value: "" }),
      setting("snaplen", 262_144, { min: 64, max: 262_144 }),
      setting("save_bodies", true, { group: "parsing" }),
    ],
    ...part,
  }) as unknown as Whisperer;

function set(name: string, changes: Record<string, Setting["value"] | null>): Whisperer {
  const at = items.findIndex((item) => item.name === name);
  const before = items[at];
  if (before === undefined) throw new Error(name);
  const settings = before.settings.map((entry): Setting => {
    const value = changes[entry.name];
    if (value === undefined) return entry;
    const below = entry.file_value ?? entry.default_value;
    return value === null
      ? { ...entry, value: below, origin: "file" }
      : { ...entry, value, origin: "page" };
  });
  items[at] = { ...before, settings };
  return items[at];
}

let oldest_us: number | null = null; // of what is kept
let trouble: { hint: string; detail: string } | null = null; // of the store

function answer(method: string, path: string, tried: boolean, body: Record<string, never>) {
  if (path === "config") {
    const read = { read: "2023-11-14T22:13:20Z", read_us: 1_700_000_000_000_000 };
    return [200, { sections: [], file: { ...file, ...read } }] as const;
  }
  if (path === "status")
    return [200, { started_us: Date.now() * 1_000, uptime_s: 0, pipeline: { trouble } }] as const;
  const wrong = Object.entries(body ?? {}).find(([, value]) => value === "nonsense");
  if (wrong !== undefined) {
    const settings = [{ name: wrong[0], reason: "It does not compile: syntax error." }];
    return [422, { title: "A setting cannot be so", status: 422, settings }] as const;
  }
  const [, name = "", more = ""] = /^whisperers\/?([^/]*)(\/.*)?$/.exec(path) ?? [];
  if (method === "POST" && name === "") {
    if (tried) return [204, null] as const;
    items.push(whisperer(body["name"] ?? "", { origin: "page" }));
    return [201, items.at(-1)] as const;
  }
  if (method === "PATCH") return [200, tried ? items[0] : set(name, body)] as const;
  if (method === "DELETE" && more === "/changes")
    return [200, set(name, { filter: null, snaplen: null, save_bodies: null })] as const;
  if (more === "/stop" || more === "/start") {
    const stopped_by_hand = more === "/stop";
    const state = stopped_by_hand ? "stopped" : "capturing";
    items = items.map((item) => (item.name === name ? { ...item, stopped_by_hand, state } : item));
    return [200, items.find((item) => item.name === name)] as const;
  }
  if (more === "/data")
    return [200, { whisperer: name, kinds: [{ kind: "communications", oldest_us }] }] as const;
  return [200, { items, count: items.length }] as const;
}

beforeEach(() => {
  items = [whisperer("live"), whisperer("dmz", { state: "wrong_configuration", reason: "no nic" })];
  asked = [];
  trouble = null;
  file = { path: "spider.toml", errors: [], restart_needed: [] };
  const media = { matches: false, addEventListener() {}, removeEventListener() {} };
  vi.stubGlobal("matchMedia", () => media);
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    const { pathname, searchParams } = new URL(url, "http://x/");
    const path = pathname.replace("/api/v1/", "");
    const method = init.method ?? "GET";
    const body = init.body === undefined ? undefined : JSON.parse(String(init.body));
    const tried = searchParams.get("try") === "true";
    if (method !== "GET") {
      expect((init.headers as Record<string, string>)["Content-Type"]).toBe("application/json");
      asked.push({ method, path: tried ? `${path}?try` : path, body });
    }
    const [status, out] = answer(method, path, tried, body);
    return new Response(out === null ? null : JSON.stringify(out), { status });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function Page() {
  const place = useWhispererPlace();
  return place === null ? null : <WhisperersPage place={place} />;
}

async function show(search = "?page=whisperers&name=live"): Promise<void> {
  window.history.replaceState(null, "", `/${search}`);
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Page />
    </QueryClientProvider>,
  );
  await screen.findAllByTestId("whisperer-item");
}

const written = () => asked.filter(({ path }) => !path.endsWith("?try"));
const type = (id: string, value: string) =>
  fireEvent.change(screen.getByTestId(id), { target: { value } });

describe("the list of the whisperers", () => {
  it("says what each does, since when, and why not", async () => {
    await show("?page=whisperers&name=dmz");
    const texts = screen.getAllByTestId("whisperer-item").map(({ textContent }) => textContent);
    expect(texts[0]).toMatch(/live.*INTERFACE · lo.*capturing since 2023-11-14/);
    expect(texts[1]).toMatch(/dmz.*cannot capture/);
    expect(screen.getByTestId("reason").textContent).toBe("no nic");
  });

  it("does not look well while nothing is stored", async () => {
    trouble = { hint: "Make room.", detail: "The disk is full." };
    await show();
    const banner = await screen.findByText("Nothing is stored at present");
    expect(banner.parentElement?.textContent).toContain("Make room. The disk is full.");
  });
});

describe("the configuration file", () => {
  it("is silent while all of it is in force", async () => {
    await show();
    await waitFor(() => expect(asked).toEqual([]));
    expect(screen.queryByTestId("file-errors")).toBeNull();
    expect(screen.queryByTestId("restart-needed")).toBeNull();
  });

  it("says its mistakes, and that nothing of it is in force", async () => {
    file.errors = ["spider.toml:7: there is no type UPLAOD"];
    file.restart_needed = ["[api] listen"];
    await show();
    const note = await screen.findByTestId("file-errors");
    expect(note.textContent).toContain("spider.toml:7: there is no type UPLAOD");
    expect(note.textContent).toMatch(/Nothing of it is in force; what was before, read 2023-11-14/);
    expect(screen.queryByTestId("restart-needed")).toBeNull();
  });

  it("says what waits for a start", async () => {
    file.restart_needed = ["[api] listen", "[pipeline] shards"];
    await show();
    const note = await screen.findByTestId("restart-needed");
    expect(note.textContent).toMatch(/Restart Spider.*\[api\] listen, \[pipeline\] shards/);
  });
});

describe("the settings", () => {
  it("are in two groups, with their help and where they come from", async () => {
    await show();
    expect(screen.getByRole("group", { name: "Capture" }).textContent).toContain("About filter.");
    expect(screen.getByRole("group", { name: /Parsing/ }).textContent).toContain("save_bodies");
    expect(screen.getByTestId("origin-filter").textContent).toBe("from the file");
    expect(screen.getByTestId("origin-snaplen").textContent).toBe("default");
    expect(screen.getByTestId("as-in-file")).toBeTruthy();
  });

  it("are saved as changes, marked, and one click takes one back", async () => {
    await show();
    type("set-filter", "tcp port 81");
    expect(screen.getByTestId("said").textContent).toBe("1 change not saved");
    fireEvent.click(screen.getByTestId("save"));
    await screen.findByTestId("differs");
    expect(written()).toEqual([
      { method: "PATCH", path: "whisperers/live", body: { filter: "tcp port 81" } },
    ]);
    expect(screen.getByTestId("origin-filter").textContent).toBe("changed here");
    expect(screen.getByTestId("file-filter").textContent).toContain("The file says tcp port 80");
    fireEvent.click(screen.getByTestId("revert-filter"));
    await screen.findByTestId("as-in-file");
    expect(written()[1]?.body).toEqual({ filter: null });
    fireEvent.click(await screen.findByTestId("undo-change"));
    await screen.findByTestId("differs");
    fireEvent.click(screen.getByTestId("file-wins"));
    await screen.findByTestId("as-in-file");
    expect(written()[3]).toMatchObject({ method: "DELETE", path: "whisperers/live/changes" });
  });

  it("do not put the default in the file's mouth", async () => {
    await show();
    type("set-snaplen", "1000");
    fireEvent.click(screen.getByTestId("save"));
    await screen.findByTestId("differs");
    const below = screen.getByTestId("file-snaplen").textContent;
    expect(below).toContain("Default: 262144");
    expect(below).not.toContain("The file says");
    expect(screen.getByTestId("revert-snaplen").textContent).toBe("At its default");
  });

  it("say at the field what is wrong, before anything is saved", async () => {
    await show();
    type("set-snaplen", "12");
    expect(screen.getByTestId("setting-snaplen").textContent).toContain("From 64 to 262144.");
    fireEvent.click(screen.getByTestId("save"));
    type("set-snaplen", "262144");
    type("set-filter", "nonsense");
    await screen.findByText("It does not compile: syntax error.");
    expect(screen.getByTestId("set-filter").getAttribute("aria-invalid")).toBe("true");
    fireEvent.click(screen.getByTestId("save"));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("set-filter")));
    expect(written()).toEqual([]);
  });
});

describe("a whisperer", () => {
  it("is stopped and started", async () => {
    await show();
    fireEvent.click(screen.getByTestId("stop"));
    fireEvent.click(await screen.findByTestId("start"));
    await screen.findByTestId("stop");
    expect(written().map(({ path }) => path)).toEqual([
      "whisperers/live/stop",
      "whisperers/live/start",
    ]);
  });

  it("is copied under a free name with what differs from the default", async () => {
    await show();
    fireEvent.click(screen.getByTestId("copy"));
    expect((screen.getByTestId("new-name") as HTMLInputElement).value).toBe("live-2");
    type("new-name", "dmz");
    expect(screen.getByText("There is a whisperer of this name.")).toBeTruthy();
    type("new-name", "edge");
    fireEvent.click(screen.getByTestId("create"));
    await screen.findByRole("heading", { name: "edge" });
    expect(written()).toEqual([
      {
        method: "POST",
        path: "whisperers",
        body: { name: "edge", type: "INTERFACE", filter: "tcp port 80" },
      },
    ]);
    expect(screen.getByText(/Made on this page/)).toBeTruthy();
  });

  it("has two buttons that read JSON, and each says what becomes of it", async () => {
    await show();
    const fresh = screen.getByRole("button", { name: "New from JSON" });
    const fill = screen.getByRole("button", { name: "Fill from JSON" });
    expect(fresh.title).toMatch(/^Make a whisperer/);
    expect(fill.title).toMatch(/nothing is saved yet$/);
  });

  it("takes a configuration as typed, for one to look at before it is saved", async () => {
    await show();
    const json = '{"type":"FILE","filter":"tcp port 9","speed":1}';
    const file = Object.assign(new File([json], "x.json"), { text: async () => json });
    fireEvent.change(screen.getByTestId("import-json"), { target: { files: [file] } });
    await screen.findByText("Read; look, and save. Not known here: speed. Its type is FILE.");
    expect((screen.getByTestId("set-filter") as HTMLInputElement).value).toBe("tcp port 9");
    expect(written()).toEqual([]);
  });
});

describe("a whisperer that is in no configuration any more", () => {
  // As the API tells it: what it does not know is as it comes.
  const gone = () =>
    whisperer("edge", {
      state: "stopped",
      reason: "It is not in the configuration any more; its data is kept.",
      since_us: null,
      config: { interface: "any" } as never,
      settings: [],
    });
  const shown = async (text: string): Promise<string> => {
    cleanup();
    items = [gone()];
    await show("?page=whisperers&name=edge");
    await waitFor(() => expect(screen.getByTestId("only-stored").textContent).toContain(text));
    return document.body.textContent ?? "";
  };

  it("says whether something of it is left, and no default as if it were known", async () => {
    oldest_us = 5;
    expect(await shown("data is kept and can be looked at")).not.toContain("any · ");
    oldest_us = null;
    const page = await shown("Nothing is stored of it any more");
    expect(page).not.toContain("data is kept");
    expect(page).not.toMatch(/INTERFACE · /);
    expect(screen.queryByTestId("reason")).toBeNull();
  });
});
