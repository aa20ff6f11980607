// Answers of one JSON object per line, as they come.

import { address, type Query, request } from "./client";

// Calls `onLines` with what came since the last time. Ends with the answer; throws as request()
// does, and an Error when the connection broke before the end.
export async function getLines<T>(
  path: string,
  query: Query,
  signal: AbortSignal,
  onLines: (lines: readonly T[]) => void,
): Promise<void> {
  const answer = await request(address(path, query), signal, "application/x-ndjson");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) onLines(lines.map((line) => JSON.parse(line) as T));
  }
}
