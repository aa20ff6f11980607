// UnstoredBanner: says that the store takes nothing at present, and what is to be done.

import type { Status } from "../api/types";

export function UnstoredBanner({ status }: { status: Status | undefined }) {
  const trouble = status?.pipeline.trouble ?? null;
  if (trouble === null) return null;
  return (
    <div className="banner" role="alert">
      <strong>Nothing is stored at present</strong>
      <span>
        {trouble.hint ?? ""} {trouble.detail}
      </span>
    </div>
  );
}
