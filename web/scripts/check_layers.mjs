// Holds the imports of src/ against the table of floors: a floor may use itself and what is listed.
// Debts would go at the bottom, each with its reason. `node scripts/check_layers.mjs` exits 1 and
// names file, line and import when one is broken.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const kFloors = {
  base: [],
  api: ["base"],
  state: ["base", "api"],
  timeline: ["base"], // draws what it is given; it never fetches
  widgets: ["base", "api", "state", "timeline"],
  pages: ["base", "api", "state", "timeline", "widgets", "styles"], // a view brings its own styles
  styles: [],
  "main.tsx": ["base", "api", "state", "pages", "styles"],
};

// Which floors may import which packages.
const kPackages = {
  react: ["state", "timeline", "widgets", "pages", "main.tsx"],
  "react-dom/client": ["main.tsx"],
  "@tanstack/react-query": ["state", "pages", "main.tsx"],
  "@tanstack/react-virtual": ["widgets", "pages"],
  diff: ["state"],
};

const kDebts = [];

const kImport = new RegExp(
  [
    String.raw`^(?:import|export|\})[^"']*\bfrom\s+["']([^"']+)["']`,
    String.raw`^import\s+["']([^"']+)["']`,
    String.raw`\bimport\(\s*["']([^"']+)["']`,
  ].join("|"),
);

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

function floorOf(root, path) {
  return relative(root, path).split(sep)[0];
}

export function violations(root) {
  const found = [];
  for (const path of sources(root)) {
    const floor = floorOf(root, path);
    const allowed = kFloors[floor];
    const name = relative(root, path);
    if (allowed === undefined) found.push(`${name}: no floor is called ${floor}`);
    const lines = readFileSync(path, "utf8").split("\n");
    lines.forEach((line, index) => {
      const match = kImport.exec(line);
      if (match === null) return;
      const target = match[1] ?? match[2] ?? match[3];
      const place = `${name}:${index + 1}`;
      if (target.startsWith(".")) {
        const other = floorOf(root, resolve(dirname(path), target));
        if (other === floor || allowed?.includes(other)) return;
        if (!kDebts.includes(`${name} ${other}`))
          found.push(`${place}: ${floor} may not use ${other}`);
      } else if (!kPackages[target]?.includes(floor)) {
        found.push(`${place}: ${floor} may not use the package ${target}`);
      }
    });
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", "src");
  const found = violations(root);
  for (const line of found) console.error(`src/${line}`);
  if (found.length > 0) process.exit(1);
  console.log("layers: every import goes downwards");
}
