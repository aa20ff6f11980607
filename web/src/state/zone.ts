// The page's clock as a hook: local or UTC. The address says which, so that who gets a link reads
// the same times; without a word there it is what this browser used last.

import { useCallback } from "react";
import { clockZone, setClock, type Zone } from "../base/time";
import { kClock, readPreference, usePreference } from "./preferences";
import { parseUrl } from "./url";
import { changePageState, usePageState } from "./usePageState";

// Before the first drawing.
export function startZone(): void {
  const { clock } = parseUrl(window.location.search);
  const zone = clock ?? readPreference(kClock);
  setClock(zone);
  if (clock === null && zone === "utc") changePageState({ clock: zone }, "replace");
}

// Who draws times and is not drawn anew with the page takes the zone as a property.
export function useZone(): [Zone, (zone: Zone) => void] {
  const [remembered, remember] = usePreference(kClock);
  const [{ clock }, change] = usePageState();
  const zone = clock ?? remembered;
  if (clockZone() !== zone) setClock(zone);
  const set = useCallback(
    (next: Zone) => {
      setClock(next);
      remember(next);
      change({ clock: next }, "replace");
    },
    [remember, change],
  );
  return [zone, set];
}
