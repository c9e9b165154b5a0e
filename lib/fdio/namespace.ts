import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { encode } from "../base/strings.js";
import { checkArray, checkOptions, checkString, checkU32 } from "../base/validate.js";
import { Client } from "../fidl/client.js";
import { Directory } from "../fidl/libraries/fuchsia-io.js";
import type { MethodsOf } from "../fidl/protocol.js";
import { Channel } from "../handles/channel.js";
import { moveInto } from "../handles/move.js";
import { checkGiven, checkHandle } from "../handles/take.js";
import type { Context } from "../kernel/context.js";
import { OpenFlags } from "../vfs/dialect-2020/flags.js";
import { CONNECT_MODE, PATH_MAX, WIRE_FORMAT } from "./constants.js";
import { objectForOpened } from "./create.js";
import { MountTree, pathError } from "./mount-tree.js";
import { type FdObject, LocalDirectory } from "./object.js";

type Mount = Client<MethodsOf<typeof Directory>>;

/** An entry of a namespace: a path, and a client end of the directory there. */
export interface ExportedEntry {
  readonly path: string;
  readonly directory: Channel;
}

/**
 * The namespace of a process (sdk/lib/fdio/namespace): directories, each behind a channel, at
 * absolute paths. There is no directory above them but what leads to them.
 */
export class Namespace {
  readonly #context: Context;
  readonly #mounts = new MountTree<Mount>();

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
  }

  /** The paths at which directories are bound, depth first, in the order in which they came. */
  get paths(): string[] {
    return Array.from(this.#mounts.mounts(), ([path]) => path);
  }

  /**
   * `fdio_ns_bind`: binds a directory.
   *
   * @param path absolute; its parts are 1 to 255 bytes, and neither `.` nor `..`
   * @param directory a client end of `fuchsia.io/Directory`, of whatever context. Consumed.
   * @throws {@link ZirconiaError} `BAD_HANDLE`; `INVALID_ARGS` for another path; `NOT_SUPPORTED`
   * below a bound directory, and at `/` if some are bound; `ALREADY_EXISTS` where one is bound, or
   * where some are bound below
   */
  bind(path: string, directory: Channel): void {
    checkString("path", path);
    const channel = moveInto(
      this.#context,
      "directory",
      checkGiven("directory", directory, Channel),
    );
    if (!channel.isValid) {
      throw pathError("bind", path, ZxStatus.BAD_HANDLE);
    }
    const mount = new Client(Directory, channel, { wireFormat: WIRE_FORMAT });
    try {
      this.#mounts.bind(path, mount);
    } catch (error) {
      mount.close();
      throw error;
    }
  }

  /**
   * Binds what a process gets at its start, as it does: of entries that conflict the first counts,
   * and what cannot be bound is closed without a word.
   */
  bindAll(entries: readonly ExportedEntry[]): void {
    const checked = checkArray("entries", entries).map((entry, index) => {
      checkOptions(entry, ["path", "directory"], `entries[${index}]`);
      const { path, directory } = entry as ExportedEntry;
      return {
        path: checkString(`entries[${index}].path`, path),
        directory: checkHandle(`entries[${index}].directory`, directory, Channel),
      };
    });
    for (const { path, directory } of checked) {
      try {
        this.bind(path, directory);
      } catch (error) {
        if (!(error instanceof ZirconiaError)) {
          throw error;
        }
      }
    }
  }

  /**
   * `fdio_ns_unbind`: closes a directory, and forgets the places that only led to it.
   *
   * @throws {@link ZirconiaError} `INVALID_ARGS` as {@link Namespace.bind}; `NOT_SUPPORTED` for `/`;
   * `NOT_FOUND` where none is bound
   */
  unbind(path: string): void {
    this.#mounts.unbind(checkString("path", path)).close();
  }

  /**
   * `fdio_ns_connect`: has `object` served by what is at a path. Whether there is anything shows on
   * the channel only.
   *
   * @param flags of `Directory.Open`
   * @param object a server end of this context. Consumed.
   * @throws {@link ZirconiaError} `NOT_FOUND` for a path that is not absolute or leads to no
   * directory; `BAD_PATH` for an empty part on the way; `NOT_SUPPORTED` on the way to directories;
   * `INVALID_ARGS` for 4,096 bytes and more below one; `PEER_CLOSED` if nobody serves it
   */
  connect(path: string, flags: number, object: Channel): void {
    checkString("path", path);
    checkU32("flags", flags);
    checkHandle("object", object, Channel);
    try {
      const { mounted, rest } = this.#mounts.walk(path);
      if (mounted === undefined) {
        throw pathError("connect to", path, ZxStatus.NOT_SUPPORTED);
      }
      openAt(mounted, rest, flags, object);
    } finally {
      object.close();
    }
  }

  /**
   * `fdio_ns_open`: opens what is at a path, and waits until its server says what it is.
   *
   * @param flags of `Directory.Open`, to which DESCRIBE is added
   * @returns on the way to directories: what there is
   * @throws {@link ZirconiaError} as {@link Namespace.connect}; `ALREADY_EXISTS` for CREATE where a
   * directory is bound; as the server says
   */
  async open(path: string, flags: number): Promise<FdObject> {
    checkString("path", path);
    checkU32("flags", flags);
    const { mounted, rest, names } = this.#mounts.walk(path);
    if (mounted === undefined) {
      return new LocalDirectory(names);
    }
    if (rest === "." && (flags & OpenFlags.CREATE) !== 0) {
      throw pathError("create", path, ZxStatus.ALREADY_EXISTS);
    }
    const [node, object] = this.#context.createChannel();
    try {
      openAt(mounted, rest, flags | OpenFlags.DESCRIBE, object);
    } catch (error) {
      node.close();
      object.close();
      throw error;
    }
    return objectForOpened(node);
  }

  /**
   * `fdio_ns_export`: all entries, each with a new connection to its directory, by `Node.Clone`,
   * which belongs to the caller. Whether it is served shows on the channel only.
   *
   * @throws {@link ZirconiaError} `PEER_CLOSED` if one of them is served no more; nothing is left then
   */
  export(): ExportedEntry[] {
    const entries: ExportedEntry[] = [];
    try {
      for (const [path, mount] of this.#mounts.mounts()) {
        const [directory, object] = this.#context.createChannel();
        entries.push({ path, directory });
        mount.proxy.clone({ flags: OpenFlags.CLONE_SAME_RIGHTS, object });
      }
      return entries;
    } catch (error) {
      entries.forEach(({ directory }) => directory.close());
      throw error;
    }
  }
}

function openAt(mount: Mount, path: string, flags: number, object: Channel): void {
  if (encode(path).length >= PATH_MAX) {
    throw pathError("open", path, ZxStatus.INVALID_ARGS);
  }
  mount.proxy.open({ flags, mode: CONNECT_MODE, path, object });
}
