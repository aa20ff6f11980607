// UploadsView: files dropped here are sent; each upload with what it is, its time, and its end.

import { useRef, useState } from "react";
import { type Problem, problemOf, wordsOf } from "../../api/problem";
import type { ImportAnswer, Upload } from "../../api/types";
import { cancelUpload, purgeUpload } from "../../api/uploads";
import { classes, formatBytes, formatCount, formatShare, plural } from "../../base/format";
import { formatDateTime, formatRange, micros, range } from "../../base/time";
import { useHanded } from "../../state/handed";
import { type Sending, timeOf, useSender, useUploads } from "../../state/uploads";
import { openCommunications, openUpload } from "../../state/whispererPlace";
import { Failure, FailureBanner } from "../../widgets/Failure";
import { Icon } from "../../widgets/Icon";
import { Skeleton } from "../../widgets/states";
import "../../styles/uploads.css";

const kStateWords: Record<Upload["state"], string> = {
  running: "being read",
  complete: "complete",
  cut: "cut",
  cancelled: "cancelled",
};

function SendingRow({
  one,
  onStop,
  onAgain,
}: {
  one: Sending;
  onStop: () => void;
  onAgain: () => void;
}) {
  const { file, state, bytes, problem } = one;
  const ended = state === "stopped" || state === "failed";
  const size = formatBytes(file.size);
  const share = formatShare(bytes, Math.max(1, file.size));
  return (
    <li className="upload-sending" data-testid="sending">
      <strong>{file.name}</strong>
      <span className={state === "failed" ? "is-bad" : "faint"}>
        {state === "waiting" && `waits · ${size}`}
        {state === "sending" && `${formatBytes(bytes)} of ${size} sent (${share})`}
        {state === "stopped" && "stopped; what was read is in the list and can be purged"}
        {problem !== null && wordsWithout(file.name, problem)}
      </span>
      {state === "sending" && (
        <progress aria-label={`${file.name} sent`} max={Math.max(1, file.size)} value={bytes} />
      )}
      {ended && (problem === null || !isOfFile(problem)) && (
        <button type="button" className="button" onClick={onAgain}>
          Upload again
        </button>
      )}
      <button type="button" className="button" data-testid="sending-stop" onClick={onStop}>
        {state === "sending" ? "Stop" : "Remove"}
      </button>
    </li>
  );
}

// The row names the file; a sentence that begins with its name would name it twice.
function withoutName(file: string, text: string): string {
  return text.startsWith(`${file}, `) ? text.slice(file.length + 2) : text;
}

// What is said of a file says what to do as well: what its code says of all such adds nothing.
const isOfFile = ({ code }: Problem): boolean => code.startsWith("CAPTURE-FILE-");

const wordsWithout = (file: string, problem: Problem): string =>
  withoutName(file, isOfFile(problem) ? problem.detail : wordsOf(problem));

// From the first packet to the last; one instant is not given an end of its own.
function timeText({
  first_us: first,
  last_us: last,
}: Pick<Upload, "first_us" | "last_us">): string {
  if (first == null || last == null) return "no TCP";
  return first === last ? formatDateTime(micros(first), "micro") : formatRange(range(first, last));
}

function Row({ upload, whisperer }: { upload: Upload; whisperer: string }) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const time = timeOf(upload);
  const running = upload.state === "running";
  const perform = async (act: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setTrouble("");
    try {
      await act();
    } catch (error) {
      setTrouble(wordsOf(problemOf(error)));
    } finally {
      setBusy(false);
      setAsked(false);
    }
  };
  const { bytes, bytes_known: known } = upload;
  const size =
    running && known !== null
      ? `${formatBytes(bytes)} of ${formatBytes(known)} (${formatShare(bytes, known)})`
      : formatBytes(bytes);
  return (
    <tr data-testid="upload-row">
      <td>
        <strong>
          {upload.kind === "earlier" ? "Before uploads were kept apart" : upload.file}
        </strong>
        <span className="faint">
          {upload.kind === "upload" && ` upload ${upload.id} · ${size}`}
          {upload.began_us != null && ` · ${formatDateTime(micros(upload.began_us), "second")}`}
        </span>
        {upload.same_as !== null && (
          <span className="upload-note" data-testid="upload-same">
            The same file as upload {upload.same_as}: its records are there twice.
          </span>
        )}
        {upload.trouble !== null && <span className="upload-note">{upload.trouble}</span>}
        {trouble !== "" && (
          <span className="upload-note is-bad" role="alert">
            {trouble}
          </span>
        )}
      </td>
      <td>
        <span className={classes("chip", upload.state === "cut" && "is-bad")}>
          {kStateWords[upload.state]}
        </span>
      </td>
      <td>
        {time === null ? (
          <span className="faint">{timeText(upload)}</span>
        ) : (
          <button
            type="button"
            className="button is-bare"
            data-testid="upload-time"
            title="Show what was read from it"
            onClick={() =>
              upload.kind === "upload"
                ? openUpload(upload.id, time)
                : openCommunications(whisperer, time)
            }
          >
            {timeText(upload)}
          </button>
        )}
      </td>
      <td className="upload-number">{formatCount(upload.communications)}</td>
      <td className="upload-acts">
        {running && (
          <button
            type="button"
            className="button"
            disabled={busy}
            data-testid="upload-cancel"
            onClick={() => void perform(() => cancelUpload(upload.id))}
          >
            <Icon name="stop" />
            Stop
          </button>
        )}
        {!running && !asked && (
          <button
            type="button"
            className="button is-bare"
            data-testid="upload-purge"
            onClick={() => setAsked(true)}
          >
            Purge
          </button>
        )}
        {asked && (
          <span role="group" aria-label={`Purge ${upload.file ?? "what is older"}?`}>
            Everything of it goes, for good.
            <button
              type="button"
              className="button is-bad"
              disabled={busy}
              data-testid="upload-purge-yes"
              onClick={() => void perform(() => purgeUpload(upload.id))}
            >
              {busy ? "Purging" : "Purge"}
            </button>
            <button type="button" className="button" autoFocus onClick={() => setAsked(false)}>
              Keep
            </button>
          </span>
        )}
      </td>
    </tr>
  );
}

export function UploadsView({ name, silent }: { name: string; silent: boolean }) {
  const query = useUploads(name);
  const [over, setOver] = useState(false);
  const [done, setDone] = useState<ImportAnswer | null>(null);
  const input = useRef<HTMLInputElement>(null);
  // When all that was chosen is stored, the page goes to its time; unless there is more to say.
  const sender = useSender(name, (answer) => {
    const time = timeOf(answer);
    const plain = answer.trouble === null && (answer.upload?.same_as ?? null) === null;
    if (plain && time !== null) openCommunications(name, time);
    else setDone(answer);
  });
  const send = (files: Iterable<File> | null): void => {
    setDone(null);
    sender.add([...(files ?? [])]);
  };
  useHanded(send);
  const items = query.data?.items ?? [];
  const same = done?.upload?.same_as ?? null;
  const doneTime = done === null ? null : timeOf(done);
  return (
    <div className="uploads" data-testid="uploads">
      <div
        className={classes("upload-drop", over && "is-over")}
        data-testid="upload-drop"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          if (!silent) send(event.dataTransfer.files);
        }}
      >
        <Icon name="up" />
        <span>Drop capture files here (pcap, pcapng), or</span>
        <button
          type="button"
          className="button is-main"
          disabled={silent}
          onClick={() => input.current?.click()}
        >
          Choose files
        </button>
        <input
          ref={input}
          type="file"
          multiple
          hidden
          data-testid="upload-input"
          onChange={(event) => {
            send(event.target.files);
            event.target.value = ""; // the same file once more
          }}
        />
      </div>
      {sender.files.length > 0 && (
        <ul className="upload-queue" aria-label="On their way">
          {sender.files.map((one) => (
            <SendingRow
              key={one.key}
              one={one}
              onStop={() => sender.stop(one.key)}
              onAgain={() => sender.again(one.key)}
            />
          ))}
        </ul>
      )}
      {done !== null && (
        <p className="upload-done" role="status" data-testid="upload-done">
          {same !== null &&
            `${done.file} is the same file as upload ${same.id} (${same.file}): purge one of ` +
              "them, or its records are there twice. "}
          {done.trouble !== null && `${done.file}: ${withoutName(done.file, done.trouble.detail)} `}
          {doneTime === null && "No packet of it belongs to TCP. "}
          {doneTime !== null && (
            <button
              type="button"
              className="button"
              onClick={() => openCommunications(name, doneTime)}
            >
              Show its time
            </button>
          )}
        </p>
      )}
      {query.error !== null && query.data !== undefined && <FailureBanner error={query.error} />}
      {query.data === undefined &&
        (query.error === null ? (
          <Skeleton rows={3} />
        ) : (
          <Failure error={query.error} retry={() => void query.refetch()} />
        ))}
      {query.data !== undefined && items.length === 0 && (
        <p className="faint" data-testid="uploads-none">
          Nothing was uploaded yet.
        </p>
      )}
      {items.length > 0 && (
        <div className="upload-scroll">
          <table className="upload-table">
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col">State</th>
                <th scope="col">Time</th>
                <th scope="col" className="upload-number">
                  Communications
                </th>
                <th scope="col">
                  <span className="visually-hidden">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((upload) => (
                <Row key={upload.id} upload={upload} whisperer={name} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {query.data !== undefined && query.data.keep_days > 0 && (
        <p className="faint" data-testid="uploads-kept">
          An upload is removed {plural(query.data.keep_days, "day")} after its end.{" "}
          {query.data.kept_longer}
        </p>
      )}
      {query.data !== undefined && query.data.count > items.length && (
        <p className="faint">
          The newest {formatCount(items.length)} of {formatCount(query.data.count)}.
        </p>
      )}
    </div>
  );
}
