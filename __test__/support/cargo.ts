import { chmodSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";

import type { ExecutionContext } from "ava";

import { zirconia } from "./cli.js";
import { directoryWith } from "./directory.js";
import type { NodeOptions, NodeResult } from "./node.js";

/** Where the test's own programs are in place of cargo and rustc. All paths have spaces. */
export interface CargoWorld {
  readonly root: string;
  /** A directory that is an SDK's for `zirconia cargo`. */
  readonly sdk: string;
  /** The variables with which commands find everything here. */
  readonly env: Record<string, string>;
  /** Runs `zirconia cargo --sdk SDK` with these arguments. */
  cargo(args: readonly string[], options?: NodeOptions): Promise<NodeResult>;
}

const HAS_TARGET = `case "$*" in
  *target-libdir*) echo "$(dirname "$0")/libraries" ;;
  *) echo "rustc $*" ;;
esac`;

/**
 * A world in which cargo is a script of the shell's.
 *
 * @param cargo what it does
 * @param rustc what rustc does: by default it has the target's library
 */
export function cargoWorld(t: ExecutionContext, cargo: string, rustc = HAS_TARGET): CargoWorld {
  const root = directoryWith(t, {
    "in space/bin/cargo": `#!/bin/sh\n${cargo}\n`,
    "in space/bin/rustc": `#!/bin/sh\n${rustc}\n`,
    "in space/bin/libraries/libcore-0.rlib": "",
    "in space/sdk/arch/x64/sysroot/lib/Scrt1.o": "",
    "in space/sdk/arch/x64/lib/libfdio.so": "",
  });
  const home = join(root, "in space");
  const bin = join(home, "bin");
  for (const name of ["cargo", "rustc"]) chmodSync(join(bin, name), 0o755);
  mkdirSync(join(home, "work"));
  // The scripts and the command need nothing else; no other cargo is to be found.
  for (const tool of ["sh", "dirname", "cat", "stat", "kill", "sleep", "env", "ls", "mkfifo"]) {
    symlinkSync(whichTool(tool), join(bin, tool));
  }
  const sdk = join(home, "sdk");
  const variables = {
    PATH: bin,
    XDG_CACHE_HOME: join(home, "cache"),
    CARGO: "",
    RUSTC: "",
    CARGO_UNSTABLE_BUILD_STD: "",
  };
  return {
    root: home,
    sdk,
    env: variables,
    cargo: (args, { env, ...options } = {}) =>
      zirconia(["cargo", "--sdk", sdk, ...args], {
        cwd: join(home, "work"),
        ...options,
        env: { ...variables, ...env },
      }),
  };
}

function whichTool(name: string): string {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path))!;
}
