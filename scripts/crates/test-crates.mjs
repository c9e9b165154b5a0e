// Runs the test suites of other people's crates on Linux and on Zirconia, with one compiler, and
// compares them test by test. What differs and is not listed in suites.mjs is a failure.
//
//   npm run build
//   npm run test:crates [NAME…]
//
// The last lines are a table, and `N passed, N failed`: of tests that ran on Linux. Logs are in
// target/crates/. Skipped, loudly, where Debian's Rust cannot be had (scripts/rust-web.sh).
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { compare, readResults } from "./results.mjs";
import { SUITES } from "./suites.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const place = join(root, "target", "crates");
const lock = fileURLToPath(new URL("Cargo.lock", import.meta.url));

/** What runs a command with Debian's Rust, and its environment. */
const script = join(root, "scripts", "rust-web.sh");
const env = {
  ...process.env,
  CARGO_TARGET_DIR: join(place, "target"),
  CARGO_TERM_COLOR: "never",
};

/** `EX_UNAVAILABLE`, with which rust-web.sh says that there is no compiler. */
const UNAVAILABLE = 69;

/** Milliseconds to build a side of a suite, or to run it: what hangs is a failure, and the next one runs. */
const TIMEOUT = 1_200_000;

/** How cargo is called for each side. */
const SIDES = {
  Linux: { command: ["cargo", "test"], args: [] },
  Zirconia: {
    // Some write in their package's directory.
    command: [process.execPath, join(root, "dist/lib/cli/start.js"), "cargo", "--rw", "test"],
    args: ["-Zbuild-std=std,panic_unwind,test"],
  },
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) throw new Error(`suites.mjs has no ${unknown.join(", ")}`);
const suites = SUITES.filter(({ name }) => names.length === 0 || names.includes(name));

const probe = rust(["rustc", "--version"], { stdio: "inherit" });
if (probe.status === UNAVAILABLE) {
  console.log("test:crates: SKIPPED: no compiler, see above");
  process.exit(0);
}

/** Kills what is being run, with all that it has started: it has a session of its own. */
let stop = () => {};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stop();
    process.exit(1);
  });
}

layOut();
const rows = [];
for (const suite of suites) rows.push(await runSuite(suite));
console.log();
console.log(table(rows));
const failed = rows.reduce((sum, { failures }) => sum + failures.length, 0);
const passed = rows.reduce((sum, row) => sum + row.same, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed`);

/** Makes a workspace of the crates as their authors released them. */
function layOut() {
  const sources = fetchSources();
  rmSync(join(place, "Cargo.lock"), { force: true });
  for (const { name, version } of SUITES) {
    const member = join(place, name);
    rmSync(member, { recursive: true, force: true });
    cpSync(sources.get(`${name} ${version}`), member, {
      recursive: true,
      preserveTimestamps: true,
    });
    // Of the release's own, if there is one; the workspace has one for all.
    rmSync(join(member, "Cargo.lock"), { force: true });
  }
  writeFileSync(
    join(place, "Cargo.toml"),
    [
      "[workspace]",
      'resolver = "2"',
      `members = ${JSON.stringify(SUITES.map(({ name }) => name))}`,
      // Some try millions of inputs. Checks of overflows and the like stay.
      "[profile.dev]",
      "opt-level = 1",
      'debug = "line-tables-only"',
      "",
    ].join("\n"),
  );
  cpSync(lock, join(place, "Cargo.lock"));
}

/** Lets cargo fetch the crates, and returns where it has them, by name and version. */
function fetchSources() {
  const fetcher = join(place, "fetch");
  mkdirSync(join(fetcher, "src"), { recursive: true });
  writeFileSync(join(fetcher, "src", "lib.rs"), "");
  const lines = SUITES.map(({ name, version }) => `${name} = "=${version}"`);
  writeFileSync(
    join(fetcher, "Cargo.toml"),
    `[package]\nname = "fetch"\nedition = "2021"\n[workspace]\n[dependencies]\n${lines.join("\n")}\n`,
  );
  const { stdout, status } = rust(["cargo", "metadata", "--format-version=1"], {
    cwd: fetcher,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error("cargo could not fetch the crates");
  const { packages } = JSON.parse(stdout);
  return new Map(packages.map((p) => [`${p.name} ${p.version}`, dirname(p.manifest_path)]));
}

/** Runs a crate's tests on both sides, and says what differs. */
async function runSuite(suite) {
  const linux = await runSide(suite, "Linux");
  const zirconia = await runSide(suite, "Zirconia");
  const comparison = compare(linux.results, zirconia.results, suite.differs ?? []);
  for (const side of [linux, zirconia]) if (side.failure) comparison.failures.push(side.failure);
  for (const failure of comparison.failures) console.log(`  ${suite.name}: ${failure}`);
  return { ...comparison, suite, linux, zirconia };
}

/** Compiles first, so that the time is that of running; of doctests both are part. */
async function runSide({ name, skip = [] }, side) {
  const { command, args } = SIDES[side];
  const call = (more) => [...command, ...args, "--no-fail-fast", ...more];
  const skips = side === "Linux" ? [] : skip.flatMap((test) => ["--skip", test]);
  const log = join(place, `${name}.${side}.log`);
  console.log(`${name}: ${side}, see ${log}`);
  const file = openSync(log, "w");
  try {
    const options = { cwd: join(place, name), stdio: ["ignore", file, file] };
    if ((await runRust(call(["--no-run"]), options)) !== 0) {
      return { seconds: NaN, results: new Map(), failure: `does not build on ${side}` };
    }
    const begin = performance.now();
    const code = await runRust(call(["--", ...skips]), options);
    const seconds = (performance.now() - begin) / 1000;
    const results = readResults(readFileSync(log, "utf8"));
    return { seconds, results, failure: code === undefined && `was killed on ${side}` };
  } finally {
    closeSync(file);
  }
}

/** Runs a command with Debian's Rust. */
function rust(command, options) {
  return spawnSync(script, command, { encoding: "utf8", maxBuffer: 64 << 20, env, ...options });
}

/** The same, until {@link TIMEOUT}; the exit code, if it ends by itself. */
async function runRust(command, options) {
  const child = spawn(script, command, { env, ...options, detached: true });
  stop = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  };
  const timer = setTimeout(stop, TIMEOUT);
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  stop = () => {};
  return code ?? undefined;
}

function table(rows) {
  const lines = rows.map(({ suite, same, differing, failures, linux, zirconia }) =>
    [
      `${suite.name} ${suite.version}`,
      same,
      differing,
      failures.length,
      linux.seconds.toFixed(1),
      zirconia.seconds.toFixed(1),
    ].join(" | "),
  );
  const head = "crate | the same | listed | failures | seconds on Linux | on Zirconia";
  return [head, "--- | ---: | ---: | ---: | ---: | ---:", ...lines]
    .map((line) => `| ${line} |`)
    .join("\n");
}
