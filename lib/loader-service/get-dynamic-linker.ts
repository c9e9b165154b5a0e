import type { Elf64ProgramHeader } from "../elf-headers.js";
import { check, ProcessBuilderError, ZxError } from "../errors.js";
import { Channel, type ChannelMessage } from "../handles/channel.js";
import { checkHandle } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import { Signals } from "../signals.js";
import { statusName, ZxStatus } from "../status.js";
import { encode } from "../strings.js";
import { checkU64 } from "../validate.js";
import { decodeResponse, encodeRequest, LoaderMessageError, MAX_OBJECT_NAME } from "./messages.js";

/** How long a loader service may take, on the kernel's clock. */
const TIMEOUT_NS = 30_000_000_000n;

/** Nothing else is in flight on the channel while a process is built. */
const TXID = 1;

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
export async function loadDynamicLinker(loader: Channel, name: string): Promise<Vmo> {
  const bytes = encode(name);
  if (bytes.length > MAX_OBJECT_NAME) {
    throw loadFailed(`object_name is longer than ${MAX_OBJECT_NAME} bytes`);
  }
  const reply = await call(loader, encodeRequest(TXID, bytes));
  const object = reply.handles[0];
  let status: number;
  try {
    ({ status } = decodeResponse(reply.bytes, TXID, reply.handles.length));
    if (object !== undefined && !(object instanceof Vmo)) {
      throw new LoaderMessageError("object is no VMO");
    }
  } catch (error) {
    reply.handles.forEach((handle) => handle.close());
    if (error instanceof LoaderMessageError) throw loadFailed(error.message, error);
    throw error;
  }
  if (status !== ZxStatus.OK) {
    object?.close();
    throw generic("Failed to load dynamic linker from fuchsia.ldsvc.Loader", status);
  }
  if (object === undefined) {
    throw generic("load_object status was OK but no VMO", ZxStatus.INTERNAL);
  }
  return object as Vmo;
}

async function call(loader: Channel, request: Uint8Array): Promise<ChannelMessage> {
  try {
    loader.write(request);
    const deadline = loader.kernel.now() + TIMEOUT_NS;
    await loader.waitOne(Signals.READABLE | Signals.PEER_CLOSED, { deadline });
    return loader.read();
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
    if (error.status === ZxStatus.TIMED_OUT) {
      throw new ProcessBuilderError(
        "LoadDynamicLinkerTimeout",
        "Timed out loading dynamic linker from fuchsia.ldsvc.Loader",
        ZxStatus.TIMED_OUT,
        { cause: error },
      );
    }
    const closed = error.status === ZxStatus.PEER_CLOSED;
    const what = closed
      ? "A FIDL client's channel to the protocol (anonymous) Loader was closed"
      : "A FIDL client's channel to the protocol (anonymous) Loader failed";
    throw loadFailed(`${what}: ${statusName(error.status)}`, error);
  }
}

function loadFailed(reason: string, cause?: unknown): ProcessBuilderError {
  return new ProcessBuilderError(
    "LoadDynamicLinker",
    `Failed to load dynamic linker from fuchsia.ldsvc.Loader: ${reason}`,
    ZxStatus.NOT_FOUND,
    cause === undefined ? undefined : { cause },
  );
}

function generic(text: string, status: number): ProcessBuilderError {
  return new ProcessBuilderError("GenericStatus", `${text}: ${statusName(status)}`, status);
}
