// Builds the programs that run inside the simulated kernel, and puts them into guest/out/.
// They are built with the host's own toolchain, so only x86-64 Linux can build them.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const guest = fileURLToPath(new URL("../guest", import.meta.url));
const out = join(guest, "out");

function main() {
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.warn(`guests: skipped, ${process.platform}-${process.arch} is not x86-64 Linux`);
    return;
  }
  const executables = build();
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  for (const executable of executables) {
    const copy = join(out, basename(executable));
    copyFileSync(executable, copy);
    chmodSync(copy, 0o755);
    console.log(`guests: ${basename(copy)}, ${statSync(copy).size} bytes`);
  }
}

/** Runs cargo in guest/, where its configuration is found, and returns the executables' paths. */
function build() {
  const cargo = spawnSync(
    "cargo",
    ["build", "--release", "--locked", "--bins", "--message-format=json-render-diagnostics"],
    { cwd: guest, encoding: "utf8", maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "inherit"] },
  );
  if (cargo.error) throw cargo.error;
  if (cargo.status !== 0) process.exit(cargo.status ?? 1);
  return cargo.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))
    .filter((message) => message.reason === "compiler-artifact" && message.executable)
    .map((message) => message.executable);
}

main();
