// Colours for the canvas, read from the style sheet's variables so that light, dark and the page
// around it can never disagree.

import type { Series } from "./tracks";

export interface Palette {
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly axis: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly accentSoft: string;
  readonly veil: string;
  readonly surface: string;
  readonly good: string;
  readonly poor: string;
  readonly bad: string;
  readonly unknown: string;
  readonly series: readonly string[];
  readonly font: string;
}

export function readPalette(element: Element, series: readonly Series[]): Palette {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim() || "#888";
  return {
    text: color("--text-2"),
    faint: color("--text-3"),
    grid: color("--line-1"),
    axis: color("--line-2"),
    accent: color("--accent"),
    onAccent: color("--on-accent"),
    accentSoft: color("--accent-wash"),
    veil: color("--veil"),
    surface: color("--surface"),
    good: color("--quality-good"),
    poor: color("--quality-poor"),
    bad: color("--quality-bad"),
    unknown: color("--line-1"),
    series: series.map((layer) => color(layer.color)),
    font: style.fontFamily || "sans-serif",
  };
}

interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

function parseHex(color: string): Rgb {
  const hex = color.replace("#", "");
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  const value = Number.parseInt(full.slice(0, 6), 16);
  return { r: (value >> 16) & 255, g: (value >> 8) & 255, b: value & 255 };
}

export function mix(from: string, to: string, share: number): string {
  const a = parseHex(from);
  const b = parseHex(to);
  const part = (x: number, y: number): number => Math.round(x + (y - x) * share);
  return `rgb(${part(a.r, b.r)}, ${part(a.g, b.g)}, ${part(a.b, b.b)})`;
}

// Green through amber to red.
export function qualityColor(palette: Palette, badness: number): string {
  return badness < 0.5
    ? mix(palette.good, palette.poor, badness * 2)
    : mix(palette.poor, palette.bad, badness * 2 - 1);
}
