// The one place that talks to the server. Answers are JSON or bytes; everything else is an
// ApiError. Every request can be cancelled, and is, when its answer is no longer wanted.

import { ApiError, parseProblem, unreachable } from "./problem";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export const kRoot = "api/v1/";

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return `${kRoot}${path}${text === "" ? "" : `?${text}`}`;
}

export async function request(
  url: string,
  signal: AbortSignal | undefined,
  accept: string,
  write: RequestInit = {},
): Promise<Response> {
  let answer: Response;
  try {
    const headers = { Accept: accept, ...(write.headers as Record<string, string> | undefined) };
    const init: RequestInit = { ...write, headers, credentials: "same-origin" };
    answer = await fetch(url, signal === undefined ? init : { ...init, signal });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(unreachable());
  }
  if (answer.ok) return answer;
  const body = await answer.text().catch(() => "");
  throw new ApiError(parseProblem(answer.status, answer.statusText, body));
}

// A process that hangs says as little as one that is gone: after `ms` it is as if it were.
export async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const cancel = (): void => abort.abort();
  signal?.addEventListener("abort", cancel);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abort.abort();
  }, ms);
  try {
    return await ask(abort.signal);
  } catch (error) {
    throw late ? new ApiError(unreachable()) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

export async function getJson<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const answer = await request(address(path, query), signal, "application/json");
  return (await answer.json()) as T;
}

// Changes something. An answer without a body is null.
export async function sendJson<T>(
  method: "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const write: RequestInit = {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const answer = await request(`${kRoot}${path}`, signal, "application/json", write);
  return (answer.status === 204 ? null : await answer.json()) as T;
}

export interface BytesAnswer {
  readonly bytes: Uint8Array;
  readonly headers: Headers;
}

export async function getBytes(url: string, signal?: AbortSignal): Promise<BytesAnswer> {
  const answer = await request(url, signal, "*/*");
  return { bytes: new Uint8Array(await answer.arrayBuffer()), headers: answer.headers };
}
