// A status code in the colour of its class, always beside its number: colour is never alone.

import type { CommunicationState } from "../api/types";

export function statusClass(status: number | null): string {
  if (status === null || status === 0) return "none";
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : "none";
}

export function StatusCode({ status }: { status: number | null }) {
  return <span className={`status is-${statusClass(status)}`}>{status ?? "—"}</span>;
}

export const kStateNames: Record<CommunicationState, string> = {
  complete: "complete",
  partial: "partial",
  no_response: "no response",
  no_request: "no request",
};
