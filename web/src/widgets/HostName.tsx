// HostName: an address by its name, where it has one; the address itself on hover.

import type { EndName } from "../state/hostName";

export interface HostNameProps {
  readonly host: EndName;
  readonly bare?: boolean; // the address, as where the keys are
  readonly action?: string; // what a click does, which the hover tells, too
}

export function HostName({ host, bare = false, action }: HostNameProps) {
  return (
    <span title={action === undefined ? host.about : `${host.about}\n${action}`}>
      {bare ? host.address : host.shown}
    </span>
  );
}
