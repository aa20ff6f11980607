// Root: which page the address asks for, and what is dropped on either. That of the whisperers is
// loaded when it is opened, or once the page rests.

import { type Part, usePartsSoon } from "../state/parts";
import { useWhispererPlace, type WhispererPlace } from "../state/whispererPlace";
import { DropAnywhere } from "./DropAnywhere";
import { Explorer } from "./Explorer";
import { LatePart } from "./LatePart";
import { kViewParts } from "./ViewBar";

const kWhisperersPage: Part<{ place: WhispererPlace }> = {
  name: "whisperers",
  load: () => import("./whisperers/WhisperersPage"),
};
const kSoon = [...kViewParts, kWhisperersPage];

export function Root() {
  const place = useWhispererPlace();
  usePartsSoon(kSoon);
  return (
    <>
      <DropAnywhere looked={place?.name ?? null} />
      {place === null && <Explorer />}
      {place !== null && <LatePart part={kWhisperersPage} props={{ place }} />}
    </>
  );
}
