#!/usr/bin/env node
import { Command, CommanderError } from "commander";

import { printable } from "../text.js";
import { commandArguments } from "./arguments.js";
import { check } from "./check.js";
import { doctor } from "./doctor.js";
import { inspect } from "./inspect.js";
import { message } from "./message.js";
import { plan } from "./plan.js";
import { endWithOutput, ExitCode, version } from "./process.js";
import { run } from "./run.js";

const program = new Command("zirconia")
  .description("Build, inspect and run Fuchsia processes on this computer.")
  .version(version())
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia run ./hello one two          run a program for Fuchsia",
      "  zirconia check bin/ lib/              say whether Fuchsia would load what is there",
      "  zirconia plan ./hello                 show its launch without running it",
      "  zirconia inspect ./hello              show what the loader sees",
      "  zirconia doctor                       say what native execution lacks here",
      "",
    ].join("\n"),
  )
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(printableLines(text)) })
  // Options after a program are the program's.
  .enablePositionalOptions()
  .addCommand(run)
  .addCommand(check)
  .addCommand(plan)
  .addCommand(inspect)
  .addCommand(message)
  .addCommand(doctor);

inheritSettings(program);

endWithOutput();
try {
  await program.parseAsync(commandArguments(), { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asking for help or the version is not.
    process.exitCode = error.exitCode === 0 ? ExitCode.Fine : ExitCode.Usage;
  } else {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`zirconia: ${printableLines(message)}\n`);
    process.exitCode = ExitCode.Failed;
  }
}

/** Text whose own line breaks are meant: what it quotes may be anybody's. */
function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** Makes errors of commands, and of theirs, reach us instead of ending the process. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
}
