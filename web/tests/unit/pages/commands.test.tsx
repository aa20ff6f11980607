// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CommandPalette, KeyboardMap } from "../../../src/pages/CommandDialogs";
import { type Command, findCommands, useCommandKeys } from "../../../src/pages/commands";

afterEach(cleanup);

const command = (id: string, label: string, more: Partial<Command> = {}): Command => ({
  id,
  label,
  group: "Time",
  perform: vi.fn(),
  ...more,
});

describe("the command palette", () => {
  const commands = () => [
    command("undo", "Undo the last move", { keys: ["Mod+z"] }),
    command("off", "Undo what is not there", { off: true }),
    command("live", "Follow what is captured now"),
    command("dark", "Colours: dark", { group: "Page" }),
  ];

  it("finds by any words in any order, beginnings first, and never what is not possible", () => {
    const ids = (question: string): string[] =>
      findCommands(commands(), question).map((found) => found.id);
    expect(ids("")).toEqual(["undo", "live", "dark"]);
    expect(ids("move UNDO")).toEqual(["undo"]);
    expect(ids("page")).toEqual(["dark"]);
    expect(ids("(")).toEqual([]);
    expect(ids("o")).toEqual(["undo", "live", "dark"]);
  });

  it("goes up and down, and does what Enter is pressed on", () => {
    const [list, onClose] = [commands(), vi.fn()];
    render(<CommandPalette commands={list} onClose={onClose} />);
    const input = screen.getByTestId("palette-input");
    fireEvent.keyDown(input, { key: "ArrowUp" });
    fireEvent.keyDown(input, { key: "ArrowUp" });
    fireEvent.keyDown(input, { key: "Enter" });
    expect(list[2]?.perform).toHaveBeenCalledTimes(1);
    expect(onClose).toHaveBeenCalledTimes(1);
  });

  it("says when nothing is called that, and Enter then does nothing", () => {
    const onClose = vi.fn();
    render(<CommandPalette commands={commands()} onClose={onClose} />);
    const input = screen.getByTestId("palette-input");
    fireEvent.change(input, { target: { value: "make coffee" } });
    expect(screen.getByText("No command is called that.")).toBeTruthy();
    fireEvent.keyDown(input, { key: "Enter" });
    expect(onClose).not.toHaveBeenCalled();
  });
});

describe("the map of the keys", () => {
  it("shows every command that has a key, and the keys of timeline and list", () => {
    const commands = [command("a", "Show all", { keys: ["a"] }), command("b", "No key")];
    render(<KeyboardMap commands={commands} onClose={vi.fn()} />);
    expect(screen.getByText("Show all").nextElementSibling?.textContent).toBe("A");
    expect(screen.queryByText("No key")).toBeNull();
    expect(screen.getByText("Zoom in").nextElementSibling?.textContent).toContain("+");
    expect(screen.getByText("Open the details")).toBeTruthy();
  });

  it("is closed by Escape", () => {
    const onClose = vi.fn();
    render(<KeyboardMap commands={[]} onClose={onClose} />);
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    expect(onClose).toHaveBeenCalledTimes(1);
  });
});

describe("the keys of the page", () => {
  function Page({ commands, on }: { commands: readonly Command[]; on: boolean }) {
    useCommandKeys(commands, on);
    return <input aria-label="text" />;
  }

  it("do nothing while one writes, save the one of the palette", () => {
    const commands = [
      command("live", "Live", { keys: ["l"] }),
      command("undo", "Undo", { keys: ["Mod+z"] }),
      command("palette", "Palette", { keys: ["Mod+k"] }),
    ];
    render(<Page commands={commands} on />);
    const input = screen.getByLabelText("text");
    fireEvent.keyDown(input, { key: "l" });
    fireEvent.keyDown(input, { key: "z", ctrlKey: true });
    expect(commands[0]?.perform).not.toHaveBeenCalled();
    expect(commands[1]?.perform).not.toHaveBeenCalled();
    fireEvent.keyDown(input, { key: "k", ctrlKey: true });
    expect(commands[2]?.perform).toHaveBeenCalledTimes(1);
    fireEvent.keyDown(document.body, { key: "l" });
    expect(commands[0]?.perform).toHaveBeenCalledTimes(1);
  });

  it("leave alone what is not possible, what was handled, and what is behind a dialog", () => {
    const commands = [
      command("x", "X", { keys: ["x"], off: true }),
      command("y", "Y", { keys: ["y"] }),
    ];
    const { rerender } = render(<Page commands={commands} on />);
    fireEvent.keyDown(document.body, { key: "x" });
    expect(commands[0]?.perform).not.toHaveBeenCalled();
    const handled = new KeyboardEvent("keydown", { key: "y", bubbles: true, cancelable: true });
    handled.preventDefault();
    document.body.dispatchEvent(handled);
    rerender(<Page commands={commands} on={false} />);
    fireEvent.keyDown(document.body, { key: "y" });
    expect(commands[1]?.perform).not.toHaveBeenCalled();
  });
});
