// PacketBytes: one frame's layers beside its bytes. A layer or field under the pointer or the keys
// marks its bytes.

import { useState } from "react";
import { formatCount, plural } from "../base/format";
import { kHexRow } from "../base/hex";
import type { Decoded } from "../base/packet";
import { type EndName, namesIn } from "../state/hostName";

export interface PacketBytesProps {
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
  readonly decoded: Decoded;
  readonly ends?: readonly EndName[]; // of the session, without ports
}

interface Mark {
  readonly from: number;
  readonly to: number;
}

const kRowsMax = 160; // 2,560 bytes: more than a frame without offload

function HexRows({
  bytes,
  mark,
  layerOf,
}: {
  bytes: Uint8Array;
  mark: Mark | null;
  layerOf: (at: number) => number;
}) {
  const rows = Math.min(kRowsMax, Math.ceil(bytes.length / kHexRow));
  const marked = (at: number): boolean => mark !== null && at >= mark.from && at < mark.to;
  return (
    <div className="packet-hex" tabIndex={0} role="region" aria-label="Bytes of the packet">
      {Array.from({ length: rows }, (_, row) => {
        const start = row * kHexRow;
        const part = bytes.subarray(start, start + kHexRow);
        return (
          <div key={row} className="packet-hex-row">
            <span className="code-number">{start.toString(16).padStart(4, "0")}</span>
            <span className="packet-hex-bytes">
              {Array.from(part, (byte, n) => (
                <span
                  key={n}
                  className={
                    `layer-${layerOf(start + n) % 4}` + (marked(start + n) ? " is-marked" : "")
                  }
                >
                  {byte.toString(16).padStart(2, "0")}
                </span>
              ))}
            </span>
            <span className="hex-text">
              {Array.from(part, (byte, n) => (
                <span key={n} className={marked(start + n) ? "is-marked" : undefined}>
                  {byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·"}
                </span>
              ))}
            </span>
          </div>
        );
      })}
      {bytes.length > kRowsMax * kHexRow && (
        <p className="faint">
          The first {kRowsMax * kHexRow} bytes of {bytes.length}.
        </p>
      )}
    </div>
  );
}

export function PacketBytes({ bytes, wireBytes, decoded, ends = [] }: PacketBytesProps) {
  const [mark, setMark] = useState<Mark | null>(null);
  const marks = (at: Mark) => ({
    tabIndex: 0,
    onMouseEnter: () => setMark(at),
    onMouseLeave: () => setMark(null),
    onFocus: () => setMark(at),
    onBlur: () => setMark(null),
  });
  const layerOf = (at: number): number =>
    decoded.layers.findIndex((layer) => at >= layer.from && at < layer.to) + 1;
  return (
    <div className="packet-bytes" data-testid="packet-bytes">
      <div className="packet-layers">
        {decoded.layers.length === 0 && (
          <p className="faint">Its link layer is not known here; the bytes are.</p>
        )}
        {decoded.layers.map((layer, index) => (
          <details key={index} open={index === decoded.layers.length - 1 || layer.name === "TCP"}>
            <summary className={`layer-${(index + 1) % 4}`} data-testid="layer" {...marks(layer)}>
              <b>{layer.name}</b>{" "}
              <span className="faint" title={namesIn(layer.said, ends)}>
                {layer.said}
              </span>
            </summary>
            {layer.fields.length > 0 && (
              <ul className="packet-fields">
                {layer.fields.map((field, n) => (
                  <li key={n} {...marks(field)}>
                    <span className="faint">{field.name}</span>{" "}
                    <span title={namesIn(field.value, ends)}>{field.value}</span>
                  </li>
                ))}
              </ul>
            )}
          </details>
        ))}
        {bytes.length < wireBytes && (
          <p className="faint">
            {formatCount(bytes.length)} of {plural(wireBytes, "byte")}{" "}
            {bytes.length === 1 ? "was" : "were"} captured.
          </p>
        )}
      </div>
      <HexRows bytes={bytes} mark={mark} layerOf={layerOf} />
    </div>
  );
}
