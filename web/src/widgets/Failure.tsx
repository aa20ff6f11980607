// Failure: a problem document as people read it.

import { isFilterProblem, problemOf } from "../api/problem";
import { Notice } from "./states";

// Asking again cannot bring these back.
const kGone: Readonly<Record<number, string>> = { 404: "It is not stored", 410: "It was removed" };

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = problemOf(error);
  // Asking again cannot help.
  if (isFilterProblem(error))
    return (
      <Notice icon="search" title="The search is not understood" testId="failure">
        <p>{problem.detail}</p>
        <p>Mend it in the search box, which marks the place, or clear it.</p>
      </Notice>
    );
  const gone = kGone[problem.status];
  const actions =
    retry === undefined || gone !== undefined ? undefined : (
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    );
  return (
    <Notice
      icon="warning"
      tone="bad"
      title={gone ?? problem.title}
      actions={actions}
      testId="failure"
    >
      {problem.detail !== "" && <p>{problem.detail}</p>}
      {problem.hint !== undefined && problem.hint !== "" && <p>{problem.hint}</p>}
      {problem.code !== "" && <p className="mono">{problem.code}</p>}
    </Notice>
  );
}

// The same in one line, above what is still shown.
export function FailureBanner({ error }: { error: unknown }) {
  const problem = problemOf(error);
  return (
    <div className="banner" role="alert" data-testid="failure-banner">
      <strong>{problem.title}.</strong>
      <span>{[problem.detail, problem.hint].filter((part) => part !== "").join(" ")}</span>
    </div>
  );
}
