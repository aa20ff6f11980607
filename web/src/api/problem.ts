// What went wrong, as the server's problem documents (RFC 9457) tell it, or as the browser does.

export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly hint: string; // what to do about it; may be empty
  readonly status: number; // 0: the server could not be reached
  readonly code: string; // SERVICE-FEATURE-NNN; may be empty
  readonly settings?: readonly SettingProblem[]; // which values of a whisperer are wrong, and why
}

export interface SettingProblem {
  readonly name: string;
  readonly reason: string;
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail === "" ? problem.title : `${problem.title}: ${problem.detail}`);
    this.name = "ApiError";
  }
}

// What happened and what to do, without the phrase of the protocol where the server says more.
export function wordsOf({ title, detail, hint, status }: Problem): string {
  const lead = detail !== "" && status >= 400 ? detail : [title, detail].filter(Boolean).join(". ");
  const ended = /[.!?]$/.test(lead) ? lead : `${lead}.`;
  return hint === "" || lead.includes(hint) ? ended : `${ended} ${hint}`;
}

export function isUnreachable(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 0;
}

// Its detail names what there is not; its hint says the same of anything.
const kNotStored = "STORE-READ-002";

export const kFilterNotUnderstood = "QUERY-FILTER-002";

// The text of the search is what is wrong: the search box says so, at the place.
export function isFilterProblem(error: unknown): boolean {
  return error instanceof ApiError && error.problem.code === kFilterNotUnderstood;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function settingsOf(value: unknown): SettingProblem[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((entry) => {
    const { name, reason } = (entry ?? {}) as Record<string, unknown>;
    return typeof name === "string" ? [{ name, reason: text(reason) }] : [];
  });
}

// A body that is no problem document (a proxy's page, say) still makes a clear problem.
export function parseProblem(status: number, statusText: string, body: string): Problem {
  let document: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
      document = parsed as Record<string, unknown>;
    }
  } catch {
    // not JSON: the status line has to do
  }
  const fallback = `The server answered ${status}${statusText === "" ? "" : ` ${statusText}`}`;
  const settings = settingsOf(document["settings"]);
  const [detail, code] = [text(document["detail"]), text(document["code"])];
  const hint = code === kNotStored && detail !== "" ? "" : text(document["hint"]);
  return {
    title: text(document["title"]) || fallback,
    detail,
    hint: hint.replace(/`([^`]*)`/g, "“$1”"),
    status,
    code,
    ...(settings.length > 0 ? { settings } : {}),
  };
}

// What the browser says about it ("Failed to fetch") helps nobody and is left out.
export function unreachable(): Problem {
  return {
    title: "Spider does not answer",
    detail: "",
    hint: "Is the process still running? The page tries again by itself.",
    status: 0,
    code: "",
  };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "Something went wrong in the page", detail, hint: "", status: -1, code: "" };
}
