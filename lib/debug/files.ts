import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { DISPOSE } from "../base/dispose.js";
import type { DebuggedProcess } from "./debugged-process.js";
import { interpreterOf } from "./image.js";
import { executableOf, librariesOf, type Library } from "./libraries.js";
import { mapsText } from "./maps-text.js";

/** Where Fuchsia has its vDSO as a file. */
const VDSO = "/boot/kernel/vdso/stable";

/** Files that one debugger has open, at most. */
const MAX_OPEN = 64;

/** Bytes by which files are told apart: headers, and the build ID behind them. */
const COMPARED = 1024;

/** Where a header tells of sections, which files without symbols have others of, or none. */
const SECTIONS = [
  [40, 48],
  [58, 64],
] as const;

/** Bytes of the vDSO, at most. */
const MAX_VDSO = 1n << 20n;

/** Where a program and its libraries are on this computer. */
export interface FilePlaces {
  /** The executable, if it is a file. */
  readonly executable?: string | undefined;
  /** Directories with its libraries. */
  readonly libraries: readonly string[];
}

/** A file that is open. */
interface OpenFile extends Disposable {
  readonly size: number;
  /** Up to so many bytes; nothing if they cannot be read. */
  read(length: number, offset: bigint): Uint8Array | undefined;
}

/** The files of a program that debuggers read, by the names under which they know them. */
export class ProgramFiles implements Disposable {
  readonly #program: bigint;
  readonly #executable: string | undefined;
  readonly #directories: readonly string[];
  /** Paths of what debuggers have been told of, by the names. */
  readonly #paths = new Map<string, string>();
  readonly #open = new Map<number, OpenFile>();
  #last = 0;

  /** @param program the koid of the process whose executable that is */
  constructor({ executable, libraries }: FilePlaces, program: bigint) {
    this.#program = program;
    this.#executable = executable === undefined ? undefined : resolve(executable);
    const own = this.#executable === undefined ? [] : [dirname(this.#executable)];
    this.#directories = [...libraries.map((directory) => resolve(directory)), ...own];
  }

  /** The path of a process's executable: of one that runs another than the program's, a file of its name. */
  executableOf(process: DebuggedProcess): string | undefined {
    const own = process.koid === this.#program ? this.#executable : undefined;
    if (own !== undefined && isFileOf(process, own)) return own;
    const name = process.process.getName();
    const path = this.#find(name);
    if (path === undefined || !isFileOf(process, path)) return undefined;
    this.#paths.set(name, path);
    return path;
  }

  /** The path of a library, or its name if it is in none of the directories. */
  pathOf({ process }: DebuggedProcess, { name, bias }: Library): string {
    return bias === process.getVdsoBase() ? VDSO : (this.#tell(name) ?? name);
  }

  /** Opens what a debugger names, if it is the program's. */
  open(name: string, processes: Iterable<DebuggedProcess>): number | undefined {
    const file = this.#open.size < MAX_OPEN ? this.#fileOf(name, processes) : undefined;
    if (file === undefined) return undefined;
    this.#open.set(++this.#last, file);
    return this.#last;
  }

  /** Up to so many bytes of a file that is open. */
  read(descriptor: number, length: number, offset: bigint): Uint8Array | undefined {
    return this.#open.get(descriptor)?.read(length, offset);
  }

  /** How many bytes it has. */
  sizeOf(descriptor: number): number | undefined {
    return this.#open.get(descriptor)?.size;
  }

  /** Closes it: whether it was open. */
  close(descriptor: number): boolean {
    this.#open.get(descriptor)?.[DISPOSE]();
    return this.#open.delete(descriptor);
  }

  /** Closes all files. */
  [DISPOSE](): void {
    for (const descriptor of this.#open.keys()) this.close(descriptor);
  }

  #fileOf(name: string, processes: Iterable<DebuggedProcess>): OpenFile | undefined {
    if (name === VDSO) {
      for (const process of processes) return memoryFile(vdsoOf(process));
    }
    // Where Linux has a process's address space.
    const [, koid] = /^\/proc\/(\d+)\/(?:task\/\d+\/)?maps$/.exec(name) ?? [];
    if (koid === undefined) {
      const path = this.#pathOf(name, processes);
      return path === undefined ? undefined : hostFile(path);
    }
    for (const process of processes) {
      if (process.koid === BigInt(koid)) return memoryFile(Buffer.from(mapsText(process.process)));
    }
    return undefined;
  }

  #pathOf(name: string, processes: Iterable<DebuggedProcess>): string | undefined {
    if (name === this.#executable) return name;
    for (const path of this.#paths.values()) if (path === name) return path;
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    for (const process of processes) if (isNamedBy(process, name)) return this.#tell(name);
    return undefined;
  }

  /** Finds a file of which a debugger is told, and which it may read from now on. */
  #tell(name: string): string | undefined {
    const path = this.#paths.get(name) ?? this.#find(name);
    if (path !== undefined) this.#paths.set(name, path);
    return path;
  }

  #find(name: string): string | undefined {
    // A name is one of a file in these directories, and leads nowhere else.
    if (name !== basename(name)) return undefined;
    return this.#directories.map((directory) => join(directory, name)).find(isFile);
  }
}

/** Whether a process has a library of a name, or its executable asks for a linker of it. */
function isNamedBy(process: DebuggedProcess, name: string): boolean {
  if (process.hasEnded) return false;
  if (librariesOf(process).some((library) => library.name === name)) return true;
  // A debugger finds the linker's name in the executable.
  const image = executableOf(process);
  const linker = image && interpreterOf(process, image);
  return linker !== undefined && basename(linker) === name;
}

/** Whether a process's executable begins as a file does. */
function isFileOf(process: DebuggedProcess, path: string): boolean {
  const image = executableOf(process);
  const file = image && hostFile(path);
  if (image === undefined || file === undefined) return false;
  try {
    const begin = file.read(COMPARED, 0n);
    if (begin === undefined) return false;
    const mapped = process.memory.read(image.bias, begin.length);
    return Buffer.compare(withoutSections(begin), withoutSections(mapped)) === 0;
  } finally {
    file[DISPOSE]();
  }
}

function withoutSections(begin: Uint8Array): Uint8Array {
  const rest = begin.slice();
  for (const [from, to] of SECTIONS) rest.fill(0, from, to);
  return rest;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function hostFile(path: string): OpenFile | undefined {
  let descriptor: number | undefined;
  try {
    // A pipe would wait for its other end.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (status.isFile()) return openFile(descriptor, status.size);
  } catch {
    // It is not for us.
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}

function openFile(descriptor: number, size: number): OpenFile {
  return {
    size,
    read: (length, offset) => {
      const bytes = new Uint8Array(length);
      try {
        return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
      } catch {
        return undefined;
      }
    },
    [DISPOSE]: () => closeSync(descriptor),
  };
}

/** The file that the vDSO is mapped from. */
function vdsoOf({ memory, process }: DebuggedProcess): Uint8Array {
  const base = process.getVdsoBase();
  const mappings = process.maps().filter((mapping) => mapping.type === "mapping");
  const vmo = mappings.find((mapping) => mapping.base === base)?.vmo;
  let end = base;
  // The program may have it elsewhere, too.
  for (const mapping of mappings) {
    if (mapping.vmo === vmo && mapping.base === end) end += mapping.size;
  }
  const size = end - base;
  return memory.read(base, Number(size < MAX_VDSO ? size : MAX_VDSO));
}

function memoryFile(bytes: Uint8Array): OpenFile {
  return {
    size: bytes.length,
    read: (length, offset) => {
      const from = Number(offset);
      return bytes.subarray(from, from + length);
    },
    [DISPOSE]: () => {},
  };
}
