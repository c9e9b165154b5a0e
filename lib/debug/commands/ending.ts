import type { Commands } from "../conversation.js";

/** Leaving the program, and ending it. */
export const ENDING_COMMANDS: Commands = {
  D: async (_, { debuggee }) => {
    await debuggee.detach();
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
