// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { Status, Whisperer } from "../../../src/api/types";
import { EmptyList } from "../../../src/pages/EmptyList";

afterEach(cleanup);

describe("an empty store", () => {
  it("says why the whisperer that is set does not capture", () => {
    const dmz = {
      name: "dmz",
      type: "INTERFACE",
      state: "wrong_configuration",
      reason: "No interface eth99.",
      config: { interface: "eth99" },
    } as unknown as Whisperer;
    const nothing = () => undefined;
    render(
      <EmptyList
        status={{ store: { first_us: null } } as unknown as Status}
        whisperers={[dmz]}
        silent={false}
        filtered={false}
        selected={false}
        onClearFilter={nothing}
        onClearSelection={nothing}
        onAll={nothing}
      />,
    );
    const text = screen.getByTestId("empty-wrong").textContent ?? "";
    expect(text).toContain("dmz: No interface eth99.");
    expect(text).not.toContain("name an interface");
  });
});
