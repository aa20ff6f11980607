// What a cell of the list stands for in the filter language; null for what nobody would ask for.

import { wireText, type Communication } from "../api/types";
import { fieldTerm, valueText } from "../state/terms";
import type { ColumnKey } from "./columns";

const text = (field: string, value: string | null | undefined): string | null =>
  value === null || value === undefined ? null : fieldTerm(field, valueText(value));

const atLeast = (field: string, value: number | null | undefined, unit: string): string | null =>
  value === null || value === undefined ? null : `${field}:>=${value}${unit}`;

export function cellTerm(item: Communication, key: ColumnKey): string | null {
  switch (key) {
    case "time":
      return null;
    case "method":
      return text("method", item.method);
    case "status":
      return fieldTerm("status", item.status === null ? "none" : String(item.status));
    case "host":
      return text("host", item.host);
    case "path":
      return item.path === null ? null : text("path", item.path.split("?")[0]);
    case "template":
      return text("template", item.template);
    case "duration":
      return item.state === "no_response"
        ? atLeast("ended.after", item.ended_after_us, "us")
        : item.state === "no_request"
          ? null
          : atLeast("duration", item.duration_us, "us");
    case "wait":
      return atLeast("wait", item.wait_us, "us");
    case "request":
      return atLeast("request.body.size", item.request_body_bytes, "");
    case "response":
      return atLeast("response.body.size", item.response_body_bytes, "");
    case "client":
      return text("client.ip", item.client_ip);
    case "server":
      return text("server.ip", item.server_ip);
    case "state":
      return fieldTerm("state", item.state);
    case "whisperer":
      return fieldTerm("whisperer", valueText(wireText(item.whisperer)));
    case "upload":
      return item.upload === null ? null : fieldTerm("upload", String(item.upload));
    case "type":
      return text("response.type", item.response_type);
    case "identity":
      return text("identity", item.meaning?.identity);
  }
}
