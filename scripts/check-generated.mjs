// Fails if a generated file that is committed is not what its generator writes today.
import { spawnSync } from "node:child_process";

import { run } from "./run.mjs";

const GENERATORS = ["build:errors", "build:platforms", "build:syscalls", "build:ts"];
// Without package-lock.json, which each version of npm writes its own way.
const GENERATED = [
  "docs/errors.md",
  "docs/signatures.txt",
  "docs/syscalls.md",
  "lib/base/error-kinds.ts",
  "npm",
  "Cargo.lock",
  "guest/Cargo.lock",
];

for (const script of GENERATORS) {
  const code = await run("npm", ["run", "--silent", script]);
  if (code !== 0) {
    process.exit(code);
  }
}

const untracked = GENERATED.filter((path) => git("ls-files", "--error-unmatch", path).status !== 0);
const changed = git("diff", "--exit-code", "--", ...GENERATED);
if (untracked.length > 0 || changed.status !== 0) {
  const names = untracked.map((path) => `not committed: ${path}\n`).join("");
  console.error(`${changed.stdout}${names}Generated files are out of date: commit them.`);
  process.exitCode = 1;
}

function git(...args) {
  return spawnSync("git", args, { encoding: "utf8" });
}
