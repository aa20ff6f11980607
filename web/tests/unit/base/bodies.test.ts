// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { copyPage, quietStyle } from "../../../src/base/capturedPage";
import { prettyMarkup } from "../../../src/base/markup";
import { boundaryOf, parameterOf, splitMultipart } from "../../../src/base/multipart";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const linesOf = (text: string, html = false): string[] =>
  prettyMarkup(text, html).map((line) => line.map((token) => token.text).join(""));

describe("markup", () => {
  it("stands one tag per line, short texts beside theirs", () => {
    expect(linesOf('<a><b x="1>2">text</b><c/><d></d>\n<!-- no > end --></a>')).toEqual([
      "<a>",
      '  <b x="1>2">text</b>',
      "  <c/>",
      "  <d></d>",
      "  <!-- no > end -->",
      "</a>",
    ]);
  });

  it("of HTML knows void elements and leaves scripts as they are", () => {
    expect(linesOf("<p>a<br>b</p><script>if (a<b) {\n  x()\n}</script>", true)).toEqual([
      "<p>",
      "  a",
      "  <br>",
      "  b",
      "</p>",
      "<script>",
      "  if (a<b) {",
      "    x()",
      "  }",
      "</script>",
    ]);
  });

  it("loses no character but blanks, however broken it is", () => {
    const odd = [
      "<",
      "<a",
      "a<b>c",
      "</x></y>",
      "<a b='",
      "<!--",
      "<![CDATA[<a>]]>x",
      "<a\n b = c >",
    ];
    const bare = (text: string): string => text.replace(/\s/g, "");
    for (const text of odd) expect(bare(linesOf(text).join("")), text).toBe(bare(text));
  });
});

describe("multipart", () => {
  const body =
    'preamble\r\n--B\r\nContent-Disposition: form-data; name="a\\"b"\r\n\r\none\r\n--Bx\r\n' +
    "--B\r\n\r\ntwo\r\n--B--\r\nepilogue";

  it("is cut at its delimiters only", () => {
    const parts = splitMultipart(bytesOf(body), "B") ?? [];
    expect(parts.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["one\r\n--Bx", "two"]);
    expect(parameterOf(parts[0]?.headers[0]?.value ?? "", "name")).toBe('a"b');
    expect(parts.every(({ closed }) => closed)).toBe(true);
  });

  it("that was cut says which part has no end", () => {
    const parts = splitMultipart(bytesOf(body.slice(0, body.indexOf("two") + 2)), "B") ?? [];
    expect(parts.map(({ closed }) => closed)).toEqual([true, false]);
    expect(splitMultipart(bytesOf("nothing"), "B")).toBeNull();
  });

  it("has a boundary with or without quotes", () => {
    expect(boundaryOf('multipart/form-data; boundary="a b"')).toBe("a b");
    expect(boundaryOf("multipart/mixed; charset=x; BOUNDARY=abc")).toBe("abc");
    expect(boundaryOf("multipart/mixed")).toBeNull();
  });
});

describe("a captured page", () => {
  const copied = (
    source: string,
  ): { html: Document; left: ReturnType<typeof copyPage>["left"] } => {
    const html = document.implementation.createHTMLDocument("");
    return { html, left: copyPage(source, html).left };
  };

  it("is made anew without anything that runs, fetches or leads away", () => {
    const { html, left } = copied(`
      <base href="//evil/"><meta http-equiv="refresh" content="0;url=//evil/">
      <link rel="stylesheet" href="//evil/x.css"><script>1</script>
      <body onload="1" background="//evil/b.png"><p onclick="1" style="color: red">text</p>
      <img src="//evil/x.png" srcset="//evil/y.png 2x" onerror="1"><iframe srcdoc="x"></iframe>
      <a href="javascript:1" ping="//evil/">go</a>
      <form action="//evil/"><input formaction="//evil/"></form>
      <svg onload="1"><use href="//evil/#a"/><image href="//evil/i.png"/>
      <animate onbegin="1"/></svg>
      <math><mtext><script>1</script></mtext></math>
      <video src="//evil/v" poster="//evil/p"></video>`);
    const all = [...html.body.querySelectorAll("*"), html.body];
    const names = all.flatMap((element) => [...element.attributes].map(({ name }) => name));
    for (const name of names)
      expect(name).not.toMatch(
        /^(?:on.*|href|src|srcset|action|formaction|ping|background|poster)$/,
      );
    expect(html.querySelector("script, iframe, base, link, video, math, use, image")).toBeNull();
    expect(html.body.outerHTML.replace(/title="[^"]*"/g, "")).not.toContain("evil");
    expect(html.body.querySelector("p")?.style.color).toBe("red");
    expect(left).toMatchObject({ scripts: 2, pictures: 1, sheets: 1 });
  });

  it("keeps pictures that are in it", () => {
    const { html } = copied('<img src="data:image/png;base64,AA=="><img src="data:text/html,x">');
    expect([...html.querySelectorAll("img")].map((img) => img.hasAttribute("src"))).toEqual([
      true,
      false,
    ]);
  });

  it("has no address left in its styles", () => {
    const css =
      "@import 'x.css'; a { background: url( \"//evil/x\" ), url(data:image/png;base64,A) }";
    expect(quietStyle(css)).not.toMatch(/evil|import/);
    expect(quietStyle(css)).toContain("url(data:image/png;base64,A)");
  });
});
