import { Command } from "commander";

import { printable } from "../base/text.js";
import { commandArguments } from "./arguments.js";
import { commandsFor } from "./commands.js";
import { fail, unreadCode } from "./failure.js";
import { endWithOutput } from "./process.js";
import { stderr, stdout } from "./standard-output.js";
import { version } from "./version.js";

const program = new Command("zirconia")
  .description("Build, inspect and run Fuchsia processes on this computer.")
  .version(version())
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia cargo test                   run a Rust crate's tests for Fuchsia",
      "  zirconia run ./hello one two          run a program for Fuchsia",
      "  zirconia check bin/ lib/              say whether Fuchsia would load what is there",
      "  zirconia plan ./hello                 show its launch without running it",
      "  zirconia inspect ./hello              show what the loader sees",
      "  zirconia doctor                       say what native execution lacks here",
      "  zirconia sysroot                      say where C compilers find headers and libraries",
      "  zirconia completion bash              make a shell complete all this",
      "",
    ].join("\n"),
  )
  .exitOverride()
  .configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    outputError: (text, write) => write(printableLines(text)),
  })
  // Options after a program are the program's.
  .enablePositionalOptions();

const args = withoutCargo(commandArguments());

endWithOutput(unreadCode(args[0]));
void main(args);

async function main(args: readonly string[]): Promise<void> {
  const [name] = args;
  for (const command of await commandsFor(name)) program.addCommand(command);
  inheritSettings(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const command = program.commands.find((command) => command.name() === name);
    fail(error, command);
  }
}

/** `cargo zirconia` starts us with the command's name. */
function withoutCargo(args: string[]): string[] {
  return args[0] === "zirconia" ? ["cargo", ...args.slice(1)] : args;
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
