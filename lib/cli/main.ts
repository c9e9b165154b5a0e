import { Command, CommanderError } from "commander";

import { printable } from "../base/text.js";
import { commandArguments } from "./arguments.js";
import { endWithOutput, ExitCode } from "./process.js";
import { version } from "./version.js";

/** The commands, each in a module that is loaded when it is asked for. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["run", async () => (await import("./run.js")).run],
  ["check", async () => (await import("./check.js")).check],
  ["plan", async () => (await import("./plan.js")).plan],
  ["inspect", async () => (await import("./inspect.js")).inspect],
  ["message", async () => (await import("./message.js")).message],
  ["doctor", async () => (await import("./doctor.js")).doctor],
  ["symbolize", async () => (await import("./symbolize.js")).symbolize],
  ["sysroot", async () => (await import("./sysroot.js")).sysroot],
  ["cargo", async () => (await import("./cargo.js")).cargo],
  ["cargo-runner", async () => (await import("./cargo.js")).cargoRunner],
]);

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
      "",
    ].join("\n"),
  )
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(printableLines(text)) })
  // Options after a program are the program's.
  .enablePositionalOptions();

endWithOutput();
void main(withoutCargo(commandArguments()));

async function main(args: readonly string[]): Promise<void> {
  for (const command of await commandsFor(args)) program.addCommand(command);
  inheritSettings(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said what is wrong; asking for help or the version is not.
      process.exitCode = error.exitCode === 0 ? ExitCode.Fine : ExitCode.Usage;
    } else {
      const message = error instanceof Error ? error.message : String(error);
      const { remedy } = (error ?? {}) as { remedy?: unknown };
      const advice = typeof remedy === "string" ? `\n${remedy}` : "";
      process.stderr.write(`zirconia: ${printableLines(message + advice)}\n`);
      process.exitCode = ExitCode.Failed;
    }
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

/** The command that is asked for; all of them if it is something else, such as help. */
function commandsFor([name = ""]: readonly string[]): Promise<Command[]> {
  const load = COMMANDS.get(name);
  const all = load === undefined ? [...COMMANDS.values()] : [load];
  return Promise.all(all.map((one) => one()));
}

/** Makes errors of commands, and of theirs, reach us instead of ending the process. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
}
