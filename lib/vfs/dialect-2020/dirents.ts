import { encode } from "../../strings.js";
import type { VfsEntry } from "../node.js";

const TYPES = { directory: 4, file: 8, service: 16 } as const;
const UNKNOWN_ID = 2n ** 64n - 1n;
const HEADER_SIZE = 10;

/** A listing of a directory that goes on where it stopped: `.` first, then names by their bytes. */
export class DirentReader {
  /** The name that was listed last, of no bytes for `.`; `undefined` before that. */
  #last: Uint8Array | undefined;

  /** Begins anew. */
  rewind(): void {
    this.#last = undefined;
  }

  /**
   * As many entries as there is room for; `undefined` if there is not even for the next. Each has
   * its id, the length of its name, its type, and its name.
   */
  read(entries: readonly VfsEntry[], room: number): Uint8Array | undefined {
    const dirents: Uint8Array[] = [];
    let left = room;
    for (const { key, dirent } of this.#rest(entries)) {
      if (dirent.length > left) {
        return dirents.length === 0 ? undefined : Buffer.concat(dirents);
      }
      left -= dirent.length;
      dirents.push(dirent);
      this.#last = key;
    }
    return Buffer.concat(dirents);
  }

  *#rest(entries: readonly VfsEntry[]) {
    const last = this.#last ?? new Uint8Array();
    if (this.#last === undefined) {
      yield { key: last, dirent: encodeDirent(encode("."), "directory") };
    }
    const rest = entries
      .map(({ name, kind }) => ({ key: encode(name), kind }))
      .filter(({ key }) => Buffer.compare(key, last) > 0)
      .sort((a, b) => Buffer.compare(a.key, b.key));
    for (const { key, kind } of rest) {
      yield { key, dirent: encodeDirent(key, kind) };
    }
  }
}

function encodeDirent(name: Uint8Array, kind: VfsEntry["kind"]): Uint8Array {
  const dirent = new Uint8Array(HEADER_SIZE + name.length);
  const view = new DataView(dirent.buffer);
  view.setBigUint64(0, UNKNOWN_ID, true);
  view.setUint8(8, name.length);
  view.setUint8(9, TYPES[kind]);
  dirent.set(name, HEADER_SIZE);
  return dirent;
}
