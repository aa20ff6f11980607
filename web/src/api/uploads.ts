// Uploads: files on their way in, and what is done with those that came.

import { getJson, kRoot, sendJson } from "./client";
import { ApiError, parseProblem, unreachable } from "./problem";
import type { ImportAnswer, Purged, Upload, UploadList } from "./types";

export function askUploads(whisperer: string, signal?: AbortSignal): Promise<UploadList> {
  return getJson<UploadList>("uploads", { whisperer }, signal);
}

export function cancelUpload(id: number): Promise<Upload> {
  return sendJson<Upload>("POST", `uploads/${id}/cancel`, {});
}

// Everything of it, for good.
export function purgeUpload(id: number): Promise<Purged> {
  return sendJson<Purged>("DELETE", `uploads/${id}`);
}

export function purgeUploads(whisperer: string): Promise<Purged> {
  return sendJson<Purged>("DELETE", `uploads?whisperer=${encodeURIComponent(whisperer)}`);
}

// Sends a file as it is read from the disk, however long it is: the browser holds a piece of it.
// fetch() would not tell how far it is.
export function sendFile(
  whisperer: string,
  file: File,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<ImportAnswer> {
  return new Promise((done, fail) => {
    const ask = new XMLHttpRequest();
    const name = `whisperer=${encodeURIComponent(whisperer)}&name=${encodeURIComponent(file.name)}`;
    ask.open("POST", `${kRoot}imports?${name}`);
    ask.setRequestHeader("Content-Type", "application/octet-stream");
    ask.setRequestHeader("Accept", "application/json");
    ask.upload.onprogress = ({ loaded }) => onProgress(loaded);
    ask.onload = () => {
      if (ask.status === 201) done(JSON.parse(ask.responseText) as ImportAnswer);
      else fail(new ApiError(parseProblem(ask.status, ask.statusText, ask.responseText)));
    };
    ask.onerror = () => fail(new ApiError(unreachable()));
    ask.onabort = () => fail(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => ask.abort());
    ask.send(file);
  });
}
