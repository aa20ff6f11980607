// Root: which page the address asks for, and what is dropped on either. That of the whisperers is
// loaded when it is opened.

import { lazy, Suspense } from "react";
import { useWhispererPlace } from "../state/whispererPlace";
import { Skeleton } from "../widgets/states";
import { DropAnywhere } from "./DropAnywhere";
import { Explorer } from "./Explorer";

const WhisperersPage = lazy(() => import("./whisperers/WhisperersPage"));

export function Root() {
  const place = useWhispererPlace();
  return (
    <>
      <DropAnywhere looked={place?.name ?? null} />
      {place === null && <Explorer />}
      {place !== null && (
        <Suspense fallback={<Skeleton rows={8} />}>
          <WhisperersPage place={place} />
        </Suspense>
      )}
    </>
  );
}
