import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where the user's programs keep what they can make again; this one's directory there. */
export function userCache(): string {
  return join(resolve(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache")), "zirconia");
}
