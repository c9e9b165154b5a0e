import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import type { CargoArguments } from "./cargo-arguments.js";
import { TARGET } from "./libraries.js";

const execute = promisify(execFile);

/**
 * Checks that rustc has a standard library for the target, so that nobody waits for a compiler to
 * find out.
 *
 * @throws Error that says what to do
 */
export async function checkTarget({ toolchain, buildsStd }: CargoArguments): Promise<void> {
  if (buildsStd || process.env["CARGO_UNSTABLE_BUILD_STD"] || configBuildsStd(process.cwd())) {
    return;
  }
  const selected = toolchain === undefined ? [] : [toolchain];
  let libraries: string;
  try {
    const query = ["--print", "target-libdir", "--target", TARGET];
    const { stdout } = await execute(process.env["RUSTC"] || "rustc", [...selected, ...query]);
    libraries = stdout.trim();
  } catch {
    // Cargo says what is wrong with its compiler.
    return;
  }
  if (!hasStandardLibrary(libraries)) {
    const option = toolchain === undefined ? "" : ` --toolchain ${toolchain.slice(1)}`;
    throw new Error(
      `there is no standard library for ${TARGET} in ${libraries}: ` +
        `\`rustup target add ${TARGET}${option}\` installs it`,
    );
  }
}

function hasStandardLibrary(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => /^libcore-.*\.rlib$/.test(name));
  } catch {
    return false;
  }
}

/** Whether a configuration of cargo's, from a directory on upward, has the library compiled. */
function configBuildsStd(directory: string): boolean {
  const files = ["config.toml", "config"].map((name) => join(directory, ".cargo", name));
  const text = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
  const parent = dirname(directory);
  return (
    text.some((toml) => /^\s*build-std\s*=/m.test(toml)) ||
    (parent !== directory && configBuildsStd(parent))
  );
}
