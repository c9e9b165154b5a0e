import type { Commands } from "../conversation.js";
import { numberOf } from "../hex.js";

/** What lldb is told of a program that it has killed; gdb wants no answer. */
const KILLED = "X09";

/** Leaving the program, and ending it. */
export const ENDING_COMMANDS: Commands = {
  D: async (argument, { debuggee }) => {
    await debuggee.detach(argument === "" ? undefined : numberOf(argument.slice(1)));
    return "OK";
  },
  k: async (_, { debuggee, isLldb }) => {
    await debuggee.kill();
    return isLldb ? KILLED : undefined;
  },
  "vKill;": async (koid, { debuggee }) => {
    await debuggee.kill(numberOf(koid));
    return "OK";
  },
};
