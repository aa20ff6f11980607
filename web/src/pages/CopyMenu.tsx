// CopyMenu: the communication as something that runs elsewhere: curl, fetch, a HAR entry. The
// bodies are fetched when they are needed, as they were sent.

import { getBytes } from "../api/client";
import type { CommunicationDetail } from "../api/types";
import { asCurl, asFetch, asHarEntry, kCopyMax } from "../state/copyAs";
import { CopyButton } from "../widgets/CopyButton";
import { Icon } from "../widgets/Icon";
import { Popover } from "../widgets/Popover";

async function bytesOf(
  detail: CommunicationDetail,
  side: "request" | "response",
  decoded: boolean,
): Promise<Uint8Array | null> {
  const message = detail[side];
  if (message === null || message.saved_body_bytes === 0) return null;
  // What is larger than what is copied is told by its size alone.
  if (message.saved_body_bytes > kCopyMax) return new Uint8Array(kCopyMax + 1);
  const link =
    (decoded ? detail._links[`${side}_body_decoded`] : undefined) ?? detail._links[`${side}_body`];
  if (link === undefined) return null;
  return (await getBytes(link.href)).bytes;
}

export function CopyMenu({ detail }: { detail: CommunicationDetail }) {
  if (detail.request === null && detail.response === null) return null;
  return (
    <Popover
      label="Copy the communication"
      button={<Icon name="copy" />}
      buttonLabel="Copy as…"
      buttonClass="button is-bare is-icon is-small"
      panelClass="copy-menu"
      testid="copy-menu"
    >
      {detail.request !== null && (
        <>
          <CopyButton
            label="Copy as curl"
            testId="copy-curl"
            title="A command for a shell that sends the same request"
            text={async () => asCurl(detail, await bytesOf(detail, "request", false))}
          />
          <CopyButton
            label="Copy as fetch"
            testId="copy-fetch"
            title="A call in JavaScript that sends the same request"
            text={async () => asFetch(detail, await bytesOf(detail, "request", false))}
          />
        </>
      )}
      <CopyButton
        label="Copy as HAR entry"
        testId="copy-har"
        title="Request, response and timings, for tools that read HAR"
        text={async () =>
          asHarEntry(detail, {
            request: await bytesOf(detail, "request", false),
            response: await bytesOf(detail, "response", true),
          })
        }
      />
      <CopyButton label="Copy link to this" text={() => window.location.href} />
      <p className="faint">Credentials are in what is copied.</p>
    </Popover>
  );
}
