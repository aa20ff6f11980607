// Root: which page the address asks for. That of the whisperers is loaded when it is opened.

import { lazy, Suspense } from "react";
import { useWhispererPlace } from "../state/whispererPlace";
import { Skeleton } from "../widgets/states";
import { Explorer } from "./Explorer";

const WhisperersPage = lazy(() => import("./whisperers/WhisperersPage"));

export function Root() {
  const place = useWhispererPlace();
  if (place === null) return <Explorer />;
  return (
    <Suspense fallback={<Skeleton rows={8} />}>
      <WhisperersPage place={place} />
    </Suspense>
  );
}
