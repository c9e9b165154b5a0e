import { ZxStatus } from "../../base/status.js";
import { splitPath } from "../path.js";
import { refusal } from "../refusal.js";

/**
 * The names of a path below a directory. There are none in `.` and `/`, which are the directory
 * itself; one `/` at either end means nothing.
 *
 * @throws `ZirconiaError` `INVALID_ARGS` for what is no name in it, as there is in an empty
 * path; `BAD_PATH` for what is too long
 */
export function parsePath(path: string): readonly string[] {
  if (path === "/") {
    return [];
  }
  const inner = path.replace(/^\//, "").replace(/\/$/, "");
  if (inner === "") {
    throw refusal(ZxStatus.INVALID_ARGS);
  }
  return splitPath(inner);
}
