import { ZirconiaError } from "./errors.js";
import { statusName, ZxStatus } from "./status.js";

/** What file systems answer where the host gives these reasons; IO for others. */
const STATUSES = new Map<unknown, number>([
  ["ENOENT", ZxStatus.NOT_FOUND],
  ["ENOTDIR", ZxStatus.NOT_FOUND],
  ["ENAMETOOLONG", ZxStatus.NOT_FOUND],
  ["EISDIR", ZxStatus.NOT_FILE],
  ["EACCES", ZxStatus.ACCESS_DENIED],
  ["EPERM", ZxStatus.ACCESS_DENIED],
  ["EROFS", ZxStatus.ACCESS_DENIED],
  ["EEXIST", ZxStatus.ALREADY_EXISTS],
  ["EINVAL", ZxStatus.INVALID_ARGS],
  ["EXDEV", ZxStatus.NOT_SUPPORTED],
  ["ENOTEMPTY", ZxStatus.NOT_EMPTY],
  ["ENOSPC", ZxStatus.NO_SPACE],
  ["EDQUOT", ZxStatus.NO_SPACE],
  ["EFBIG", ZxStatus.FILE_BIG],
  ["ERR_FS_FILE_TOO_LARGE", ZxStatus.FILE_BIG],
  ["EMFILE", ZxStatus.NO_RESOURCES],
  ["ENFILE", ZxStatus.NO_RESOURCES],
  ["ENOMEM", ZxStatus.NO_MEMORY],
  ["EBUSY", ZxStatus.UNAVAILABLE],
  ["ENOTSUP", ZxStatus.NOT_SUPPORTED],
  ["EOPNOTSUPP", ZxStatus.NOT_SUPPORTED],
]);

/** The status that an error of Node's stands for. */
export function hostStatus(error: unknown): number {
  return STATUSES.get((error as NodeJS.ErrnoException).code) ?? ZxStatus.IO;
}

/**
 * Asks the host for something.
 *
 * @throws {@link ZirconiaError} with Node's error as its cause
 */
export async function askHost<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof ZirconiaError) {
      throw error;
    }
    const status = hostStatus(error);
    throw new ZirconiaError(`The host refused: ${statusName(status)}`, status, { cause: error });
  }
}
