import { posix } from "node:path";

import { statusOf, ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { encode, NAME_SIZE } from "../base/strings.js";
import { EXECUTABLE_FLAGS, PATH_MAX } from "../fdio/constants.js";
import type { FdObject } from "../fdio/object.js";
import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { OpenFlags } from "../vfs/dialect-2020/flags.js";
import type { Generation } from "./generation.js";
import { failure, refused, step } from "./spawn-error.js";

const { BAD_HANDLE, NOT_FOUND } = ZxStatus;

/**
 * Loads an executable from the namespace of a context: opens the file, and has its content as a VMO
 * that can be executed and is named after it.
 *
 * @param isDocumented whether it fails as documented: with `NOT_FOUND` for what cannot be opened, and
 * `BAD_HANDLE` for what can, but not be had as an executable VMO; by default with what the namespace
 * or the file's server says
 * @throws {@link SpawnError} `INVALID_ARGS` for no path, and for 4,096 bytes and more; `NOT_FOUND`
 * for a path that is not absolute
 */
export async function loadPath(
  context: Context,
  path: string | null,
  { cleansPaths }: Generation,
  isDocumented = false,
): Promise<Vmo> {
  if (path === null) {
    throw refused(ZxStatus.INVALID_ARGS, "the path is null");
  }
  const about = `cannot load ${path}`;
  const open = (flags: number) => {
    if (encode(path).length >= PATH_MAX) {
      throw new ZirconiaError("The path is too long", ZxStatus.INVALID_ARGS);
    }
    const clean = cleansPaths ? posix.normalize(path) : path;
    return context.environment.namespace.open(clean, flags);
  };
  let file: FdObject;
  try {
    file = await open(EXECUTABLE_FLAGS);
  } catch (error) {
    const status = isDocumented ? await documentedStatus(error, open) : undefined;
    throw failure(`${about}: cannot open it`, error, status);
  }
  const what = `${about}: cannot get its executable VMO`;
  const vmo = await step(what, () => executableOf(file), isDocumented ? BAD_HANDLE : undefined);
  try {
    await step(`${about}: cannot name its VMO`, () => vmo.setName(vmoName(path)));
    return vmo;
  } catch (error) {
    vmo.close();
    throw error;
  }
}

/** What failing to open an executable is: another thing if it can be opened to be read. */
async function documentedStatus(
  error: unknown,
  open: (flags: number) => Promise<FdObject>,
): Promise<number> {
  if (statusOf(error) !== NOT_FOUND) {
    try {
      await (await open(OpenFlags.READABLE)).close();
      return BAD_HANDLE;
    } catch {
      // It is as good as not there.
    }
  }
  return NOT_FOUND;
}

async function executableOf(file: FdObject): Promise<Vmo> {
  try {
    return await file.getVmoExec();
  } finally {
    await file.close();
  }
}

/** The path if it fits, or else its last part. */
function vmoName(path: string): string {
  return encode(path).length < NAME_SIZE ? path : path.slice(path.lastIndexOf("/") + 1);
}
