// FileNotes: what keeps the configuration file from being in force: mistakes in it, or options that
// only a start reads.

import type { ConfigFile } from "../../api/types";
import { formatDateTime, micros } from "../../base/time";
import { useConfigFile } from "../../state/data";

function inForce({ read_us: at }: ConfigFile): string {
  const since = at === null ? "" : `, read ${formatDateTime(micros(at), "second")},`;
  const before = `what was before${since} still is`;
  return `Nothing of it is in force; ${before}. Mend the file: it is read again.`;
}

export function FileNotes() {
  const file = useConfigFile().data;
  if (file === undefined || file.path === null) return null;
  const waiting = file.restart_needed.join(", ");
  return (
    <>
      {file.errors.length > 0 && (
        <div className="banner file-note" role="alert" data-testid="file-errors">
          <strong>{file.path} is wrong.</strong>
          <span>
            {file.errors.map((error) => (
              <code key={error}>{error}</code>
            ))}
            {inForce(file)}
          </span>
        </div>
      )}
      {file.errors.length === 0 && waiting !== "" && (
        <div className="banner is-warn" role="status" data-testid="restart-needed">
          <strong>Restart Spider</strong>
          <span>
            for what {file.path} says of {waiting}; the rest of it is in force.
          </span>
        </div>
      )}
    </>
  );
}
