/**
 * Fuzzes what reads what nobody vouches for: `npm run fuzz -- [--seconds N] [--seed N]
 * [--target NAME]… [FILE]…`. The seconds are for all targets together. Files are inputs that the
 * target takes instead, such as one that was found before.
 */
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { root } from "../bench/paths.js";
import { instrument } from "./node/instrument.js";

const TRIPLE = "x86_64-unknown-linux-gnu";
const OUTPUT = join(process.env["CARGO_TARGET_DIR"] ?? join(root, "target"), "fuzz");
const COPY = join(root, "target/fuzz/node");

/** Those in Rust, in `fuzz_targets/`, and which seeds they begin with. */
const RUST: Readonly<Record<string, string>> = {
  dynamic: "elf",
  headers: "elf",
  load_plan: "elf",
  process: "elf",
  processargs: "processargs",
  symbolizer: "symbolizer",
  syscalls: "syscalls",
  validate: "elf",
};

/** Those in TypeScript, in `node/targets/`. */
const NODE = ["debugger", "fidl", "io", "loader", "loader-client", "trace"];

/** What cargo-fuzz has the compiler do, less what only a nightly one can: the code is safe Rust. */
const RUSTFLAGS = [
  "--cfg=fuzzing",
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
].join(" ");

const { values, positionals: files } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    target: { type: "string", multiple: true, default: [...Object.keys(RUST), ...NODE] },
    "write-seeds": { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const { seed, target: targets } = values;
const unknown = targets.filter((name) => !(name in RUST) && !NODE.includes(name));
const areNumbers = [values.seconds, seed].every((text) => /^\d+$/.test(text));
if (unknown.length > 0 || !areNumbers || (files.length > 0 && targets.length !== 1)) {
  const names = [...Object.keys(RUST), ...NODE].join(", ");
  console.error(`targets: ${names}; files are for one of them; seconds and the seed are numbers`);
  process.exit(2);
}

if (values["write-seeds"]) {
  process.exit(await cargo(["run", "--example", "write-seeds", "--", join(root, "fuzz/seeds")]));
}

const inRust = targets.filter((name) => name in RUST);
if (inRust.length > 0) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.error(`fuzz: ${inRust.join(", ")}: built on x86-64 Linux only; try ${NODE.join(", ")}`);
    process.exit(2);
  }
  const bins = inRust.flatMap((name) => ["--bin", name]);
  const built = await cargo(["build", "--release", "--target", TRIPLE, ...bins], { RUSTFLAGS });
  if (built !== 0) process.exit(built);
}
if (inRust.length < targets.length) {
  instrument(root, COPY);
}

const jobs = Math.min(availableParallelism(), targets.length);
const share = Math.max(1, Math.floor((Number(values.seconds) * jobs) / targets.length));
console.log(`${targets.length} targets, ${share} seconds each, seed ${seed}`);
const waiting = [...targets];
let failed = 0;
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (!(await fuzz(name))) failed += 1;
    }
  }),
);
console.log(`fuzz: ${targets.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Whether a target has taken all that it was given. */
async function fuzz(name: string): Promise<boolean> {
  const log = join(OUTPUT, `${name}.log`);
  mkdirSync(join(OUTPUT, "corpus", name), { recursive: true });
  mkdirSync(join(OUTPUT, "artifacts"), { recursive: true });
  const code = await run(...(name in RUST ? rust(name) : node(name)), log);
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  const sum = lines.find((line) => /^Done |^\d+ runs|^taken$/.test(line)) ?? "";
  console.log(`${code === 0 ? "ok" : "FAILED"} ${name}: ${code === 0 ? sum : log}`);
  if (code !== 0) console.log(lines.slice(-40).join("\n"));
  return code === 0;
}

function rust(name: string): [string, string[]] {
  const limits = ["-timeout=20", "-rss_limit_mb=2048", `-max_total_time=${share}`];
  const inputs =
    files.length > 0
      ? files
      : [join(OUTPUT, "corpus", name), join(root, "fuzz/seeds", RUST[name] ?? "")];
  const artifact = `-artifact_prefix=${join(OUTPUT, "artifacts", name)}-`;
  const args = [`-seed=${seed}`, artifact, ...limits, ...inputs];
  return [join(OUTPUT, TRIPLE, "release", name), args];
}

function node(name: string): [string, string[]] {
  const main = join(COPY, "fuzz/node/main.js");
  const args = ["--enable-source-maps", main, name, `${share}`, seed, OUTPUT, ...files];
  return [process.execPath, args];
}

async function cargo(args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const [command = "", ...rest] = args;
  const manifest = join(root, "fuzz/Cargo.toml");
  const own = ["--locked", "--manifest-path", manifest, "--target-dir", OUTPUT];
  const code = await run("cargo", [command, ...own, ...rest], undefined, env);
  if (code !== 0 && spawnSync(process.env["CXX"] ?? "c++", ["--version"]).status !== 0) {
    console.error("fuzz: c++ is missing: install a C++ compiler, such as g++; libFuzzer is in C++");
  }
  return code;
}

/** Runs a program, whose output goes to a file if there is one; its exit code. */
function run(
  command: string,
  args: string[],
  log?: string,
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  return new Promise((settle) => {
    const stdio = log === undefined ? "inherit" : "pipe";
    const child = spawn(command, args, {
      stdio: ["ignore", stdio, stdio],
      env: { ...process.env, ...env },
    });
    const output = log === undefined ? undefined : createWriteStream(log);
    for (const stream of [child.stdout, child.stderr]) {
      if (output !== undefined) stream?.pipe(output, { end: false });
    }
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      settle(1);
    });
    child.on("close", (code) => {
      const done = (): void => settle(code ?? 1);
      if (output === undefined) done();
      else output.end(done);
    });
  });
}
