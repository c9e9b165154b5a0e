import test from "ava";

import { statusName, ZirconiaError } from "../index.js";
import { askHost, hostStatus } from "../lib/base/host-status.js";

/** What file systems answer, by what the host's own calls fail with. */
const STATUSES: readonly (readonly [code: string | undefined, status: string])[] = [
  ["ENOENT", "NOT_FOUND"],
  ["ENOTDIR", "NOT_FOUND"],
  ["ENAMETOOLONG", "NOT_FOUND"],
  ["EISDIR", "NOT_FILE"],
  ["EACCES", "ACCESS_DENIED"],
  ["EPERM", "ACCESS_DENIED"],
  ["EROFS", "ACCESS_DENIED"],
  ["EEXIST", "ALREADY_EXISTS"],
  ["EINVAL", "INVALID_ARGS"],
  ["EXDEV", "NOT_SUPPORTED"],
  ["ENOTSUP", "NOT_SUPPORTED"],
  ["EOPNOTSUPP", "NOT_SUPPORTED"],
  ["ENOTEMPTY", "NOT_EMPTY"],
  ["EBUSY", "UNAVAILABLE"],
  ["ENOSPC", "NO_SPACE"],
  ["EDQUOT", "NO_SPACE"],
  ["EFBIG", "FILE_BIG"],
  ["ERR_FS_FILE_TOO_LARGE", "FILE_BIG"],
  ["EMFILE", "NO_RESOURCES"],
  ["ENFILE", "NO_RESOURCES"],
  ["ENOMEM", "NO_MEMORY"],
  ["EIO", "IO"],
  ["ELOOP", "IO"],
  ["ESTALE", "IO"],
  [undefined, "IO"],
];

test("errors of the host's have statuses", async (t) => {
  for (const [code, status] of STATUSES) {
    const cause = Object.assign(new Error("no"), { code });
    t.is(statusName(hostStatus(cause)), status, code);
    const error = await t.throwsAsync(
      askHost(async () => {
        throw cause;
      }),
      { instanceOf: ZirconiaError },
    );
    t.like(error, { code: `ZX_ERR_${status}`, cause });
  }
});

test("an error that has a status keeps it", async (t) => {
  const own = new ZirconiaError("no", -51);
  const error = await t.throwsAsync(
    askHost(async () => {
      throw own;
    }),
  );
  t.is(error, own);
});
