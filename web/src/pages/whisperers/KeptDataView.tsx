// KeptDataView: what is kept of a whisperer: how old, how much, how far back it will reach; and its
// removal, which says what goes before it does.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Problem, problemOf, wordsOf } from "../../api/problem";
import type { KeptData, KeptKind, UploadList } from "../../api/types";
import { askUploads } from "../../api/uploads";
import { askKeptData, purgeWhisperer } from "../../api/whisperers";
import { formatBytes, formatDuration, plural } from "../../base/format";
import { formatDateTime, micros } from "../../base/time";
import { Failure } from "../../widgets/Failure";
import { Icon } from "../../widgets/Icon";
import { Notice, Skeleton } from "../../widgets/states";

const kKinds: Readonly<Record<KeptKind["kind"], string>> = {
  communications: "Communications",
  bodies: "Bodies",
  sessions: "TCP sessions",
  packets: "Packets",
  quality: "Books",
};

const kAll = "communications, bodies, TCP sessions, packets, counts and books";

function time(us: number | null): string {
  return us === null ? "—" : formatDateTime(micros(us), "second");
}

// In words that suit what is days or years away.
export function horizonText({ horizon_s: seconds, horizon_by: by }: KeptKind): string {
  if (seconds === null) return "grows";
  const days = seconds / 86_400;
  const text =
    days >= 730
      ? `${(days / 365).toFixed(0)} years`
      : days >= 2
        ? `${days.toFixed(days < 10 ? 1 : 0)} days`
        : formatDuration(Math.round(seconds) * 1e6);
  return `${by === "size" ? "about " : ""}${text}, by ${by}`;
}

type Uploads = Pick<UploadList, "keep_days" | "kept_longer">;

// How long, and how far back that will reach. Uploads go whole, each by its own age, and have no
// limits by kind; `undefined`: those are not known yet, null: the data are no uploads.
function limitsOf(of: KeptKind, uploads: Uploads | null | undefined): readonly [string, string] {
  if (uploads === null) return [of.keep ?? "forever", horizonText(of)];
  if (uploads === undefined) return ["\u2014", "\u2014"];
  if (uploads.keep_days === 0) return ["forever", "grows"];
  return [plural(uploads.keep_days, "day"), "as long as each upload"];
}

function Row({ of, uploads }: { of: KeptKind; uploads: Uploads | null | undefined }) {
  const [keep, reach] = limitsOf(of, uploads);
  return (
    <tr data-testid={`kept-${of.kind}`}>
      <th scope="row">{kKinds[of.kind]}</th>
      <td>
        {time(of.oldest_us)}
        {of.removed_before_us !== null && (
          <span className="faint kept-removed" title="What ended before was removed">
            removed before {time(of.removed_before_us)}
          </span>
        )}
      </td>
      <td className="is-number">{formatBytes(of.bytes)}</td>
      <td className="is-number">{keep}</td>
      <td>{reach}</td>
    </tr>
  );
}

function Purge({ data, silent }: { data: KeptData; silent: boolean }) {
  const name = data.whisperer;
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const purge = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const { removed, kept } = await purgeWhisperer(name);
      setDone(`Removed: ${formatBytes(removed.bytes)}.`);
      setAsked(false);
      client.setQueryData(["kept", name], kept);
      // Everything that is shown anywhere may have held some of it.
      await client.invalidateQueries();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="whisperer-actions">
      {!asked && (
        <button
          type="button"
          className="button"
          disabled={silent}
          data-testid="purge"
          onClick={() => setAsked(true)}
        >
          Remove its data
        </button>
      )}
      {asked && (
        <span className="whisperer-ask" role="group" aria-label={`Remove all data of ${name}?`}>
          Remove all that is stored of {name}, {formatBytes(data.bytes)}: {kAll}? It cannot be
          undone. The whisperer stays, and goes on.
          <button
            type="button"
            className="button is-bad"
            disabled={busy || silent}
            data-testid="purge-yes"
            onClick={() => void purge()}
          >
            Remove all of it
          </button>
          <button type="button" className="button" autoFocus onClick={() => setAsked(false)}>
            Keep
          </button>
        </span>
      )}
      <span role="status" className="faint" data-testid="purge-note">
        {done}
      </span>
      {problem !== null && (
        <p className="settings-from is-bad" role="alert" data-testid="purge-problem">
          <Icon name="warning" />
          <span>{wordsOf(problem)}</span>
        </p>
      )}
    </div>
  );
}

function Kinds({ data, limit, silent }: { data: KeptData; limit: string; silent: boolean }) {
  const given = data.type === "UPLOAD";
  const query = useQuery({
    queryKey: ["uploads", data.whisperer],
    queryFn: ({ signal }) => askUploads(data.whisperer, signal),
    enabled: given,
    refetchInterval: silent ? false : 30_000,
  });
  const uploads = given ? query.data : null;
  return (
    <>
      <p className="kept-sum">
        <strong>{formatBytes(data.bytes)}</strong> kept, {limit}
        {data.bytes_per_second !== null &&
          `; lately ${formatBytes(Math.round(data.bytes_per_second * 86_400))} a day`}
      </p>
      <div className="quality-table" tabIndex={0} role="region" aria-label="What is kept">
        <table className="stat-table">
          <thead>
            <tr>
              <th scope="col">Kind</th>
              <th scope="col">Oldest</th>
              <th scope="col" className="is-number">
                Size
              </th>
              <th scope="col" className="is-number">
                Keep
              </th>
              <th scope="col">Will reach back</th>
            </tr>
          </thead>
          <tbody>
            {data.kinds.map((kind) => (
              <Row key={kind.kind} of={kind} uploads={uploads} />
            ))}
          </tbody>
        </table>
      </div>
      {uploads != null && uploads.keep_days > 0 && (
        <p className="faint" data-testid="kept-uploads">
          An upload is removed, with all that came of it, {plural(uploads.keep_days, "day")} after
          its end ([pipeline] uploads_keep_days). {uploads.kept_longer}
        </p>
      )}
      {given && query.error !== null && query.data === undefined && (
        <p className="faint">How long uploads are kept is not known: Spider did not tell.</p>
      )}
    </>
  );
}

export function KeptDataView({ name, silent }: { name: string; silent: boolean }) {
  const query = useQuery({
    queryKey: ["kept", name],
    queryFn: ({ signal }) => askKeptData(name, signal),
    refetchInterval: 30_000,
  });
  const { data } = query;
  if (data === undefined) {
    return query.error === null ? (
      <Skeleton rows={5} />
    ) : (
      <Failure error={query.error} retry={() => void query.refetch()} />
    );
  }
  const empty = data.kinds.every(({ oldest_us }) => oldest_us === null);
  const limit = data.max_bytes === null ? "no limit of size" : `of ${formatBytes(data.max_bytes)}`;
  return (
    <div data-testid="kept">
      {empty ? (
        <Notice icon="empty" title="Nothing is stored of it" testId="kept-nothing">
          <p>What it captures from now on is kept as its settings say.</p>
        </Notice>
      ) : (
        <Kinds data={data} limit={limit} silent={silent} />
      )}
      <Purge data={data} silent={silent} />
    </div>
  );
}
