// Runs the browser tests one file after the other and says at the end how many passed. With names
// as arguments, only those: `npm run e2e -- live`. SPIDER_BIN names the binary.

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".test.mjs"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();

function runFile(name) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--test", join(folder, name)]);
    let output = "";
    for (const [stream, out] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.on("data", (data) => {
        output += data;
        out.write(data);
      });
    }
    child.once("exit", (code) => done({ code, output }));
  });
}

// The last count of its kind in the report, whichever of Node's reporters wrote it.
function counted(output, word) {
  const found = [...output.matchAll(new RegExp(`^\\S+ ${word} (\\d+)$`, "gm"))];
  return Number(found[found.length - 1]?.[1] ?? 0);
}

// From where the report gathers what failed, or its end.
const kFailuresMax = 6_000;
function saidOfFailures(output) {
  const at = output.search(/^(✖ failing tests|not ok )/m);
  return at < 0 ? output.slice(-kFailuresMax / 2) : output.slice(at, at + kFailuresMax / 2);
}

let passed = 0;
let failed = 0;
let broken = files.length === 0;
let failures = "";
for (const name of files) {
  console.log(`\n--- ${name}`);
  const { code, output } = await runFile(name);
  const [good, bad] = [counted(output, "pass"), counted(output, "fail")];
  passed += good;
  failed += bad;
  if (code !== 0 || good + bad === 0) broken = true;
  if (code !== 0 || bad > 0) failures += `\n--- ${name} failed\n${saidOfFailures(output)}`;
}
// Again, last: who sees only the end of a long log sees what failed.
console.log(failures.slice(-kFailuresMax));
console.log(`\nTests  ${passed} passed | ${failed} failed (${passed + failed})`);
process.exit(broken || failed > 0 ? 1 : 0);
