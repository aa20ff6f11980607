// Runs the browser tests one file after the other and says at the end how many passed. With names
// as arguments, only those: `npm run e2e -- live`. SPIDER_BIN names the binary.
//
// A file or two that fail run once more at the end: on a machine that many share one may fail for
// what the machine did. One that passes then counts as passed and is named as UNSTEADY, with what
// it said; more than that are a fault of ours, and none gets a second chance (decision 0032).

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

// SPIDER_MILLION names a store of a million communications; journeys of what people come for run
// above a copy of it, those of empty and small stores do not.
const kAboveMillion = new Set(["details", "har", "pan_live", "search", "views"]);
function envOf(name) {
  const { SPIDER_MILLION: million, ...env } = process.env;
  const above = million !== undefined && kAboveMillion.has(name.replace(".test.mjs", ""));
  return above ? { ...env, SPIDER_SEEDED_STORE: million } : env;
}

const kFileLimitS = 900;

function runFile(name) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--test", join(folder, name)], { env: envOf(name) });
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
    // What a test that failed left running may keep the file from ending.
    const limit = setTimeout(() => {
      output += `\nnot ok - ${name} did not end within ${kFileLimitS} s\n`;
      child.kill("SIGKILL");
    }, kFileLimitS * 1_000);
    child.once("exit", (code) => {
      clearTimeout(limit);
      done({ code, output });
    });
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

async function outcome(name) {
  console.log(`\n--- ${name}`);
  const { code, output } = await runFile(name);
  const [good, bad] = [counted(output, "pass"), counted(output, "fail")];
  return { name, output, good, bad, green: code === 0 && bad === 0 && good > 0 };
}

const kSecondChances = 2;
const outcomes = [];
for (const name of files) outcomes.push(await outcome(name));
const red = outcomes.filter((one) => !one.green);
let failures = red.map((one) => `\n--- ${one.name} failed\n${saidOfFailures(one.output)}`).join("");
if (red.length <= kSecondChances) {
  for (const first of red) {
    const again = await outcome(first.name);
    if (!again.green) continue;
    outcomes[outcomes.indexOf(first)] = again;
    failures += `\nUNSTEADY  ${first.name} failed, and passed alone\n`;
  }
}
const sum = (of) => outcomes.reduce((all, one) => all + of(one), 0);
const passed = sum((one) => one.good);
const failed = sum((one) => one.bad);
const broken = files.length === 0 || outcomes.some((one) => !one.green);
// Again, last: who sees only the end of a long log sees what failed.
console.log(failures.slice(-kFailuresMax));
console.log(`\nTests  ${passed} passed | ${failed} failed (${passed + failed})`);
process.exit(broken || failed > 0 ? 1 : 0);
