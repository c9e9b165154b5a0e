import { constants } from "node:buffer";
import { constants as flags, open as openWithCallback, promises, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { getSystemErrorName, promisify } from "node:util";
import { isNativeError } from "node:util/types";

import type { NativeFileError } from "../../native.cjs";
import { abortError } from "../base/errors.js";
import { hostPath, pathBytes } from "../base/host-path.js";

/** Bytes that are read at a time of what has no size. */
const CHUNK = 1 << 16;
/** Bytes that one read takes, at most. */
const MAX_READ = 1 << 30;

const openDescriptor = promisify(openWithCallback);

/** How much of a file is read, and until when. */
export interface ReadOptions {
  /** Bytes that are read, if there are more. */
  readonly most?: number | undefined;
  /** Ends it, also where nobody writes to a pipe. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does something with a file: the binding by its path if it is a regular file, so that no more of it
 * is read than is needed; else with what it holds.
 *
 * @throws as {@link readHostFile}
 */
export async function withHostFile<T>(
  path: string,
  byPath: (path: Uint8Array) => T | Promise<T | NativeFileError | null>,
  withBytes: (bytes: Uint8Array) => T,
  options?: ReadOptions,
): Promise<T> {
  const result = await byPath(pathBytes(path));
  if (result === null) return withBytes(await readHostFile(path, options));
  if (isFileError(result)) throw systemError(path, result);
  return result;
}

/**
 * What a file holds. A pipe or FIFO is waited for, and read to its end.
 *
 * @throws as `node:fs` does: `EISDIR` for directories; `EINVAL` for devices, which may have no end,
 * and sockets; `EFBIG` for more than a buffer holds; an AbortError
 */
export async function readHostFile(path: string, options: ReadOptions = {}): Promise<Buffer> {
  const { most = Infinity, signal } = options;
  const where = hostPath(path);
  try {
    // Before it is opened, which means something to some devices.
    const kind = await promises.stat(where);
    checkKind(path, kind);
    if (signal?.aborted) throw abortError(signal.reason);
    if (kind.isFIFO() && process.platform === "linux") {
      return await joined(path, await openPipe(where, signal), most);
    }
    const handle = await promises.open(where);
    try {
      const stats = await handle.stat();
      checkKind(path, stats);
      // Files that the system makes up have no size either.
      return stats.isFile() && stats.size > 0
        ? await readSized(path, handle, Math.min(stats.size, most))
        : await joined(path, readChunks(handle), most);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw namedAsGiven(error, path);
  }
}

/**
 * All bytes that come, or the first of them.
 *
 * @throws `EFBIG` for more than a buffer holds
 */
export async function joined(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  most = Infinity,
): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    kept.push(chunk);
    size += chunk.length;
    if (size >= most) break;
    checkSize(path, size);
  }
  return Buffer.concat(kept, Math.min(size, most));
}

/** An error as those of `node:fs`. */
export function fileError(path: string, code: string, reason: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${reason}, '${path}'`), { code, path });
}

/**
 * Checks that something can be read to its end.
 *
 * @throws see {@link readHostFile}
 */
export function checkKind(path: string, stats: Stats): void {
  if (stats.isDirectory()) {
    throw fileError(path, "EISDIR", "illegal operation on a directory");
  }
  if (stats.isCharacterDevice()) {
    throw fileError(path, "EINVAL", "a character device, which may have no end");
  }
  if (stats.isBlockDevice()) {
    throw fileError(path, "EINVAL", "a block device");
  }
  if (stats.isSocket()) {
    throw fileError(path, "EINVAL", "a socket");
  }
}

function checkSize(path: string, size: number): void {
  if (size > constants.MAX_LENGTH) throw fileError(path, "EFBIG", "more than a buffer holds");
}

async function readSized(path: string, handle: FileHandle, size: number): Promise<Buffer> {
  checkSize(path, size);
  const buffer = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const room = Math.min(size - length, MAX_READ);
    const { bytesRead } = await handle.read(buffer, length, room, length);
    // It has become shorter.
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/**
 * What comes out of a pipe. To open it as other files are opened would be to wait for a writer, on a
 * thread that nothing gets back; other systems than Linux take it for ended until there is one.
 */
async function openPipe(path: string | Buffer, signal: AbortSignal | undefined) {
  // Loaded for those few that read one.
  const { Socket } = await import("node:net");
  const fd = await openDescriptor(path, flags.O_RDONLY | flags.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  // Node's own option is for signals of its own.
  const abort = () => socket.destroy(abortError(signal?.reason));
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return socket.once("close", () => signal?.removeEventListener("abort", abort));
}

/** From where the last read ended. */
async function* readChunks(handle: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function isFileError(result: unknown): result is NativeFileError {
  return typeof result === "object" && result !== null && "errno" in result;
}

/** The error that Node would have made of it. */
function systemError(path: string, { errno, code, message }: NativeFileError) {
  // Windows numbers its errors otherwise.
  const isPosix = process.platform !== "win32" && errno !== 0;
  const name = isPosix ? getSystemErrorName(-errno) : code;
  const error = fileError(path, name, message.replace(/ \(os error \d+\)$/, ""));
  return Object.assign(error, isPosix ? { errno: -errno } : {});
}

/** Node makes text of paths in its own way, which loses bytes. */
function namedAsGiven(error: unknown, path: string): unknown {
  const where = hostPath(path);
  if (typeof where !== "string" && isNativeError(error)) {
    error.message = error.message.replace(`'${where.toString()}'`, () => `'${path}'`);
    Object.assign(error, { path });
  }
  return error;
}
