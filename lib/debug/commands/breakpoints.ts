import type { Commands } from "../conversation.js";
import { numberOf } from "../hex.js";

/** The kinds of breakpoints there are. */
const SOFTWARE = "0";

/** Setting and clearing breakpoints. Kinds that there are not are answered with nothing. */
export const BREAKPOINT_COMMANDS: Commands = {
  Z: (argument, { process }) => {
    const [kind, address] = argument.split(",");
    if (kind !== SOFTWARE) return "";
    process.memory.insertBreakpoint(numberOf(address));
    return "OK";
  },
  z: (argument, { process }) => {
    const [kind, address] = argument.split(",");
    if (kind !== SOFTWARE) return "";
    process.memory.removeBreakpoint(numberOf(address));
    return "OK";
  },
};
