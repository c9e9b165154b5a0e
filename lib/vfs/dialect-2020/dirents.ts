import { encode } from "../../base/strings.js";
import type { DirectoryNode, VfsEntry } from "../node.js";
import { isName } from "../path.js";

const TYPES = { directory: 4, file: 8, service: 16 } as const;
const UNKNOWN_ID = 2n ** 64n - 1n;
const NAME_LENGTH = 8;
const TYPE = 9;
const HEADER_SIZE = 10;

const NOTHING = new Uint8Array();

/**
 * A listing of a directory as it was when the listing was begun, so that going on costs nothing
 * however long it is.
 */
export class DirentReader {
  /** What is still to be read; `undefined` before the first read. */
  #rest: Uint8Array | undefined;

  /** Begins anew. */
  rewind(): void {
    this.#rest = undefined;
  }

  /** As many entries as there is room for; `undefined` if there is not even for the next. */
  async read(directory: DirectoryNode, room: number): Promise<Uint8Array | undefined> {
    const rest = (this.#rest ??= listDirents(await directory.entries()));
    let size = 0;
    while (size < rest.length && size + sizeAt(rest, size) <= room) {
      size += sizeAt(rest, size);
    }
    if (size === 0 && rest.length > 0) {
      return undefined;
    }
    this.#rest = size === rest.length ? NOTHING : rest.subarray(size);
    return rest.subarray(0, size);
  }
}

/** An entry as messages have it. */
interface Encoded {
  readonly name: Uint8Array;
  readonly kind: VfsEntry["kind"];
  readonly id: bigint;
}

/** How long the entry is that begins here. */
function sizeAt(listing: Uint8Array, at: number): number {
  return HEADER_SIZE + listing[at + NAME_LENGTH]!;
}

/** All entries, one after another: `.` first, then names in the order of their bytes. */
function listDirents(entries: readonly VfsEntry[]): Uint8Array {
  const named = entries
    .filter(({ name }) => isName(name))
    .map(({ name, kind, id = UNKNOWN_ID }) => ({ name: encode(name), kind, id }))
    .sort((a, b) => Buffer.compare(a.name, b.name));
  const here = { name: encode("."), kind: "directory" as const, id: UNKNOWN_ID };
  return Buffer.concat([here, ...named].map(encodeDirent));
}

/** An entry: its id, the length of its name, its type, and its name. */
function encodeDirent({ name, kind, id }: Encoded): Uint8Array {
  const dirent = Buffer.allocUnsafe(HEADER_SIZE + name.length);
  dirent.writeBigUInt64LE(id);
  dirent.writeUInt8(name.length, NAME_LENGTH);
  dirent.writeUInt8(TYPES[kind], TYPE);
  dirent.set(name, HEADER_SIZE);
  return dirent;
}
