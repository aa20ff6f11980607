// The page's icons: 24-unit strokes, drawn here so that none is fetched.

const kPaths = {
  zoomIn: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4M8 11h6M11 8v6",
  zoomOut: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4M8 11h6",
  fit:
    "M4 9V5a1 1 0 0 1 1-1h4M15 4h4a1 1 0 0 1 1 1v4M20 15v4a1 1 0 0 1-1 1h-4" +
    "M9 20H5a1 1 0 0 1-1-1v-4",
  sun:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M4.900 4.900l1.400 1.400" +
    "M17.700 17.700l1.400 1.400M2 12h2M20 12h2M4.900 19.100l1.400-1.400" +
    "M17.700 6.300l1.400-1.400",
  moon: "M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  close: "M6 6l12 12M18 6 6 18",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.500l4.500 4.500L19 7.500",
  warning: "M12 4 2.500 20h19zM12 10v4.500M12 17.400v.1",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5.500M12 7.600v.1",
  chevron: "M9 6l6 6-6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  up: "M12 19V5M6 11l6-6 6 6",
  filter: "M4 5h16l-6.500 7.500V19l-3 1.500v-8z",
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  empty: "M4 13l3-8h10l3 8v6H4zM4 13h5l1.500 3h3L15 13h5",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4M4 12h13",
  undo: "M9 6 4.500 10.500 9 15M5 10.500h9a5.500 5.500 0 0 1 0 9h-3",
  redo: "M15 6l4.500 4.500L15 15M19 10.500h-9a5.500 5.500 0 0 0 0 9h3",
  keyboard: "M3 7h18v11H3zM7 11h.1M11 11h.1M15 11h.1M17.500 11h.1M8 14.500h8",
  clock: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17M12 8v4.500l3 2",
  list: "M4 6h16M4 12h16M4 18h16",
  chart: "M4 20V4M4 20h16M8 16v-5M12 16V7M16 16v-3",
  sequence: "M5 3v18M19 3v18M5 8h11M13 5l3 3-3 3M19 16H8M11 13l-3 3 3 3",
  waterfall: "M4 5h9M8 10h8M11 15h6M14 20h6",
  back: "M15 6l-6 6 6 6",
  columns: "M4 5h16v14H4zM9.500 5v14M14.500 5v14",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4",
  compare: "M8 7h12M16 3l4 4-4 4M16 17H4M8 13l-4 4 4 4",
  sessions: "M4 8h4v8H4zM16 8h4v8h-4zM8 10.500h8M8 13.500h8",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  panel: "M4 5h16v14H4zM9.500 5v14",
  stop: "M7 7h10v10H7z",
  grow: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  shrink: "M20 10h-6V4M14 10l6-6M4 14h6v6M10 14l-6 6",
  fold: "M4 4h16M12 20V9M7.500 13.500 12 9l4.500 4.500",
  unfold: "M4 4h16M12 8v11M7.500 14.500 12 19l4.500-4.500",
} as const;

export type IconName = keyof typeof kPaths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={kPaths[name]} />
    </svg>
  );
}

const kLegs =
  "M12 14 8 9 4.500 10M12 16.500 6.500 15 4 17.500M12.500 19 8 22 7.500 26" +
  "M20 14l4-5 3.500 1M20 16.500l5.500-1.500 2.500 2.500M19.500 19l4.500 3 .5 4";

// The mark of the product; the same drawing as public/icon.svg.
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" className="logo-ground" />
      <path className="logo-legs" d={kLegs} />
      <ellipse className="logo-body" cx="16" cy="18.500" rx="4.600" ry="5.600" />
      <circle className="logo-body" cx="16" cy="11" r="2.900" />
    </svg>
  );
}
