import { Command } from "commander";

import { findSysroot } from "../cargo/libraries.js";
import { stdout } from "./standard-output.js";

/** `zirconia sysroot`: where compilers and linkers find what programs are made of. */
export const sysroot = new Command("sysroot")
  .description("Print the directory of the sysroot: lib/ has libraries, include/ C headers.")
  .addHelpText(
    "before",
    [
      "Examples:",
      '  clang --target=x86_64-unknown-fuchsia --sysroot="$(zirconia sysroot)" …',
      "",
    ].join("\n"),
  )
  .action(() => {
    stdout.write(`${findSysroot()}\n`);
  });
