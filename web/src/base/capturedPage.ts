// A captured HTML page as nodes that can neither run nor fetch. The text is parsed by the browser's
// inert parser, and what is harmless is made anew, node by node, in a document that allows nothing
// (widgets/PreviewFrame.tsx). Scripts, frames, links, addresses and handlers are not made.

export interface LeftOut {
  scripts: number;
  pictures: number;
  sheets: number;
  others: number; // frames, plug-ins, media
}

const kGone = new Set(
  (
    "base basefont bgsound fencedframe frame frameset iframe link meta noembed noframes object " +
    "param portal script style xmp title xml"
  ).split(" "),
);
const kMedia = new Set(["applet", "audio", "embed", "source", "track", "video"]);
// What an attribute may be is listed; anything else is not copied.
const kAttributes = new Set(
  (
    "align alt axis bgcolor border cellpadding cellspacing char charoff charset checked class " +
    "clear color cols colspan compact datetime dir disabled face frame headers height hidden " +
    "hspace id " +
    "label lang max maxlength min multiple name noshade nowrap open optimum placeholder readonly " +
    "rel rows rowspan rules scope selected size span start summary tabindex title type valign " +
    "value " +
    "vspace width wrap " +
    // drawings
    "cx cy d dominant-baseline dx dy fill fill-opacity fill-rule font-family font-size " +
    "font-weight gradienttransform gradientunits marker-end offset opacity points " +
    "preserveaspectratio r rx ry stop-color stop-opacity stroke stroke-dasharray stroke-linecap " +
    "stroke-linejoin stroke-opacity stroke-width text-anchor transform viewbox x x1 x2 y y1 y2"
  ).split(" "),
);
const kPicture = /^data:image\/(?:png|jpe?g|gif|webp|bmp|avif|x-icon)[;,]/i;
const kNodesMax = 60_000;
const kDepthMax = 400;

// Addresses in style text other than pictures that are in it. What this misses, the frame's policy
// refuses.
export function quietStyle(css: string): string {
  return css
    .replace(/@import[^;]*;?/gi, "")
    .replace(/url\(\s*(["']?)(?!\1?data:image\/)[^)]*\)/gi, "none");
}

const kHtml = "http://www.w3.org/1999/xhtml";
const kSvg = "http://www.w3.org/2000/svg";

// The inert parser would refuse each style and handler as text, and say so in the console. Under
// another name they are only text; what this misses is refused all the same.
const kStyleName = "data-spider-style";

function unstyled(source: string): string {
  return source
    .replace(/<style(?=[\s>])/gi, "<xmp data-spider-sheet")
    .replace(/<\/style(?=[\s>])/gi, "</xmp")
    .replace(/<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi, (tag) =>
      tag
        .replace(/([\s"'/])style(?=\s*=)/gi, `$1${kStyleName}`)
        .replace(/([\s"'/])on(?=[a-z]+\s*=)/gi, "$1data-spider-on"),
    );
}

export interface Copied {
  readonly sheets: readonly string[];
  readonly left: LeftOut;
  readonly cut: boolean; // more nodes than are shown
}

export function copyPage(source: string, into: Document): Copied {
  const parsed = new DOMParser().parseFromString(unstyled(source), "text/html");
  const left: LeftOut = { scripts: 0, pictures: 0, sheets: 0, others: 0 };
  const sheets: string[] = [];
  let nodes = 0;

  for (const style of parsed.querySelectorAll("xmp[data-spider-sheet]"))
    sheets.push(quietStyle(style.textContent));
  for (const link of parsed.querySelectorAll("link"))
    if (/stylesheet/i.test(link.getAttribute("rel") ?? "")) left.sheets += 1;
  left.scripts += parsed.querySelectorAll("script").length;
  left.others += parsed.querySelectorAll("iframe, frame, object, embed, video, audio").length;

  const attributes = (from: Element, to: Element): void => {
    for (const { name, value } of from.attributes) {
      const plain = name.toLowerCase();
      if (plain === kStyleName) (to as HTMLElement).style.cssText = quietStyle(value);
      else if (plain.startsWith("data-spider-")) continue;
      else if (plain === "src" && kPicture.test(value.trim())) to.setAttribute("src", value);
      else if (kAttributes.has(plain) || /^(?:aria|data)-[\w-]+$/.test(plain))
        to.setAttribute(name, value);
      else if (plain === "href") to.setAttribute("title", value.slice(0, 500));
    }
  };
  const copy = (from: Node, to: Node, depth: number): void => {
    for (const node of from.childNodes) {
      nodes += 1;
      if (nodes > kNodesMax || depth > kDepthMax) return;
      if (node.nodeType === Node.TEXT_NODE) {
        to.appendChild(into.createTextNode(node.nodeValue ?? ""));
        continue;
      }
      if (!(node instanceof Element)) continue;
      const name = node.localName.toLowerCase();
      if (kGone.has(name) || kMedia.has(name)) continue;
      if (node.namespaceURI !== kHtml && node.namespaceURI !== kSvg) continue;
      if (name === "image" || name === "use" || name === "foreignobject") continue;
      if (!/^[a-z][a-z0-9-]*$/i.test(node.localName)) {
        copy(node, to, depth + 1);
        continue;
      }
      const made = into.createElementNS(node.namespaceURI, node.localName);
      attributes(node, made);
      if (name === "img" && !made.hasAttribute("src")) left.pictures += 1;
      to.appendChild(made);
      copy(node, made, depth + 1);
    }
  };
  into.body.replaceChildren();
  attributes(parsed.body, into.body);
  copy(parsed.body, into.body, 0);
  return { sheets, left, cut: nodes > kNodesMax };
}
