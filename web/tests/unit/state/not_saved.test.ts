import { beforeEach, describe, expect, it } from "vitest";
import type { NotSaved } from "../../../src/api/types";
import { setClock } from "../../../src/base/time";
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

beforeEach(() => setClock("utc"));

describe("why something was not saved", () => {
  it("names the whisperer, the option, and since when", () => {
    expect(notSavedWords(one({}))).toMatch(
      /^Bodies were not saved for whisperer “lan”: save_bodies\. Off since .*21.*\d\d:02/,
    );
  });

  it("says until when, when it is over", () => {
    const since_us = Date.UTC(2026, 10, 22, 14, 59) * 1_000;
    const over = (minutes: number, part: Partial<NotSaved> = {}): string =>
      notSavedWords(one({ since_us, until_us: since_us + minutes * 60e6, ...part }));
    expect(over(3)).toMatch(/save_bodies\. It was off from 2026-11-22 14:59 to 15:02\.$/);
    expect(over(0.5)).toMatch(/from 2026-11-22 14:59:00 to 14:59:30\.$/);
    expect(over(1_440)).toMatch(/to 2026-11-23 14:59\.$/);
    expect(over(3, { known: "at_least" })).toMatch(/at the latest, and until 15:02; what was/);
    expect(notSavedWords(one({ until_us: null }))).toContain("Off since");
  });

  it("does not claim more than is known", () => {
    expect(notSavedWords(one({ known: "at_least" }))).toContain("at the latest");
    const unknown = notSavedWords(one({ known: "unknown", since_us: null }));
    expect(unknown).toContain("Since when is not known");
    expect(unknown).not.toContain("Off since");
  });
});
