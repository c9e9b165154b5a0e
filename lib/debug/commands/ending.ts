import type { Commands } from "../conversation.js";
import { numberOf } from "../hex.js";

/** Leaving the program, and ending it. */
export const ENDING_COMMANDS: Commands = {
  D: async (argument, { debuggee }) => {
    await debuggee.detach(argument === "" ? undefined : numberOf(argument.slice(1)));
    return "OK";
  },
  k: async (_, { debuggee }) => {
    await debuggee.kill();
    return undefined;
  },
  "vKill;": async (_, { debuggee }) => {
    await debuggee.kill();
    return "OK";
  },
};
