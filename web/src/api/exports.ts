// Files that the server writes for this page: how far each is, and its end before that.

import { getJson, sendJson } from "./client";
import type { ExportState } from "./types";

const at = (word: string): string => `exports/${encodeURIComponent(word)}`;

export function askExport(word: string, signal: AbortSignal): Promise<ExportState> {
  return getJson(at(word), {}, signal);
}

export function stopExport(word: string): Promise<ExportState> {
  return sendJson("DELETE", at(word));
}
