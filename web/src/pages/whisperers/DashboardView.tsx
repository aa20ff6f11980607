// DashboardView: what passed a whisperer and what Spider spent on it, over a day or an hour: as
// charts, and the same as a table.

import { useState } from "react";
import { address } from "../../api/client";
import type { Counts } from "../../api/types";
import { formatBytes, formatCount } from "../../base/format";
import { formatClock, kSecond, nowMicros, toIso } from "../../base/time";
import {
  type CostDay,
  costCharts,
  percent,
  sumOf,
  useWhispererCost,
} from "../../state/whispererCost";
import { spanAround, type WhispererPlace } from "../../state/whispererPlace";
import { kCharts, lostOf, type Slot, useWhispererQuality } from "../../state/whispererQuality";
import { useZone } from "../../state/zone";
import { Failure, FailureBanner } from "../../widgets/Failure";
import { Skeleton } from "../../widgets/states";
import { Tools } from "./QualityView";
import { SlotChart } from "./SlotChart";
import "../../styles/statistics.css";

const kPassed = kCharts.slice(0, 4); // packets, traffic, communications, lost by stage
const kHeads = [
  "Packets / s",
  "Bit / s",
  "Communications / s",
  "Lost",
  "Own threads",
  "Shared threads",
  "Tables",
  "Ring",
  "Codes",
];

function codesOf(counts: Counts | null): string {
  return (
    Object.entries(counts ?? {})
      .filter(([key, value]) => key.startsWith("code:") && value > 0)
      .map(([key, value]) => `${key.slice(5)} ${formatCount(value)}`)
      .join(" · ") || "—"
  );
}

function rate(counts: Counts | null, names: readonly string[], slot: Slot): string {
  const seconds = (slot.range.to - slot.range.from) / kSecond;
  const sum = names.reduce((all, name) => all + (counts?.[name] ?? 0), 0);
  const value = sum / seconds;
  return value > 0 && value < 10 ? value.toFixed(2) : formatCount(Math.round(value));
}

function Row({ slot, passed }: { slot: Slot; passed: Counts | null }) {
  const cost = slot.counts;
  const cells = [
    rate(passed, ["packets_received"], slot),
    rate(passed === null ? null : { bits: (passed["bytes_received"] ?? 0) * 8 }, ["bits"], slot),
    rate(passed, ["communications_complete", "communications_partial"], slot),
    formatCount(lostOf(passed)),
    percent(sumOf(cost, "own:")),
    percent(sumOf(cost, "shared:")),
    formatBytes((cost?.["flow_bytes"] ?? 0) + (cost?.["parse_bytes"] ?? 0)),
    percent(cost?.["ring"] ?? 0),
  ];
  return (
    <tr data-testid="cost-row">
      <th scope="row">{formatClock(slot.range.from, "minute")}</th>
      {cells.map((text, index) => (
        <td key={kHeads[index]} className="is-number">
          {text}
        </td>
      ))}
      <td className="is-causes">{codesOf(cost)}</td>
    </tr>
  );
}

function Table({ cost, passed }: { cost: CostDay; passed: readonly Slot[] }) {
  const rows = cost.slots
    .map((slot, index) => ({ slot, passed: passed[index]?.counts ?? null }))
    .filter((row) => row.slot.counts !== null || row.passed !== null);
  return (
    <div className="quality-table" tabIndex={0} role="region" aria-label="The charts as a table">
      <table className="stat-table">
        <thead>
          <tr>
            <th scope="col">From</th>
            {kHeads.map((head) => (
              <th key={head} scope="col" className="is-number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.slot.range.from} {...row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function DashboardView({ name, place }: { name: string; place: WhispererPlace }) {
  const { span } = place;
  const [zone] = useZone();
  const [pointed, setPointed] = useState<number | null>(null);
  const at = place.from ?? spanAround(span, nowMicros()).from;
  const passed = useWhispererQuality(name, span, at, zone);
  const query = useWhispererCost(name, span, at, zone);
  if (query.data === undefined && query.error !== null)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <Skeleton rows={10} />;
  const cost = query.data;
  const same = passed.data?.range.from === cost.range.from ? passed.data : null;
  const shared = { slots: cost.slots, total: cost.total, pointed, onPoint: setPointed };
  const r = { from: toIso(cost.range.from), to: toIso(cost.range.to) };
  return (
    <section className="quality" aria-label="Dashboard" data-testid="dashboard">
      <Tools day={cost} span={span} busy={query.isFetching} />
      {query.error !== null && <FailureBanner error={query.error} />}
      <div className="charts" onMouseLeave={() => setPointed(null)}>
        {same != null &&
          kPassed.map((chart) => (
            <SlotChart
              key={chart.key}
              chart={chart}
              slots={same.slots}
              total={same.total}
              pointed={pointed}
              onPoint={setPointed}
            />
          ))}
        {costCharts(cost.total).map((chart) => (
          <SlotChart key={chart.key} chart={chart} {...shared} />
        ))}
      </div>
      <Table cost={cost} passed={same?.slots ?? []} />
      <p className="faint">
        Processor time is in percent of one processor. Shards, the writer and the store (“others”)
        serve every whisperer: what they cost is not divided among them. Costs are of the system’s
        clock, what passed of the packets’ own. As JSON:{" "}
        <a href={address(`whisperers/${encodeURIComponent(name)}/observations`, r)}>
          /api/v1/whisperers/{name}/observations
        </a>
      </p>
    </section>
  );
}
