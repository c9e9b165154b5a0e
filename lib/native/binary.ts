import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { type Manifest, readManifest, type SealedBinary } from "./manifest.js";

/** A compiled file is not the one that belongs here: to load or start it could end the process. */
export class WrongBinaryError extends Error {
  static {
    this.prototype.name = "WrongBinaryError";
  }

  readonly code = "ERR_ZIRCONIA_WRONG_BINARY";
  /** The file. */
  readonly path: string;

  /** @param why what is wrong with it, as the end of a sentence */
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${path} ${why}`, options);
    this.path = path;
  }
}

/**
 * Refuses a compiled file that cannot be right, as far as that can be told without reading it: one of
 * a platform's package by its length and version, any other by what its ELF header says of its end.
 *
 * @param version of the package that wants it, if that is known
 * @throws {@link WrongBinaryError} if it is not right, or an error of Node's if it cannot be read.
 */
export function checkBinary(path: string, version?: string): void {
  const { size } = statSync(path);
  const [manifest, sealed] = sealOf(path);
  if (sealed === undefined) {
    const end = elfEnd(path);
    if (size < end) throw new WrongBinaryError(path, `ends after ${size} of ${end} bytes`);
    return;
  }
  if (size !== sealed.size) {
    throw new WrongBinaryError(path, `has ${size} bytes, but ${sealed.size} were published`);
  }
  if (version !== undefined && manifest?.version !== version) {
    throw new WrongBinaryError(path, `is of version ${manifest?.version}, not ${version}`);
  }
}

/**
 * Whether the content of a compiled file is what was published; `undefined` if nothing tells. Reads
 * all of it.
 */
export function isAsPublished(path: string): boolean | undefined {
  const [, sealed] = sealOf(path);
  if (sealed === undefined) return undefined;
  // Seldom needed, and it takes milliseconds to load.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(readFileSync(path)).digest("hex") === sealed.sha256;
}

/** The manifest beside a file, and what it says of the file. */
function sealOf(path: string): [Manifest | undefined, SealedBinary | undefined] {
  const manifest = readManifest(join(dirname(path), "package.json"));
  return [manifest, manifest?.binaries?.[basename(path)]];
}

const ELF64_HEADER_SIZE = 64;
/** The header's beginning: the magic number, 64 bits, little-endian. */
const ELF64_LITTLE = Buffer.from("\x7fELF\x02\x01", "latin1");

/**
 * Where the table of sections ends, behind which linkers put nothing; 0 in a file of another kind, and
 * in one that is too short for a header, which no loader takes.
 */
function elfEnd(path: string): number {
  const header = Buffer.alloc(ELF64_HEADER_SIZE);
  const fd = openSync(path, "r");
  try {
    readSync(fd, header, 0, header.length, 0);
  } finally {
    closeSync(fd);
  }
  if (!header.subarray(0, ELF64_LITTLE.length).equals(ELF64_LITTLE)) return 0;
  const sections = header.readBigUInt64LE(0x28);
  const sectionSize = header.readUInt16LE(0x3a);
  const sectionCount = header.readUInt16LE(0x3c);
  return Number(sections) + sectionSize * sectionCount;
}
