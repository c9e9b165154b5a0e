import { check, ProcessBuilderError } from "../base/errors.js";
import { statusName, ZxStatus } from "../base/status.js";
import { checkU64, invalidType } from "../base/validate.js";
import { Client } from "../fidl/client.js";
import { FidlError } from "../fidl/errors.js";
import { Loader } from "../fidl/libraries/fuchsia-ldsvc.js";
import { Channel } from "../handles/channel.js";
import { checkHandle } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import type { Elf64ProgramHeader } from "./elf-headers.js";

/** How long a loader service may take, on the kernel's clock. */
const TIMEOUT_MS = 30_000;

/**
 * Asks a loader service for the dynamic linker that an executable's PT_INTERP names
 * (src/lib/process_builder, `get_dynamic_linker`). Channel and executable are borrowed, and of one
 * context; nothing is in flight on the channel afterwards unless this fails.
 *
 * @throws {@link ProcessBuilderError} `GenericStatus` if PT_INTERP cannot be read;
 * `InvalidInterpHeader` if it names nothing; then as the loader service answers: see
 * {@link ProcessBuilder.build}
 */
export async function getDynamicLinker(
  loader: Channel,
  executable: Vmo,
  interp: Pick<Elf64ProgramHeader, "offset" | "filesz">,
): Promise<Vmo> {
  checkHandle("loader", loader, Channel);
  const { context, value } = checkHandle("executable", executable, Vmo);
  if (typeof interp !== "object" || interp === null) {
    throw invalidType("interp", "an object", interp);
  }
  const { offset, filesz } = interp;
  checkU64("interp.offset", offset);
  checkU64("interp.filesz", filesz);
  const name = check(context.native.interpreterName(context.id, value, offset, filesz));
  return loadDynamicLinker(loader, name);
}

/**
 * Asks a loader service for a dynamic linker by its name.
 *
 * @throws {@link ProcessBuilderError} `LoadDynamicLinker` if the service cannot be asked or answers
 * nonsense; `LoadDynamicLinkerTimeout` after 30 seconds; `GenericStatus` for its error
 */
export async function loadDynamicLinker(
  loader: Channel,
  name: string,
  signal?: AbortSignal,
): Promise<Vmo> {
  const { rv, object } = await call(loader, name, signal);
  if (rv !== ZxStatus.OK) {
    object?.close();
    throw generic("Failed to load dynamic linker from fuchsia.ldsvc.Loader", rv);
  }
  if (object === undefined) {
    throw generic("load_object status was OK but no VMO", ZxStatus.INTERNAL);
  }
  return object;
}

async function call(loader: Channel, objectName: string, signal: AbortSignal | undefined) {
  try {
    return await new Client(Loader, loader).proxy.loadObject(
      { objectName },
      { timeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
    );
  } catch (error) {
    if (!(error instanceof FidlError)) throw error;
    if (error.kind === "Timeout") {
      throw new ProcessBuilderError(
        "LoadDynamicLinkerTimeout",
        "Timed out loading dynamic linker from fuchsia.ldsvc.Loader",
        error.status,
        { cause: error },
      );
    }
    throw loadFailed(error.message, error);
  }
}

function loadFailed(reason: string, cause: unknown): ProcessBuilderError {
  return new ProcessBuilderError(
    "LoadDynamicLinker",
    `Failed to load dynamic linker from fuchsia.ldsvc.Loader: ${reason}`,
    ZxStatus.NOT_FOUND,
    { cause },
  );
}

function generic(text: string, status: number): ProcessBuilderError {
  return new ProcessBuilderError("GenericStatus", `${text}: ${statusName(status)}`, status);
}
