// Builds a checkout: npm runs this after `npm install`. A published package comes built, and
// `npm install --ignore-scripts` leaves this out.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

import { run } from "./run.mjs";

const MINIMUM_RUST = [1, 88];

const STEPS = [
  ["build:addon", "the native addon, in Rust"],
  ["build:tool", "what cargo starts, in Rust"],
  ["build:guests", "the programs that run inside"],
  ["build:report", "the page that shows reports"],
  ["build:ts", "the TypeScript library and its declarations"],
];

const problems = [missingDependencies(), missingRust(), missingLinker()].filter(Boolean);
if (problems.length > 0) {
  console.error(["Zirconia cannot be built here:", ...problems].join("\n  - "));
  process.exit(1);
}

for (const [index, [script, what]] of STEPS.entries()) {
  console.log(`[${index + 1}/${STEPS.length}] ${script}: ${what}`);
  const code = await run("npm", ["run", "--silent", script]);
  if (code !== 0) {
    console.error(`\`npm run ${script}\` failed.`);
    process.exit(code);
  }
}
console.log("Zirconia is built.");

function missingDependencies() {
  return existsSync(new URL("../node_modules/@napi-rs/cli", import.meta.url))
    ? undefined
    : "the development dependencies are missing: install without --omit=dev";
}

function missingRust() {
  const wanted = `Rust ${MINIMUM_RUST.join(".")} or later`;
  if (versionOf("cargo") === undefined) {
    return `cargo is missing: install ${wanted}, with rustup or from your system's packages`;
  }
  const version = versionOf("rustc");
  if (version === undefined) {
    return `rustc is missing: install ${wanted}, with rustup or from your system's packages`;
  }
  const [major, minor] = version.match(/\d+/g).map(Number);
  return major > MINIMUM_RUST[0] || (major === MINIMUM_RUST[0] && minor >= MINIMUM_RUST[1])
    ? undefined
    : `${version} is too old: install ${wanted}, for example with \`rustup update stable\``;
}

/** Rust links through the C compiler, except with Microsoft's tools, which it finds by itself. */
function missingLinker() {
  return process.platform === "win32" || versionOf("cc") !== undefined
    ? undefined
    : "cc is missing: install a C compiler, such as gcc or clang; Rust links with it";
}

/** The first line of `command --version`, if there is such a command. */
function versionOf(command) {
  const { status, stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n", 1)[0] : undefined;
}
