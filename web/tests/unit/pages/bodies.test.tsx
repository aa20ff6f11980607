// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { gapsIn } from "../../../src/base/holes";
import { readJson } from "../../../src/base/json_table";
import { MessageTab } from "../../../src/pages/MessageTab";
import { BodyContent } from "../../../src/widgets/BodyContent";
import { JsonTree } from "../../../src/widgets/JsonTree";
import { PreviewFrame } from "../../../src/widgets/PreviewFrame";
import { detail, message } from "../support/detail";

afterEach(cleanup);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function showTree(text: string) {
  const bytes = bytesOf(text);
  const result = readJson(bytes);
  if (!("table" in result)) throw new Error("no JSON");
  render(<JsonTree bytes={bytes} table={result.table} />);
  return screen.getByTestId("body-text");
}

describe("the JSON tree", () => {
  it("folds and opens by click and by keys, and tells the path of the row with the keys", () => {
    const tree = showTree('{"items":[{"price":12.50},{"price":3}],"n":1}');
    expect(tree.textContent).toContain("12.50");
    fireEvent.keyDown(tree, { key: "ArrowDown" });
    fireEvent.keyDown(tree, { key: "ArrowDown" });
    expect(screen.getByTestId("json-path").textContent).toBe("$.items[0]");
    fireEvent.keyDown(tree, { key: "ArrowLeft" });
    const rows = (): string[] =>
      screen.getAllByRole("treeitem").map((row) => row.textContent ?? "");
    expect(rows().some((row) => row.includes('{"price":12.50}1 key'))).toBe(true);
    fireEvent.keyDown(tree, { key: "ArrowLeft" });
    expect(screen.getByTestId("json-path").textContent).toBe("$.items");
    fireEvent.keyDown(tree, { key: "End" });
    expect(screen.getByTestId("json-path").textContent).toBe("$.n");
    const before = rows().length;
    fireEvent.click(screen.getAllByTestId("json-fold")[1] as HTMLElement);
    expect(rows().length).toBeLessThan(before);
  });

  it("opens with its upper levels alone when it is large", () => {
    const items = Array.from({ length: 2_500 }, (_, id) => ({ id, deep: [id] }));
    const tree = showTree(JSON.stringify({ items }));
    const item = within(tree).getAllByRole("treeitem")[2];
    expect(item?.getAttribute("aria-expanded")).toBe("false");
    expect(item?.getAttribute("aria-level")).toBe("3");
    expect(within(tree).getAllByRole("treeitem").length).toBeLessThan(80); // only what is in view
  });

  it("shows hostile keys and values as text", () => {
    const tree = showTree(JSON.stringify({ "<img src=x onerror=1>": "<script>1</script>" }));
    expect(tree.querySelector("img, script")).toBeNull();
    expect(tree.textContent).toContain("<script>1</script>");
  });
});

describe("a body", () => {
  it("that says it is JSON and is not, says where it breaks", async () => {
    render(<BodyContent bytes={bytesOf('{"a": [1,,2]}')} contentType="application/json" />);
    expect((await screen.findByTestId("json-fault")).textContent).toBe(
      "Not JSON: no value at byte 9.",
    );
    expect(screen.queryByRole("tab", { name: "Pretty" })).toBeNull();
  });

  it("that ends in the middle is shown as far as it goes", async () => {
    render(<BodyContent bytes={bytesOf('{"a": [1,2')} contentType="application/json" />);
    expect((await screen.findByTestId("json-cut")).textContent).toMatch(/ends in the middle/);
    expect(screen.getByTestId("json-tree").textContent).toContain("2");
  });

  it("with a hole blames nobody: it is no JSON, and the hole is marked in its place", () => {
    const text = '{"a": [1, 2], "b": "';
    const gaps = gapsIn([{ offset: 20, length: 1_448 }], 30);
    render(
      <BodyContent
        bytes={bytesOf(`${text}ee": true}`)}
        contentType="application/json"
        loss={{ bytes: 1_448, gaps }}
      />,
    );
    expect(screen.getByTestId("hole-fault").textContent).toBe(
      "Cannot be read as JSON: 1,448 bytes were never captured at byte 20.",
    );
    expect(screen.queryByTestId("json-fault")).toBeNull();
    expect(screen.getAllByRole("tab").map((tab) => tab.textContent)).toEqual(["Text", "Hex"]);
    const shown = screen.getByTestId("body-text");
    expect(shown.textContent).toBe(`1${text}1,448 bytes were never captured at byte 20ee": true}`);
    fireEvent.click(screen.getByRole("tab", { name: "Hex" }));
    expect(screen.getByTestId("body-text").textContent).toMatch(/000005b0/); // 20 + 1,448
  });

  it("that ends in a hole is shown as far as it goes", async () => {
    const gaps = gapsIn([{ offset: 10, length: 5 }], 10);
    render(
      <BodyContent
        bytes={bytesOf('{"a": [1,2')}
        contentType="application/json"
        loss={{ bytes: 5, gaps }}
      />,
    );
    expect((await screen.findByTestId("json-cut")).textContent).toMatch(/ends in the middle/);
    expect(screen.queryByTestId("hole-fault")).toBeNull();
  });

  it("that was cut by the cap says which setting it was, and leads to it", () => {
    const capped = message({
      body_state: "capped",
      body_bytes: 5_000_000,
      saved_body_bytes: 1_048_576,
    });
    const href = "/api/v1/x";
    render(
      <MessageTab
        side="response"
        detail={detail({ response: capped, _links: { response_body: { href } } })}
      />,
    );
    const note = screen.getByTestId("body-cap");
    expect(note.textContent).toBe(
      "Only the first 1.05 MB of 5 MB were saved: body_max_bytes of “live” was 1 MiB when this " +
        "was captured.",
    );
    expect(within(note).getByRole("link").getAttribute("href")).toBe(
      "?page=whisperers&name=live&setting=body_max_bytes",
    );
  });

  it("of a form is a table", () => {
    const type = "application/x-www-form-urlencoded";
    render(<BodyContent bytes={bytesOf("a=1&b=%3Cb%3E")} contentType={type} />);
    expect(screen.getByTestId("pairs").textContent).toBe("a1b<b>");
  });

  it("of several parts shows each in its own form", () => {
    const text =
      '--B\r\nContent-Disposition: form-data; name="x"\r\n\r\nplain\r\n' +
      '--B\r\nContent-Disposition: form-data; name="f"; filename="f.json"\r\n' +
      'Content-Type: application/json\r\n\r\n{"k":true}\r\n--B--\r\n';
    render(<BodyContent bytes={bytesOf(text)} contentType="multipart/form-data; boundary=B" />);
    const [first, second] = screen.getAllByTestId("part");
    expect(first?.textContent).toContain("plain");
    expect(second?.textContent).toContain("f.json");
    expect(within(second as HTMLElement).getByTestId("json-tree")).toBeTruthy();
  });

  it("of HTML is shown in a frame without scripts", () => {
    render(<PreviewFrame source={'<script>1</script><p onclick="1">said</p>'} />);
    const frame = screen.getByTestId<HTMLIFrameElement>("preview");
    expect(frame.getAttribute("sandbox")).toBe("allow-same-origin");
    expect(frame.hasAttribute("src")).toBe(false);
    expect(
      frame.contentDocument?.querySelector("meta[http-equiv]")?.getAttribute("content"),
    ).toMatch(/^default-src 'none'/);
    expect(frame.contentDocument?.body.innerHTML).toBe("<p>said</p>");
    expect(screen.getByTestId("preview-note").textContent).toContain("1 script left out");
  });
});

describe("the headers", () => {
  const withHeaders = (...headers: [string, string][]) =>
    detail({
      path: "/x?a=%3Cb%3E&a=2",
      request: message({
        start_line: "GET /x HTTP/1.1",
        headers: headers.map(([name, value]) => ({ name, value })),
        body_state: "none",
      }),
    });
  const basic = Buffer.from("ada:s3cret").toString("base64");

  it("hide the secret of Basic until it is asked for, in every form", () => {
    const value = withHeaders(["Authorization", `Basic ${basic}`]);
    const { container } = render(<MessageTab side="request" detail={value} />);
    expect(screen.getByTestId("basic").textContent).toContain("ada");
    expect(container.textContent).not.toMatch(new RegExp(`s3cret|${basic}`));
    fireEvent.click(screen.getByRole("button", { name: "Raw" }));
    expect(container.textContent).not.toContain(basic);
    fireEvent.click(screen.getByRole("button", { name: "Show the credentials" }));
    expect(container.textContent).toContain(basic);
    fireEvent.click(screen.getByRole("button", { name: "Raw" }));
    fireEvent.click(within(screen.getByTestId("basic")).getByRole("button", { name: "Show" }));
    expect(screen.getByTestId("secret").textContent).toBe("s3cret");
  });

  it("show a token's claims, and say that they are not verified", () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({ alg: "HS256" })}.${part({ sub: "<i>ada</i>" })}.x`;
    render(
      <MessageTab side="request" detail={withHeaders(["Authorization", `Bearer ${token}`])} />,
    );
    const text = screen.getByTestId("jwt").textContent ?? "";
    expect(text).toContain("<i>ada</i>");
    expect(text).toContain("not verified");
  });

  it("show query and cookies as tables", () => {
    render(<MessageTab side="request" detail={withHeaders(["Cookie", "sid=1; t=dark"])} />);
    const tables = screen.getAllByTestId("pairs").map((table) => table.textContent);
    expect(tables).toEqual(["a<b>a2", "sid1tdark"]);
  });
});
