import { type BigIntStats, promises } from "node:fs";

import { hostPath } from "../base/host-path.js";

/** How far apart two changes are, at most, that show the same time on some file system. */
const TIME_STEP_MS = 2_000;

interface KeptFile {
  readonly stats: BigIntStats;
  readonly bytes: Uint8Array;
}

/** Reads files of the host, and none again that has not changed. */
export class FileCache {
  readonly #capacity: number;
  readonly #now: () => number;
  /** By path, those first that were read first. */
  readonly #files = new Map<string, KeptFile>();
  #size = 0;

  /**
   * @param capacity bytes that are kept, at most
   * @param now the time of the file systems' clock, in milliseconds
   */
  constructor(capacity = 64 << 20, now = Date.now) {
    this.#capacity = capacity;
    this.#now = now;
  }

  /**
   * What a file holds now, not to be changed; `undefined` for what is no regular file, which might
   * have no end. Rejects with errors of Node's.
   */
  async read(path: string): Promise<Uint8Array | undefined> {
    // Before it is read: what changes meanwhile will show.
    const stats = await promises.stat(hostPath(path), { bigint: true });
    if (!stats.isFile()) {
      return undefined;
    }
    const known = this.#files.get(path);
    if (known !== undefined && isSame(known.stats, stats)) {
      return known.bytes;
    }
    const bytes = await promises.readFile(hostPath(path));
    this.#forget(path);
    // What changed just now may change again without a sign.
    if (this.#now() - lastChange(stats) > TIME_STEP_MS) {
      this.#keep(path, { stats, bytes });
    }
    return bytes;
  }

  #keep(path: string, file: KeptFile): void {
    this.#files.set(path, file);
    this.#size += file.bytes.length;
    for (const oldest of this.#files.keys()) {
      if (this.#size <= this.#capacity) break;
      this.#forget(oldest);
    }
  }

  #forget(path: string): void {
    this.#size -= this.#files.get(path)?.bytes.length ?? 0;
    this.#files.delete(path);
  }
}

/** Whether nothing has changed between. */
function isSame(before: BigIntStats, after: BigIntStats): boolean {
  return (["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const).every(
    (field) => before[field] === after[field],
  );
}

/** When a file has changed, in milliseconds. */
function lastChange({ mtimeMs, ctimeMs }: BigIntStats): number {
  return Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs);
}
