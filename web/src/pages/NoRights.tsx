// NoRights: the page may not look: nobody is signed in, whoever is may not, or Spider does not
// answer under this name. Says which, and what to do.

import { ApiError, type Problem } from "../api/problem";
import { Notice } from "../widgets/states";

interface Refusal {
  readonly title: string;
  readonly step: string; // what to do about it
}

const kRefusals: Readonly<Record<number, Refusal>> = {
  401: {
    title: "You are not signed in",
    step:
      "Whoever guards this address asks for a name and a password: load the page again to " +
      "sign in.",
  },
  403: {
    title: "You may not look at this",
    step: "Captures hold secrets. Ask whoever runs this Spider to let you in, then try again.",
  },
  421: {
    title: "Spider does not answer under this name",
    step:
      "Open the page under the address that Spider listens on, or have the name added to " +
      "[api] hosts in spider.toml.",
  },
};

// Null when something else went wrong.
export function refusalOf(error: unknown): (Refusal & { readonly problem: Problem }) | null {
  if (!(error instanceof ApiError)) return null;
  const refusal = kRefusals[error.problem.status];
  return refusal === undefined ? null : { ...refusal, problem: error.problem };
}

export function NoRights({ error, retry }: { error: unknown; retry: () => void }) {
  const refusal = refusalOf(error);
  if (refusal === null) return null;
  const { detail, code } = refusal.problem;
  return (
    <main className="no-rights">
      <h1 className="visually-hidden">Spider: no access</h1>
      <Notice
        icon="warning"
        tone="warn"
        title={refusal.title}
        testId="no-rights"
        actions={
          <>
            <button type="button" className="button" onClick={() => window.location.reload()}>
              Load the page again
            </button>
            <button type="button" className="button" onClick={retry}>
              Try again
            </button>
          </>
        }
      >
        <p>{refusal.step}</p>
        {detail !== "" && <p>{detail}</p>}
        {code !== "" && <p className="mono">{code}</p>}
      </Notice>
    </main>
  );
}

// Above what was loaded before.
export function NoRightsBanner({ error }: { error: unknown }) {
  const refusal = refusalOf(error);
  if (refusal === null) return null;
  return (
    <div className="banner" role="alert" data-testid="no-rights-banner">
      <strong>{refusal.title}.</strong>
      <span>{refusal.step} What is shown was loaded before.</span>
    </div>
  );
}
