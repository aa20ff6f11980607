// @vitest-environment jsdom
import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findCommands } from "../../../src/pages/commands";
import { type CommandContext, usePageCommands } from "../../../src/pages/pageCommands";
import { kStartPlace } from "../../../src/state/place";
import { kStart } from "../../../src/state/url";
import { range } from "../../../src/base/time";

afterEach(() => {
  cleanup();
  document.body.innerHTML = "";
  window.history.replaceState(null, "", "/");
});

const contextOf = (more: Partial<CommandContext> = {}): CommandContext => ({
  state: kStart,
  change: vi.fn(),
  history: { canUndo: false, canRedo: false, undo: vi.fn(), redo: vi.fn() },
  handle: { current: null },
  stored: null,
  shown: range(0, 1_000_000),
  onFollow: vi.fn(),
  onOpen: vi.fn(),
  uploads: null,
  show: vi.fn(),
  metered: false,
  onMeter: vi.fn(),
  facets: false,
  onFacets: vi.fn(),
  ...more,
});
const commandsOf = (context: CommandContext) =>
  renderHook(() => usePageCommands(context)).result.current;

describe("the commands of the page", () => {
  it("know every view by its name, and go there", () => {
    const context = contextOf();
    const commands = commandsOf(context);
    for (const view of ["statistics", "sequence", "waterfall", "compare"]) {
      const found = findCommands(commands, view)[0];
      expect(found?.id).toBe(`view-${view}`);
      found?.perform();
      expect(context.change).toHaveBeenLastCalledWith({ place: { ...kStartPlace, view } });
    }
    // Where one is already is no way to go.
    expect(findCommands(commands, "view list")).toEqual([]);
  });

  it("know values, export, uploads and whisperers", () => {
    const commands = commandsOf(contextOf({ uploads: "drop" }));
    const first = (words: string) => findCommands(commands, words)[0]?.id;
    expect(first("values")).toBe("facets");
    expect(first("export")).toBe("export");
    expect(first("har")).toBe("export");
    expect(first("uploads")).toBe("uploads");
    expect(first("whisperers")).toBe("whisperers");
    commands.find(({ id }) => id === "uploads")?.perform();
    expect(window.location.search).toBe("?page=whisperers&name=drop&part=uploads");
    expect(findCommands(commandsOf(contextOf()), "uploads")).toEqual([]);
  });

  it("open the menu of exports, from another view by way of the list", async () => {
    const context = contextOf({
      state: { ...kStart, place: { ...kStartPlace, view: "waterfall" } },
    });
    commandsOf(context)
      .find(({ id }) => id === "export")
      ?.perform();
    expect(context.change).toHaveBeenCalledWith({ place: { ...kStartPlace, view: "list" } });
    const button = document.createElement("button");
    button.dataset["testid"] = "export";
    const pressed = vi.fn();
    button.onclick = pressed;
    document.body.append(button);
    await vi.waitFor(() => expect(pressed).toHaveBeenCalledTimes(1));
  });

  it("give the details the whole width, and take it back before they close", () => {
    const open = contextOf({ state: { ...kStart, open: "1-a-0" } });
    const run = (context: CommandContext, id: string) =>
      commandsOf(context)
        .find((command) => command.id === id)
        ?.perform();
    run(open, "full");
    expect(open.change).toHaveBeenCalledWith({ place: { ...kStartPlace, full: true } });
    const full = contextOf({
      state: { ...kStart, open: "1-a-0", place: { ...kStartPlace, full: true } },
    });
    run(full, "close");
    expect(full.onOpen).not.toHaveBeenCalled();
    expect(full.change).toHaveBeenCalledWith({ place: { ...kStartPlace, full: false } });
    run(open, "close");
    expect(open.onOpen).toHaveBeenCalledWith(null, true);
  });
});
