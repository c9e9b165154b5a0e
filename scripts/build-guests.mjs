// Builds the programs that run inside the simulated kernel, and puts them into guest/out/, with
// the dynamic linker and the shared libraries in guest/out/lib/. They are built with the host's own
// toolchain, so only x86-64 Linux can build them.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const guest = join(root, "guest");
const out = join(guest, "out");
/** What becomes guest/out/ when it is complete. */
const staged = join(guest, "target", "out");
/** Where the linker finds shared libraries, by the names that it gives to files. */
const link = join(guest, "target", "link");

function main() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.warn(`guests: skipped, ${process.platform}-${process.arch} is not x86-64 Linux`);
    return;
  }
  mkdirSync(link, { recursive: true });
  const libzircon = join(link, "libzircon.so");
  const writeVdso = ["run", "--quiet", "--locked", "--package=vdso", "--bin=write-vdso"];
  cargo(root, [...writeVdso, "--", "x86-64", libzircon]);

  const programs = build("programs", "--bins");
  const libraries = [];
  // Each links against those before it.
  for (const name of ["ld-so", "libguest", "libfixture"]) {
    const [library] = build(name, "--lib");
    copyFileSync(library, join(link, basename(library)));
    libraries.push(library);
  }
  programs.push(...build("dynamic-programs", "--bins"));

  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, "lib"), { recursive: true });
  for (const program of programs) install(program, basename(program));
  for (const library of libraries) {
    const name = basename(library);
    install(library, join("lib", name === "libld_so.so" ? "ld.so.1" : name));
  }
  rmSync(out, { recursive: true, force: true });
  renameSync(staged, out);
}

/** Builds a package of guest/, and returns the paths of its executables or shared libraries. */
function build(name, targets) {
  const format = "--message-format=json-render-diagnostics";
  const stdout = cargo(guest, ["build", "--release", "--locked", "-p", name, targets, format]);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter(({ reason }) => reason === "compiler-artifact")
    .flatMap(({ executable, target, filenames }) =>
      target.kind.includes("cdylib") ? filenames : executable ? [executable] : [],
    );
}

/** Runs cargo in a workspace's folder, where its configuration is found. */
function cargo(cwd, args) {
  const { error, status, stdout } = spawnSync("cargo", args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, GUEST_LIBRARY_PATH: link },
    maxBuffer: 64 << 20,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

function install(file, name) {
  const copy = join(staged, name);
  copyFileSync(file, copy);
  chmodSync(copy, 0o755);
  console.log(`guests: ${name}, ${statSync(copy).size} bytes`);
}

main();
