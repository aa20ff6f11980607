import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(
  join(resolve(__dirname, "..", ".."), "src", "styles", "tokens.css"),
  "utf8",
);

function variables(selector: RegExp): Map<string, string> {
  const found = selector.exec(css);
  if (found === null) throw new Error(`no block ${selector.source}`);
  const block = css.slice(found.index, css.indexOf("}", found.index));
  return new Map(
    [...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, k = "", v = ""]) => [k, v]),
  );
}

const light = variables(/:root \{/);
const dark = variables(/:root\[data-theme="dark"\] \{/);
const system = variables(/:root:not\(\[data-theme\]\) \{/);

function luminance(color: string): number {
  const value = Number.parseInt(color.slice(1, 7), 16);
  const [r = 0, g = 0, b = 0] = [16, 8, 0].map((shift) => {
    const part = ((value >> shift) & 255) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe("the colours", () => {
  it("are the same when the system asks for dark and when the switch does", () => {
    expect(Object.fromEntries(system)).toEqual(Object.fromEntries(dark));
  });

  it("have a dark value for every light one", () => {
    const colors = [...light.keys()].filter((name) => !["--font", "--mono"].includes(name));
    expect(colors.filter((name) => !dark.has(name))).toEqual([]);
  });

  const inks = [1, 2, 3, 4, 5].map((n) => `--ink-${n}xx`).concat("--ink-none");
  const texts = [
    "--text-1",
    "--text-2",
    "--text-3",
    "--accent-strong",
    "--bad",
    "--warn",
    "--good",
  ];
  for (const [name, theme] of [
    ["light", light],
    ["dark", dark],
  ] as const) {
    it(`can be read: ${name} text has the contrast of WCAG AA on every ground`, () => {
      for (const ground of ["--surface", "--ground", "--sunken", "--raised"]) {
        for (const ink of [...texts, ...inks]) {
          const ratio = contrast(theme.get(ink) ?? "", theme.get(ground) ?? "");
          expect(ratio, `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
        }
      }
      for (const soft of ["bad", "warn", "good"]) {
        const ratio = contrast(theme.get(`--${soft}`) ?? "", theme.get(`--${soft}-soft`) ?? "");
        expect(ratio, soft).toBeGreaterThanOrEqual(4.5);
      }
    });

    it(`can be told from the ground: ${name} bars have the contrast of graphics`, () => {
      const layers = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `--layer-${n}`);
      for (const bar of [...layers, "--status-1xx", "--status-none"]) {
        const ratio = contrast(theme.get(bar) ?? "", theme.get("--surface") ?? "");
        expect(ratio, bar).toBeGreaterThanOrEqual(3);
      }
    });
  }
});
