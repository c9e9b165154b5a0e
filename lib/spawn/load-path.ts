import { posix } from "node:path";

import type { Context } from "../context.js";
import { EXECUTABLE_FLAGS, PATH_MAX } from "../fdio/constants.js";
import { ZirconiaError } from "../errors.js";
import type { FdObject } from "../fdio/object.js";
import type { Vmo } from "../handles/vmo.js";
import { ZxStatus } from "../status.js";
import { encode, NAME_SIZE } from "../strings.js";
import type { Generation } from "./generation.js";
import { SpawnError, step } from "./spawn-error.js";

/**
 * Loads an executable from the namespace of a context: opens the file, and has its content as a VMO
 * that can be executed and is named after it.
 *
 * @param statuses what failing to open the file, and to get the VMO, is to be called; by default
 * what the namespace or the file's server says
 * @throws {@link SpawnError} `INVALID_ARGS` for no path, and for 4,096 bytes and more; `NOT_FOUND`
 * for a path that is not absolute
 */
export async function loadPath(
  context: Context,
  path: string | null,
  { cleansPaths }: Generation,
  statuses: { open?: number; vmo?: number } = {},
): Promise<Vmo> {
  if (path === null) {
    throw new SpawnError(ZxStatus.INVALID_ARGS);
  }
  const about = `cannot load ${path}`;
  const open = () => {
    if (encode(path).length >= PATH_MAX) {
      throw new ZirconiaError("The path is too long", ZxStatus.INVALID_ARGS);
    }
    const clean = cleansPaths ? posix.normalize(path) : path;
    return context.environment.namespace.open(clean, EXECUTABLE_FLAGS);
  };
  const file = await step(`${about}: cannot open it`, open, statuses.open);
  const what = `${about}: cannot get its executable VMO`;
  const vmo = await step(what, () => executableOf(file), statuses.vmo);
  try {
    await step(`${about}: cannot name its VMO`, () => vmo.setName(vmoName(path)));
    return vmo;
  } catch (error) {
    vmo.close();
    throw error;
  }
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
