// The licences of the crates that the binaries of a platform are made of, which their packages have as
// LICENSES.txt.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The crates that become binaries. */
const BINARIES = new Set(["binding", "cargo-tool"]);
/** Names of files with a licence, the shortest of those that a crate is offered under first. */
const LICENCE_FILES = [/^licen[sc]e-mit/i, /^licen[sc]e/i, /^copying/i];

/** Each licence once, after the crates that have it, on whichever platform. */
export function crateLicences() {
  const args = ["metadata", "--format-version=1", "--locked"];
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 };
  const { packages, resolve } = JSON.parse(execFileSync("cargo", args, options));
  const byId = new Map(packages.map((crate) => [crate.id, crate]));
  const dependencies = new Map(resolve.nodes.map(({ id, deps }) => [id, deps]));

  const linked = new Set(packages.filter(isBinary).map(({ id }) => id));
  // It grows while it is gone through.
  for (const id of linked) {
    for (const { pkg, dep_kinds: kinds } of dependencies.get(id)) {
      if (kinds.some(({ kind }) => kind === null) && !isMacro(byId.get(pkg))) linked.add(pkg);
    }
  }

  const crates = new Map();
  for (const crate of [...linked].map((id) => byId.get(id)).filter(({ source }) => source)) {
    const text = licenceOf(crate);
    crates.set(text, [...(crates.get(text) ?? []), `${crate.name} ${crate.version}`]);
  }
  const sections = [...crates].map(([text, names]) => `${names.sort().join(", ")}\n\n${text}\n`);
  return sections.sort().join("\n\n");
}

function isBinary({ name, source }) {
  return source === null && BINARIES.has(name);
}

/** It runs in the compiler. */
function isMacro({ targets }) {
  return targets.some(({ kind }) => kind.includes("proc-macro"));
}

function licenceOf({ name, license, repository, manifest_path: manifest }) {
  const directory = dirname(manifest);
  const names = readdirSync(directory).sort();
  for (const pattern of LICENCE_FILES) {
    const file = names.find((candidate) => pattern.test(candidate));
    if (file !== undefined) return readFileSync(join(directory, file), "utf8").trim();
  }
  if (!license) throw new Error(`${name} says nothing of its licence`);
  return `${license}, as told in its manifest; ${repository}`;
}
