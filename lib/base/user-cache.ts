import { join, resolve } from "node:path";

/** Where the user's programs keep what they can make again; this one's directory there. */
export function userCache(): string {
  const { XDG_CACHE_HOME, HOME } = process.env;
  // To load what else knows a user's home takes longer than what this is asked for. On Windows that is
  // elsewhere, though shells may have a HOME there.
  const home = () =>
    (process.platform !== "win32" && HOME) || process.getBuiltinModule("node:os").homedir();
  return join(resolve(XDG_CACHE_HOME || join(home(), ".cache")), "zirconia");
}
