import { type Command, InvalidArgumentError, Option } from "commander";

import { quoted, remark } from "../base/text.js";
import type { DebugServer } from "../debug/server.js";
import type { RunDebugOptions } from "../run/options.js";
import type { EqualsCommand } from "./equals-command.js";
import { stderr } from "./standard-output.js";

/** What `--gdb` was given: nothing, or what follows its `=`. */
type GdbOption = true | Pick<RunDebugOptions, "port" | "path" | "when">;

/** What the options say of debuggers. */
export interface GdbOptions {
  gdb?: GdbOption | undefined;
  gdbFollow?: boolean | undefined;
  gdbGone?: "end" | "detach" | undefined;
}

/** Gives a command `--gdb` and what goes with it. */
export function addGdbOptions<C extends EqualsCommand>(command: C): C {
  return command
    .equalsOption(
      "gdb",
      "wait at its first instruction for gdb or lldb, at a free port; --gdb=<port>, --gdb=unix:<path>, " +
        "--gdb=on-crash and --gdb=on-demand, also with a place, as --gdb=on-crash,<port>",
      { name: "place", parse: placeOf },
    )
    .option("--gdb-follow", "debug processes that it starts, too")
    .addOption(
      new Option("--gdb-gone <action>", "when the debugger goes without a word")
        .choices(["end", "detach"])
        .default("end", "end: kill the program"),
    )
    .hook("preAction", checkOptions);
}

/** What says how to debug says nothing where nothing is debugged. */
function checkOptions(command: Command): void {
  const { gdb, gdbFollow } = command.opts<GdbOptions>();
  if (gdb !== undefined) return;
  if (gdbFollow !== undefined) command.error("error: option '--gdb-follow' needs --gdb");
  if (command.getOptionValueSource("gdbGone") === "cli") {
    command.error("error: option '--gdb-gone <action>' needs --gdb");
  }
}

/** How a program is debugged, if it is. */
export function debugOf(options: GdbOptions, program: string): RunDebugOptions | undefined {
  const { gdb, gdbFollow, gdbGone } = options;
  if (gdb === undefined) return undefined;
  return {
    ...(gdb === true ? {} : gdb),
    ...(gdbFollow !== undefined && { follow: gdbFollow }),
    ...(gdbGone !== undefined && { gone: gdbGone }),
    listening: (server) => announce(server, program),
  };
}

/** Says where a debugger finds the program. */
function announce({ address }: DebugServer, program: string): void {
  const place = typeof address === "number" ? `:${address}` : address;
  const connect = `target remote ${place}`.replaceAll("'", String.raw`'\''`);
  const command = `gdb ${quoted(program)} -ex '${connect}'`;
  stderr.write(remark([`waits for a debugger at ${place}: ${command}`]));
}

function placeOf(value: string): Exclude<GdbOption, true> {
  const [, when, place = ""] = /^(?:on-(crash|demand)(?:,|$))?(.*)$/s.exec(value) ?? [];
  return { ...(when !== undefined && { when: when as "crash" | "demand" }), ...addressOf(place) };
}

function addressOf(place: string): Pick<RunDebugOptions, "port" | "path"> {
  if (place === "") return {};
  const path = /^unix:(.+)$/s.exec(place)?.[1];
  if (path !== undefined) return { path };
  const port = /^\d{1,5}$/.test(place) ? Number(place) : NaN;
  if (!(port < 2 ** 16)) {
    throw new InvalidArgumentError("It is a port, unix:PATH, on-crash or on-demand.");
  }
  return { port };
}
