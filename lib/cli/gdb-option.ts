import { InvalidArgumentError } from "commander";

import type { DebugOptions, DebugServer } from "../debug/server.js";
import { quoted, remark } from "../base/text.js";
import type { EqualsCommand } from "./equals-command.js";

/** What `--gdb` was given: nothing, or what follows its `=`. */
export type GdbOption = true | Pick<DebugOptions, "port" | "path">;

/** Gives a command `--gdb` and what goes with it. */
export function addGdbOptions<C extends EqualsCommand>(command: C): C {
  return command.equalsOption(
    "gdb",
    "wait at its first instruction for gdb or lldb; --gdb=<port>, --gdb=unix:<path>",
    { name: "place", parse: placeOf },
  );
}

/** How a program is debugged. */
export function debugOf(gdb: GdbOption, program: string): DebugOptions {
  const place = gdb === true ? {} : gdb;
  return { ...place, listening: (server) => announce(server, program) };
}

/** Says where a debugger finds the program. */
function announce({ address }: DebugServer, program: string): void {
  const place = typeof address === "number" ? `:${address}` : address;
  const command = `gdb ${quoted(program)} -ex 'target remote ${place}'`;
  process.stderr.write(remark([`waits for a debugger at ${place}: ${command}`]));
}

function placeOf(value: string): Pick<DebugOptions, "port" | "path"> {
  const path = /^unix:(.+)$/s.exec(value)?.[1];
  if (path !== undefined) return { path };
  const port = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (!(port < 2 ** 16)) throw new InvalidArgumentError("It is a port, or unix:PATH.");
  return { port };
}
