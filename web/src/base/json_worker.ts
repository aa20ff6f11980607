// Reads JSON beside the page, so that a body of many megabytes never stops it.

import { readJson } from "./json_table";

interface Asked {
  readonly bytes: Uint8Array;
  readonly several: boolean;
}

addEventListener("message", (event: MessageEvent<Asked>) => {
  const result = readJson(event.data.bytes, event.data.several);
  const buffers =
    "table" in result
      ? Object.values(result.table)
          .filter((value): value is Uint32Array<ArrayBuffer> => typeof value !== "number")
          .map((value) => value.buffer)
      : [];
  (postMessage as (message: unknown, transfer: Transferable[]) => void)(result, buffers);
});
