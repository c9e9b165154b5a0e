// Builds the programs that run inside the simulated kernel, and puts them into guest/out/, with
// the dynamic linker and the shared libraries in guest/out/lib/, and the sysroot that other programs
// are linked against. They are built with the host's own
// toolchain, so only x86-64 Linux can build them.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const guest = join(root, "guest");
const out = join(guest, "out");
/** What becomes guest/out/ when it is complete. */
const staged = join(guest, "target", "out");
/** Where the linker finds shared libraries, by the names that it gives to files. */
const link = join(guest, "target", "link");
/** What other people's programs are compiled with and linked against, and what then runs them. */
const sysroot = join(root, "sysroot", "x86_64-unknown-fuchsia");

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
  const sysrootLibraries = [join(staged, "lib", "ld.so.1"), libzircon];
  for (const name of ["libc", "libfdio"]) {
    const [library] = build(name, "--lib");
    copyFileSync(library, join(link, basename(library)));
    sysrootLibraries.push(library);
  }
  const scrt1 = join(link, "Scrt1.o");
  // With link-time optimisation it would be bitcode, of a version that few linkers know.
  const rustc = ["rustc", "--release", "--locked", "--config=profile.release.lto=false"];
  cargo(guest, [...rustc, "-p", "scrt1", "--", `--emit=obj=${scrt1}`]);
  sysrootLibraries.push(scrt1);
  programs.push(...build("sysroot-program", "--bins"));
  libraries.push(...build("sysroot-library", "--lib"));

  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, "lib"), { recursive: true });
  for (const program of programs) install(program, join(staged, basename(program)));
  for (const library of libraries) {
    const name = basename(library);
    install(library, join(staged, "lib", name === "libld_so.so" ? "ld.so.1" : name));
  }
  rmSync(sysroot, { recursive: true, force: true });
  mkdirSync(join(sysroot, "lib"), { recursive: true });
  for (const library of sysrootLibraries) install(library, join(sysroot, "lib", basename(library)));
  const writeHeaders = ["run", "--quiet", "--locked", "--package=c-headers", "--bin=write-headers"];
  cargo(root, [...writeHeaders, "--", join(sysroot, "include")]);
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

function install(file, copy) {
  copyFileSync(file, copy);
  chmodSync(copy, 0o755);
  console.log(`guests: ${relative(guest, copy)}, ${statSync(copy).size} bytes`);
}

main();
