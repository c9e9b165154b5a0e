import { pipeline } from "node:stream/promises";

import { Command } from "commander";

import type { LibraryOptions } from "../program/libraries.js";
import type { SymbolizedStreams } from "../symbolize/symbolized-streams.js";
import { stdout } from "./standard-output.js";

/** `zirconia symbolize`: what programs for Fuchsia have printed, with names for addresses. */
export const symbolize = new Command("symbolize")
  .description("Replace symbolizer markup in standard input by functions, files and lines.")
  .argument("<paths...>", "ELF files with symbols, and directories of libraries")
  .addHelpText(
    "before",
    ["Examples:", "  zirconia symbolize ./hello lib/ < log.txt", ""].join("\n"),
  )
  .addHelpText("after", "\nFiles are known by their build IDs. What is no markup stays as it is.")
  .action(async (paths: string[]) => {
    const { Symbolizer } = await import("../symbolize/symbolizer.js");
    await pipeline(process.stdin, new Symbolizer(paths, false).output(stdout.stream));
  });

/** This process's outputs for a program, with names for addresses. */
export async function symbolizedStreams(
  program: string,
  libraries: LibraryOptions,
): Promise<SymbolizedStreams> {
  const { SymbolizedStreams } = await import("../symbolize/symbolized-streams.js");
  const { libraryDirectories } = await import("../program/libraries.js");
  return new SymbolizedStreams(
    process,
    [program, ...libraryDirectories(libraries, "x86-64")],
    false,
  );
}
