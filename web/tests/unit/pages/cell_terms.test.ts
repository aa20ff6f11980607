import { describe, expect, it } from "vitest";
import type { Communication } from "../../../src/api/types";
import { cellTerm } from "../../../src/pages/cellTerms";
import { kColumns } from "../../../src/pages/columns";

const item = {
  id: "1-0-0-0",
  start_us: 5,
  method: "GET",
  status: 404,
  host: "shop.example:8080",
  path: "/a b/7?c=d",
  template: "/a b/{n}",
  state: "complete",
  duration_us: 1_500,
  wait_us: null,
  request_body_bytes: null,
  response_body_bytes: 12,
  client_ip: "2001:db8::1",
  server_ip: "10.0.0.1",
  whisperer: "my one",
  upload: 7,
  response_type: "text/html",
  meaning: { identity: 'al"ice' },
} as unknown as Communication;

describe("what a cell stands for", () => {
  it("is a term of the filter language, or nothing", () => {
    const terms = Object.fromEntries(kColumns.map(({ key }) => [key, cellTerm(item, key)]));
    expect(terms).toEqual({
      time: null,
      method: "method:GET",
      status: "status:404",
      host: 'host:"shop.example:8080"',
      path: 'path:"/a b/7"',
      template: 'template:"/a b/{n}"',
      duration: "duration:>=1500us",
      request: null,
      response: "response.body.size:>=12",
      client: 'client.ip:"2001:db8::1"',
      server: "server.ip:10.0.0.1",
      state: "state:complete",
      whisperer: 'whisperer:"my one"',
      upload: "upload:7",
      type: "response.type:text/html",
      wait: null,
      identity: 'identity:"al\\"ice"',
    });
  });

  it("tells what was not seen", () => {
    const silent = {
      ...item,
      status: null,
      state: "no_response",
      path: null,
      upload: null,
    } as Communication;
    expect(cellTerm(silent, "status")).toBe("status:none");
    expect(cellTerm(silent, "duration")).toBe(null);
    expect(cellTerm({ ...silent, ended_after_us: 12 }, "duration")).toBe("ended.after:>=12us");
    expect(cellTerm(silent, "path")).toBe(null);
    expect(cellTerm(silent, "upload")).toBe(null);
  });
});
