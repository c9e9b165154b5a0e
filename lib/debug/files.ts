import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { DISPOSE } from "../base/dispose.js";
import type { DebuggedProcess } from "./debugged-process.js";
import { executableOf, type Library } from "./libraries.js";
import { mapsText } from "./maps-text.js";

/** Where Fuchsia has its vDSO as a file. */
const VDSO = "/boot/kernel/vdso/stable";

/** Files that one debugger has open, at most. */
const MAX_OPEN = 64;

/** Bytes by which files are told apart: headers, and the build ID behind them. */
const COMPARED = 1024;

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
  read(length: number, offset: bigint): Uint8Array;
}

/** The files of a program that debuggers read, by the names under which they know them. */
export class ProgramFiles implements Disposable {
  readonly #program: bigint;
  readonly #executable: string | undefined;
  readonly #directories: readonly string[];
  /** Paths of libraries, by their names. */
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

  /** The path of a process's executable: of one that has been followed, a file of its name. */
  executableOf(process: DebuggedProcess): string | undefined {
    if (process.koid === this.#program) return this.#executable;
    const path = this.#find(process.process.getName());
    return path !== undefined && isFileOf(process, path) ? path : undefined;
  }

  /** The path of a library, or its name if it is in none of the directories. */
  pathOf({ process }: DebuggedProcess, { name, bias }: Library): string {
    return bias === process.getVdsoBase() ? VDSO : (this.#find(name) ?? name);
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
      const path = this.#pathOf(name);
      return path === undefined ? undefined : hostFile(path);
    }
    for (const process of processes) {
      if (process.koid === BigInt(koid)) return memoryFile(Buffer.from(mapsText(process.process)));
    }
    return undefined;
  }

  #pathOf(name: string): string | undefined {
    if (name === this.#executable) return name;
    for (const path of this.#paths.values()) if (path === name) return path;
    // A debugger finds the linker's name in the executable.
    return this.#find(name);
  }

  #find(name: string): string | undefined {
    const known = this.#paths.get(name);
    if (known !== undefined) return known;
    // A name is one of a file in these directories, and leads nowhere else.
    if (name === "" || name === ".." || name !== basename(name)) return undefined;
    const path = this.#directories.map((directory) => join(directory, name)).find(existsSync);
    if (path !== undefined) this.#paths.set(name, path);
    return path;
  }
}

/** Whether a process's executable begins as a file does. */
function isFileOf(process: DebuggedProcess, path: string): boolean {
  const image = executableOf(process);
  const file = image && hostFile(path);
  if (image === undefined || file === undefined) return false;
  try {
    const begin = file.read(COMPARED, 0n);
    return Buffer.compare(begin, process.memory.read(image.bias, begin.length)) === 0;
  } finally {
    file[DISPOSE]();
  }
}

function hostFile(path: string): OpenFile | undefined {
  try {
    const descriptor = openSync(path, "r");
    return {
      size: fstatSync(descriptor).size,
      read: (length, offset) => {
        const bytes = new Uint8Array(length);
        return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
      },
      [DISPOSE]: () => closeSync(descriptor),
    };
  } catch {
    return undefined;
  }
}

/** The file that the vDSO is mapped from. */
function vdsoOf({ memory, process }: DebuggedProcess): Uint8Array {
  const base = process.getVdsoBase();
  const mappings = process.maps().filter((mapping) => mapping.type === "mapping");
  const vmo = mappings.find((mapping) => mapping.base === base)?.vmo;
  const parts = mappings.filter((mapping) => mapping.vmo === vmo);
  const end = parts.reduce(
    (last, { base: from, size }) => (from + size > last ? from + size : last),
    base,
  );
  return memory.read(base, Number(end - base));
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
