// The page's clock as a hook: local or UTC, remembered by the browser.

import { useCallback } from "react";
import { clockZone, setClock, type Zone } from "../base/time";
import { kClock, readPreference, usePreference } from "./preferences";

export function startZone(): void {
  setClock(readPreference(kClock));
}

// Who draws times and is not drawn anew with the page takes the zone as a property.
export function useZone(): [Zone, (zone: Zone) => void] {
  const [zone, remember] = usePreference(kClock);
  if (clockZone() !== zone) setClock(zone);
  const set = useCallback(
    (next: Zone) => {
      setClock(next);
      remember(next);
    },
    [remember],
  );
  return [zone, set];
}
