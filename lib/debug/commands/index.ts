import type { Command, Commands } from "../conversation.js";
import { BREAKPOINT_COMMANDS } from "./breakpoints.js";
import { ENDING_COMMANDS } from "./ending.js";
import { FILE_COMMANDS } from "./files.js";
import { LLDB_COMMANDS } from "./lldb.js";
import { MEMORY_COMMANDS } from "./memory.js";
import { QUERY_COMMANDS } from "./queries.js";
import { REGISTER_COMMANDS } from "./registers.js";
import { RUNNING_COMMANDS } from "./running.js";

const COMMANDS = new Map<string, Command>(
  Object.entries({
    ...BREAKPOINT_COMMANDS,
    ...ENDING_COMMANDS,
    ...FILE_COMMANDS,
    ...LLDB_COMMANDS,
    ...MEMORY_COMMANDS,
    ...QUERY_COMMANDS,
    ...REGISTER_COMMANDS,
    ...RUNNING_COMMANDS,
  } satisfies Commands),
);

/** Names that are longer than a letter, with what ends them. */
const LONG_NAME = /^(?:qThreadStopInfo|[qQvj_][A-Za-z]*[^A-Za-z]?)/;

/** What a request asks for, and with what; `undefined` for what is not understood. */
export function commandOf(
  payload: string,
): { readonly command: Command; readonly argument: string } | undefined {
  const name = LONG_NAME.exec(payload)?.[0] ?? payload.slice(0, 1);
  const command = COMMANDS.get(name);
  return command && { command, argument: payload.slice(name.length) };
}
