import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { DISPOSE } from "../base/dispose.js";
import type { DebuggedProcess } from "./debugged-process.js";
import type { Library } from "./libraries.js";

/** Where a program and its libraries are on this computer. */
export interface FilePlaces {
  /** The executable, if it is a file. */
  readonly executable?: string | undefined;
  /** Whether it has a dynamic linker. */
  readonly isDynamic: boolean;
  /** Directories with its libraries. */
  readonly libraries: readonly string[];
}

/** Files that one debugger has open, at most. */
const MAX_OPEN = 64;

/** The files of a program that debuggers read, by the names under which they know them. */
export class ProgramFiles implements Disposable {
  readonly isDynamic: boolean;
  readonly #executable: string | undefined;
  readonly #directories: readonly string[];
  readonly #paths = new Map<string, string>();
  readonly #open = new Set<number>();

  constructor({ executable, isDynamic, libraries }: FilePlaces) {
    this.isDynamic = isDynamic;
    this.#executable = executable === undefined ? undefined : resolve(executable);
    this.#directories = libraries.map((directory) => resolve(directory));
  }

  /** The executable's path; empty for one that is no file. */
  get executable(): string {
    return this.#executable ?? "";
  }

  /** The path of a library, or its name if it is in none of the directories. */
  pathOf(_process: DebuggedProcess, { name }: Library): string {
    return this.#find(name) ?? name;
  }

  /** Opens what a debugger names, if it is the program's. */
  open(name: string): number | undefined {
    const path = this.#pathOf(name);
    if (path === undefined || this.#open.size >= MAX_OPEN) return undefined;
    try {
      const descriptor = openSync(path, "r");
      this.#open.add(descriptor);
      return descriptor;
    } catch {
      return undefined;
    }
  }

  /** Up to so many bytes of a file that is open. */
  read(descriptor: number, length: number, offset: bigint): Uint8Array | undefined {
    if (!this.#open.has(descriptor)) return undefined;
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
  }

  /** How many bytes it has. */
  sizeOf(descriptor: number): number | undefined {
    return this.#open.has(descriptor) ? fstatSync(descriptor).size : undefined;
  }

  /** Closes it: whether it was open. */
  close(descriptor: number): boolean {
    const isOpen = this.#open.delete(descriptor);
    if (isOpen) closeSync(descriptor);
    return isOpen;
  }

  /** Closes all files. */
  [DISPOSE](): void {
    for (const descriptor of this.#open) this.close(descriptor);
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
    if (name === "" || name !== basename(name)) return undefined;
    const path = this.#directories.map((directory) => join(directory, name)).find(existsSync);
    if (path !== undefined) this.#paths.set(name, path);
    return path;
  }
}
