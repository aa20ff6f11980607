// Asks DuckDB the questions of tools/bench_queries.py over the same rows, in a table of its own.
//
//   node ask.mjs DATABASE CSV < questions.json
//
// questions.json: {"threads": 2, "runs": 20, "budget_ms": 6000,
//                  "questions": [{"name", "sql": [one or more to rotate]}]}
// Prints one JSON object: name -> {"times_ms", "cpu_ms", "rows", "total"}. The first run of each
// question warms it and is left out; every row of an answer is fetched. `total` sums the last
// column of the first answer.
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [database, csv] = process.argv.slice(2);
const { threads, runs, budget_ms: budget, questions } = JSON.parse(readFileSync(0, "utf8"));
const instance = await DuckDBInstance.create(database, { threads: String(threads) });
const connection = await instance.connect();

const tables = await connection.runAndReadAll(
  "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'comm'",
);
if (Number(tables.getRows()[0][0]) === 0) {
  await connection.run(`CREATE TABLE comm AS
    SELECT * FROM read_csv('${csv}', header = false, columns = {
    'start': 'BIGINT', 'duration': 'BIGINT', 'session_number': 'BIGINT', 'ordinal': 'INTEGER',
    'client_ip': 'VARCHAR', 'client_port': 'USMALLINT', 'server_ip': 'VARCHAR',
    'method': 'VARCHAR', 'host': 'VARCHAR', 'target': 'VARCHAR', 'status': 'USMALLINT',
    'response_type': 'VARCHAR', 'request_body': 'BIGINT', 'response_body': 'BIGINT',
    'wait': 'BIGINT'})`);
  await connection.run("CHECKPOINT");
}

async function ask(sql) {
  const began = performance.now();
  const reader = await connection.runAndReadAll(sql);
  const rows = reader.getRows();
  return { ms: performance.now() - began, rows };
}

const results = {};
for (const { name, sql } of questions) {
  const first = await ask(sql[0]);
  const times = [];
  const processor = process.cpuUsage();
  for (let spent = 0; times.length < runs && (times.length < 5 || spent < budget); ) {
    const { ms } = await ask(sql[times.length % sql.length]);
    times.push(ms);
    spent += ms;
  }
  const { user, system } = process.cpuUsage(processor);
  const last = first.rows.map((row) => row.at(-1)).filter((value) => typeof value === "bigint");
  results[name] = {
    times_ms: times,
    cpu_ms: (user + system) / 1000 / times.length,
    rows: first.rows.length,
    total: Number(last.reduce((sum, value) => sum + value, 0n)),
  };
}
console.log(JSON.stringify(results));
