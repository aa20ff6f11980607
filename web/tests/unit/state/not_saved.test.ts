import { describe, expect, it } from "vitest";
import type { NotSaved } from "../../../src/api/types";
import { notSavedWords } from "../../../src/state/notSaved";

const one = (part: Partial<NotSaved>): NotSaved => ({
  what: "bodies",
  option: "save_bodies",
  whisperer: "lan",
  known: "exact",
  since: null,
  since_us: 1_763_733_720_000_000,
  ...part,
});

describe("why something was not saved", () => {
  it("names the whisperer, the option, and since when", () => {
    expect(notSavedWords(one({}))).toMatch(
      /^Bodies were not saved for whisperer “lan”: save_bodies\. Off since .*21.*\d\d:02/,
    );
  });

  it("does not claim more than is known", () => {
    expect(notSavedWords(one({ known: "at_least" }))).toContain("at the latest");
    const unknown = notSavedWords(one({ known: "unknown", since_us: null }));
    expect(unknown).toContain("Since when is not known");
    expect(unknown).not.toContain("Off since");
  });
});
