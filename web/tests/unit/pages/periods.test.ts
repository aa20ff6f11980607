import { describe, expect, it } from "vitest";
import type { Statistics } from "../../../src/api/types";
import { kDay, kHour, range, setClock } from "../../../src/base/time";
import { askedPeriods, periodsCsv } from "../../../src/pages/views/StatisticsPeriods";

describe("the periods of the statistics", () => {
  const hour = range(0, kHour);

  it("are asked by length, by number, or not at all", () => {
    expect(askedPeriods("none", hour, 100)).toEqual({
      limit: 100,
      bucket: null,
      buckets: null,
      offset: null,
    });
    expect(askedPeriods("auto", hour, 100)).toEqual({
      limit: 100,
      bucket: "auto",
      buckets: 40,
      offset: null,
    });
    expect(askedPeriods("auto", hour, 500).bucket).toBeNull();
    expect(askedPeriods("5m", hour, 100)).toEqual({
      limit: 100,
      bucket: "5m",
      buckets: null,
      offset: null,
    });
  });

  it("of days go by the clock of the page, with its changes", () => {
    const days = range(Date.UTC(2026, 2, 27) * 1_000, Date.UTC(2026, 2, 31) * 1_000);
    setClock("utc");
    expect(askedPeriods("1d", days, 100).offset).toBeNull();
    setClock("local");
    expect(askedPeriods("1d", days, 100).offset).toBe("3600,1774746000:7200");
    expect(askedPeriods("6h", days, 100).offset).toBe("3600,1774746000:7200");
    expect(askedPeriods("5m", range(days.from, days.from + kHour), 100).offset).toBeNull();
  });

  it("never make more cells than the server tells, nor more rows than can be read", () => {
    for (const days of [1 / 24, 0.3, 1, 7, 30, 900])
      for (const period of ["1m", "15m", "1h", "1d"] as const) {
        const asked = askedPeriods(period, range(0, days * kDay), 1_000);
        const count = asked.buckets ?? days * { "1m": 1_440, "15m": 96, "1h": 24, "1d": 1 }[period];
        expect(asked.limit * count).toBeLessThanOrEqual(5_000);
        expect(count).toBeLessThanOrEqual(600);
      }
  });

  it("leave room for fewer groups where times are so far apart that the longest make more", () => {
    const ages = range(5, Date.UTC(2026, 10, 23) * 1_000);
    const periods = Math.ceil(ages.to / (364 * kDay)) + 1; // as the server cuts them
    for (const period of ["auto", "1d"] as const) {
      const asked = askedPeriods(period, ages, 100);
      expect(asked.bucket).toBe("auto");
      expect(asked.limit * periods).toBeLessThanOrEqual(5_000);
      expect(asked.limit).toBeGreaterThan(50);
    }
  });

  it("are a table program's to read: one line each, and no text is a formula", () => {
    const figures = {
      communications: 3,
      errors: 1,
      unanswered: 0,
      request_bytes: 10,
      response_bytes: 20,
    };
    const duration = { p50_us: 1, p90_us: 2, p99_us: 3, max_us: 4, exact: true };
    const data = {
      bucket_us: 60_000_000,
      group_by: ["host"],
      groups: [
        {
          key: { host: '=a,"b"' },
          periods: [{ start_us: 0, length_us: 60_000_000, ...figures, duration }],
        },
        {
          key: { host: null },
          periods: [{ start_us: 60_000_000, length_us: 30_000_000, ...figures, duration: null }],
        },
      ],
    } as unknown as Statistics;
    expect(periodsCsv(data).split("\r\n")).toEqual([
      "start,period_us,host,communications,errors,unanswered,request_bytes,response_bytes," +
        "p50_us,p90_us,p99_us,max_us",
      `1970-01-01T00:00:00Z,60000000,"'=a,""b""",3,1,0,10,20,1,2,3,4`,
      "1970-01-01T00:01:00Z,30000000,,3,1,0,10,20,,,,",
      "",
    ]);
  });

  it("have the name of an address beside it, and where that is from", () => {
    const period = {
      start_us: 0,
      length_us: 1,
      communications: 3,
      errors: 0,
      unanswered: 0,
      request_bytes: 1,
      response_bytes: 2,
      duration: null,
    };
    const data = {
      group_by: ["server_ip", "method"],
      groups: [
        {
          key: { server_ip: "10.0.0.1", method: "GET" },
          names: { server_ip: { name: "-db", name_source: "dns" } },
          periods: [period],
        },
        { key: { server_ip: "10.0.0.2", method: "GET" }, periods: [period] },
      ],
    } as unknown as Statistics;
    const lines = periodsCsv(data).split("\r\n");
    expect(lines.map((line) => line.split(",").slice(2, 7).join())).toEqual([
      "server_ip,server_name,server_name_source,method,communications",
      "10.0.0.1,'-db,dns,GET,3",
      "10.0.0.2,,,GET,3",
      "",
    ]);
  });
});
