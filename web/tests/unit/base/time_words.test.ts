import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { micros, parseTime, range, setClock, toIso } from "../../../src/base/time";
import { readTimeWords } from "../../../src/base/time_words";

beforeEach(() => setClock("utc"));
afterEach(() => setClock("local"));

const at = (iso: string) => parseTime(iso) ?? micros(0);
// A Saturday afternoon, looking at what is stored now.
const now = at("2026-03-14T15:30:20Z");
const read = (text: string, day = now) => {
  const words = readTimeWords(text, { now, day });
  return words.kind === "range"
    ? `${toIso(words.range.from)} ${toIso(words.range.to)}`
    : words.kind === "live"
      ? `live ${words.span}`
      : words.why;
};
const span = (from: string, to: string): string => `2026-03-${from}Z 2026-03-${to}Z`;

describe("a range of time in words", () => {
  it("is two clock times of today, or of the day that is named", () => {
    expect(read("14:05 to 14:10")).toBe(span("14T14:05:00", "14T14:10:00"));
    expect(read("14:05 to 14:10 yesterday")).toBe(span("13T14:05:00", "13T14:10:00"));
    expect(read("yesterday 14:05 - 14:10")).toBe(span("13T14:05:00", "13T14:10:00"));
    expect(read("Between 14:05 AND 14:10:30.5 on 2026-03-02")).toBe(
      span("02T14:05:00", "02T14:10:30.5"),
    );
    expect(read("from 3pm to 3:10 pm")).toBe(span("14T15:00:00", "14T15:10:00"));
    expect(read("yesterday noon until today 1am")).toBe(span("13T12:00:00", "14T01:00:00"));
  });

  it("is of the day that is shown when none is named", () => {
    const shown = at("2026-02-01T08:00:00Z");
    expect(read("14:05–14:10", shown)).toBe("2026-02-01T14:05:00Z 2026-02-01T14:10:00Z");
    expect(read("around 3pm", shown)).toBe("2026-02-01T14:30:00Z 2026-02-01T15:30:00Z");
  });

  it("is never still to come: 23:00 in the afternoon is yesterday's", () => {
    expect(read("23:00 to 23:30")).toBe(span("13T23:00:00", "13T23:30:00"));
    expect(read("23:50 to 00:10")).toBe(span("13T23:50:00", "14T00:10:00"));
    expect(read("23:50 to 00:10 yesterday")).toBe(span("12T23:50:00", "13T00:10:00"));
  });

  it("is the last stretch of a length", () => {
    const minutes = span("14T15:15:20", "14T15:30:20");
    for (const text of ["last 15 min", "15m", "-15m", "past 15 minutes", "the last 0.25 hours"]) {
      expect(read(text)).toBe(minutes);
    }
    expect(read("last hour")).toBe(span("14T14:30:20", "14T15:30:20"));
    expect(read("2 hours ago to now")).toBe(span("14T13:30:20", "14T15:30:20"));
    expect(read("250ms")).toBe(span("14T15:30:19.75", "14T15:30:20"));
  });

  it("is a whole day, or several", () => {
    expect(read("today")).toBe(span("14T00:00:00", "15T00:00:00"));
    expect(read("yesterday")).toBe(span("13T00:00:00", "14T00:00:00"));
    expect(read("monday to wednesday")).toBe(span("09T00:00:00", "12T00:00:00"));
    expect(read("saturday")).toBe(read("today"));
    expect(read("sat 14:05 to 14:10")).toBe(span("14T14:05:00", "14T14:10:00"));
    expect(read("last saturday")).toBe(span("07T00:00:00", "08T00:00:00"));
    expect(read("friday to saturday")).toBe(span("13T00:00:00", "15T00:00:00"));
    expect(read("saturday to tuesday")).toBe(span("07T00:00:00", "11T00:00:00"));
    expect(read("friday to monday")).toBe(span("06T00:00:00", "10T00:00:00"));
    expect(read("2026-03-02")).toBe(span("02T00:00:00", "03T00:00:00"));
    expect(read("2 March 2026")).toBe(span("02T00:00:00", "03T00:00:00"));
    expect(read("Mar 2nd, 14:00 to 15:00")).toBe(span("02T14:00:00", "02T15:00:00"));
    expect(read("02.03.2026 14:00 for 10 min")).toBe(span("02T14:00:00", "02T14:10:00"));
    expect(read("tomorrow 14:00")).toBe(span("15T14:00:00", "15T14:01:00"));
    expect(read("24 dec")).toBe("2025-12-24T00:00:00Z 2025-12-25T00:00:00Z");
  });

  it("is an instant with what is around it or follows it", () => {
    expect(read("around 15:00")).toBe(span("14T14:55:00", "14T15:05:00"));
    expect(read("15:00 ± 30s")).toBe(span("14T14:59:30", "14T15:00:30"));
    expect(read("15:00 +90s")).toBe(span("14T15:00:00", "14T15:01:30"));
    expect(read("14:05")).toBe(span("14T14:05:00", "14T14:06:00"));
    expect(read("14:05:06")).toBe(span("14T14:04:36", "14T14:05:36"));
    expect(read("14:05:06.123456")).toBe(span("14T14:04:36.123456", "14T14:05:36.123456"));
    expect(read("5 minutes ago")).toBe(span("14T15:24:50", "14T15:25:50"));
  });

  it("is two times with a hyphen between them, and a zone only where there is such a zone", () => {
    const five = span("14T14:05:00", "14T14:10:00");
    expect(read("14:05-14:10")).toBe(five);
    expect(read("from 14:05-14:10 today")).toBe(five);
    expect(read("2026-03-14 14:05-14:10")).toBe(five);
    expect(read("14:05-05:30 yesterday")).toBe(span("12T14:05:00", "13T05:30:00"));
    expect(read("2pm-3pm")).toBe(span("14T14:00:00", "14T15:00:00"));
    expect(read("1700000000-1700000300")).toBe("2023-11-14T22:13:20Z 2023-11-14T22:18:20Z");
    expect(read("2026-03-10T14:05-05:00 for 5m")).toBe(span("10T19:05:00", "10T19:10:00"));
  });

  it("is ISO text, with zones", () => {
    expect(read("2026-03-10T14:05:00Z/2026-03-10T14:10:00Z")).toBe(
      span("10T14:05:00", "10T14:10:00"),
    );
    expect(read("2026-03-10T14:05:00.25+02:00 to 2026-03-10T14:10+02:00")).toBe(
      span("10T12:05:00.25", "10T12:10:00"),
    );
    expect(read("14:05 to 14:10 +0530")).toBe(span("14T08:35:00", "14T08:40:00"));
    expect(read("2026-03-10 14:05 utc - 14:10")).toBe(span("10T14:05:00", "10T14:10:00"));
  });

  it("is seconds, milli-, micro- or nanoseconds since 1970", () => {
    // Half a minute on each side, as for any instant.
    const second = "2023-11-14T22:12:50Z 2023-11-14T22:13:50Z";
    expect(read("1700000000")).toBe(second);
    const both = "2023-11-14T22:13:20Z 2023-11-14T22:18:20Z";
    expect(read("1700000000 to 1700000300")).toBe(both);
    expect(read("1700000000000..1700000300000")).toBe(both);
    expect(read("1700000000000000 - 1700000300000000")).toBe(both);
    expect(read("1700000000000000000 for 5m")).toBe(both);
    expect(read("1700000000.5 for 1s")).toBe("2023-11-14T22:13:20.5Z 2023-11-14T22:13:21.5Z");
  });

  it("is what happens now", () => {
    expect(read("live")).toBe("live 300000000");
    expect(read("live 15m")).toBe("live 900000000");
  });

  it("says what it cannot read", () => {
    expect(read("")).toBe("Write a time.");
    expect(read("soonish")).toMatch(/^“soonish” is no time\. Times are written 14:05 or 3pm, days/);
    expect(read("14:05 to lunch")).toMatch(/^“lunch” is no time\./);
    expect(read("10/03/2026")).toMatch(/^“10\/03\/2026” is one day here .* days 2026-03-10,/);
    expect(read("10/3/26 14:00 to 15:00")).toMatch(/^“10\/3\/26” is one day here/);
    expect(read("14:05h")).toMatch(/^“14:05h” is no time\./);
    expect(read("25:00")).toBe("There is no time 25:00.");
    expect(read("14:61 to 15:00")).toBe("There is no time 14:61.");
    expect(read("13pm")).toBe("There is no 13 pm.");
    expect(read("2026-02-30")).toBe("There is no day 2026-2-30.");
    expect(read("2026-03-10 to 2026-03-01")).toBe("The end is not after the beginning.");
    expect(read("live long")).toBe("“long” is no length of time.");
    for (const text of ["to", "-", "14:05 to", "…", "((((", "99999999999", "0m", "14:05:", "/"]) {
      const words = readTimeWords(text, { now, day: now });
      expect(words.kind, text).toBe("wrong");
    }
  });

  it("is read on the machine's clock when that is chosen", () => {
    setClock("local");
    const local = (hour: number, minute: number): number =>
      new Date(2026, 2, 10, hour, minute).getTime() * 1_000;
    const words = readTimeWords("2026-03-10 14:05 to 14:10", { now, day: now });
    expect(words).toEqual({ kind: "range", range: range(local(14, 5), local(14, 10)) });
  });
});
