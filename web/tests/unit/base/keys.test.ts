// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { isWriting, keyNames, matchesKey } from "../../../src/base/keys";
import { actionOf, kTimelineKeys } from "../../../src/timeline/keys";

const press = (key: string, held = "") => ({
  key,
  ctrlKey: held.includes("c"),
  metaKey: held.includes("m"),
  altKey: held.includes("a"),
  shiftKey: held.includes("s"),
});

describe("keys as text", () => {
  it("tell undo from redo, and Ctrl from Command only by name", () => {
    expect(matchesKey(press("z", "c"), "Mod+z")).toBe(true);
    expect(matchesKey(press("z", "m"), "Mod+z")).toBe(true);
    expect(matchesKey(press("Z", "cs"), "Mod+z")).toBe(false);
    expect(matchesKey(press("Z", "cs"), "Mod+Shift+z")).toBe(true);
    expect(matchesKey(press("z"), "Mod+z")).toBe(false);
    expect(matchesKey(press("z", "c"), "z")).toBe(false);
  });

  it("take Shift as part of a sign", () => {
    expect(matchesKey(press("?", "s"), "?")).toBe(true);
    expect(matchesKey(press("?"), "?")).toBe(true);
    expect(matchesKey(press("Escape", "s"), "Escape")).toBe(false);
  });

  it("are written for people", () => {
    expect(keyNames("Mod+Shift+z")).toEqual(["Ctrl", "Shift", "Z"]);
    expect(keyNames("+")).toEqual(["+"]);
    expect(keyNames("Alt+ArrowLeft")).toEqual(["Alt", "←"]);
  });

  it("belong to the text that is being written", () => {
    const input = document.createElement("input");
    expect(isWriting(input)).toBe(true);
    input.type = "checkbox";
    expect(isWriting(input)).toBe(false);
    expect(isWriting(document.createElement("textarea"))).toBe(true);
    expect(isWriting(document.body)).toBe(false);
  });
});

describe("the keys of the timeline", () => {
  it("each do one thing", () => {
    const keys = kTimelineKeys.flatMap((row) => row.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(actionOf(press("ArrowLeft"))).toBe("earlier");
    expect(actionOf(press("ArrowLeft", "s"))).toBe("pageEarlier");
    expect(actionOf(press("ArrowLeft", "a"))).toBe("selectionEarlier");
    expect(actionOf(press("ArrowRight", "as"))).toBe("selectionLonger");
    expect(actionOf(press("+", "s"))).toBe("zoomIn");
    expect(actionOf(press("S", "s"))).toBe("select");
    expect(actionOf(press("z", "c"))).toBeNull();
    expect(actionOf(press("x"))).toBeNull();
  });
});
