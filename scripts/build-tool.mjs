// Builds the program that cargo starts for `zirconia cargo`, and puts it beside the addon, as
// zirconia-cargo.PLATFORM. `--target TRIPLE` builds it for another computer, `--zig` with cargo-zigbuild
// as its linker. Where it runs tests, it is static if the computer has such a C library: it is started
// for each of them, and loads nothing then. On Windows, where nothing runs, there is none.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, renameSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The platforms of Node that have it, by Rust's names. */
const PLATFORMS = {
  "x86_64-unknown-linux-gnu": "linux-x64-gnu",
  "aarch64-unknown-linux-gnu": "linux-arm64-gnu",
  "x86_64-unknown-linux-musl": "linux-x64-musl",
  "aarch64-unknown-linux-musl": "linux-arm64-musl",
  "x86_64-apple-darwin": "darwin-x64",
  "aarch64-apple-darwin": "darwin-arm64",
};

const { values } = parseArgs({
  options: { target: { type: "string" }, zig: { type: "boolean" } },
});
const host = /^host: (.*)$/m.exec(run("rustc", ["-vV"]))[1];
const target = values.target ?? host;
const platform = PLATFORMS[target];

if (platform === undefined) {
  console.warn(`tool: skipped, there is none for ${target}`);
} else {
  const file = join(root, `zirconia-cargo.${platform}`);
  // In whole, also while one runs.
  const staged = `${file}.staged`;
  copyFileSync(build(), staged);
  chmodSync(staged, 0o755);
  renameSync(staged, file);
}

/** Builds it, and returns its path. */
function build() {
  const format = "--message-format=json-render-diagnostics";
  const selected = target === host ? [] : ["--target", target];
  const command = values.zig ? "zigbuild" : "build";
  const args = ["--release", "--locked", "-p", "cargo-tool", format, ...selected];
  const cargo = canBeStatic()
    ? ["rustc", ...args, "--bin", "zirconia-cargo", "--", "-Ctarget-feature=+crt-static"]
    : [command, ...args];
  return run("cargo", cargo)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .find(({ executable, target }) => executable && target.name === "zirconia-cargo").executable;
}

/** Whether it is for this computer, on which programs run, and there is a static C library. */
function canBeStatic() {
  if (target !== "x86_64-unknown-linux-gnu" || target !== host || values.zig) return false;
  const { stdout } = spawnSync("cc", ["-print-file-name=libc.a"], { encoding: "utf8" });
  const isThere = isAbsolute(stdout?.trim() ?? "");
  if (!isThere) console.warn("tool: there is no libc.a here, so that each test loads libc.so");
  return isThere;
}

function run(command, args) {
  const { error, status, stdout } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}
