import { basename } from "node:path";

import {
  type Bytes,
  checkBytes,
  checkPath,
  invalidType,
  isBytes,
  isUrl,
} from "../base/validate.js";
import { pathBytes } from "../base/host-path.js";
import { Vmo } from "../handles/vmo.js";
import type { Kernel } from "../kernel/kernel.js";
import type { HostImages } from "../native/host-images.js";
import type { Interrupter } from "../program/interrupter.js";

/** What can be run: a file's path, bytes, or a VMO, which is borrowed. */
export type RunFile = string | URL | Bytes | Vmo;

/** An executable that is still to be had. */
export interface Executable {
  /** The file's path, if it is one. */
  readonly path?: string;
  /**
   * The file's name, or the VMO's.
   *
   * @throws {@link ZxError} for a VMO without GET_PROPERTY
   */
  name(): string;
  /**
   * A VMO of it that belongs to the caller.
   *
   * @throws Node's error if it cannot be read; {@link ZxError} for a VMO without DUPLICATE
   */
  open(kernel: Kernel, interrupter: Interrupter, images?: HostImages): Promise<Vmo>;
}

/** Checks what is to be run. */
export function executableOf(file: unknown): Executable {
  if (file instanceof Vmo) {
    return { name: () => file.getName(), open: async () => file.duplicate() };
  }
  if (isBytes(file)) {
    const bytes = checkBytes("file", file);
    const name = "program";
    return { name: () => name, open: async (kernel) => kernel.vmoFromBytes(bytes, { name }) };
  }
  if (typeof file !== "string" && !isUrl(file)) {
    throw invalidType("file", "a string, a URL, bytes or a Vmo", file);
  }
  const path = checkPath("file", file);
  const name = basename(path);
  return {
    path,
    name: () => name,
    open: (kernel, interrupter, images) =>
      interrupter.before(read(kernel, images, path, interrupter.signal)),
  };
}

/** What is mapped of a file. */
async function read(
  kernel: Kernel,
  images: HostImages | undefined,
  path: string,
  signal: AbortSignal,
): Promise<Vmo> {
  const kept =
    images &&
    (await kernel.vmoFromImages(images, path, {
      name: pathBytes(basename(path)),
      segmentsOnly: true,
    }));
  return kept ?? kernel.vmoFromFile(path, { signal, segmentsOnly: true });
}
