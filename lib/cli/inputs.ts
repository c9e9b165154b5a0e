import { type Dirent, readdir as readdirWithCallback, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { FileSystemAdapter } from "tinyglobby";

import { hostPath, pathText } from "../base/host-path.js";
import { contentOf, inputOf, STDIN } from "./standard-input.js";

/** A file that the command line leads to. */
export interface InputFile {
  readonly file: string;
  /** Nobody named it: it counts only if it is an ELF file. */
  readonly found: boolean;
  /** What it holds, or where that is, if that is not its name. */
  readonly content?: string | Uint8Array;
  /** Why there is no such file, if that is known already. */
  readonly error?: NodeJS.ErrnoException;
}

/** Where the host has a file that is named so. */
type Place = (file: string) => string;

/**
 * What arguments lead to, and what the paths in lists do: files themselves, what is in directories,
 * what patterns match. An argument `-` is standard input; in a list it is a file of that name.
 */
export async function* expandInputs(
  args: readonly string[],
  lists: readonly string[],
  place: Place,
): AsyncGenerator<InputFile, void, undefined> {
  for (const path of args) {
    if (path === STDIN) yield await standardInput();
    else yield* placed(expand(path, place), place);
  }
  for (const path of lists) yield* placed(expand(path, place), place);
}

async function* placed(
  inputs: AsyncIterable<InputFile>,
  place: Place,
): AsyncGenerator<InputFile, void, undefined> {
  for await (const input of inputs) yield { content: place(input.file), ...input };
}

/** The paths in a file that are not empty; `-` is standard input. Each ends with a line, or a NUL. */
export async function pathsIn(file: string, separator: "\n" | "\0"): Promise<string[]> {
  const content = await contentOf(file);
  const paths = [];
  for (let at = 0; at < content.length;) {
    const found = content.indexOf(separator, at);
    const end = found < 0 ? content.length : found;
    const path = pathText(content.subarray(at, end));
    paths.push(separator === "\n" ? path.replace(/\r$/, "") : path);
    at = end + 1;
  }
  return paths.filter((path) => path !== "");
}

async function standardInput(): Promise<InputFile> {
  try {
    return { file: STDIN, found: false, content: await inputOf(STDIN) };
  } catch (error) {
    return { file: STDIN, found: false, error: error as NodeJS.ErrnoException };
  }
}

/**
 * A directory's files come in the order of their names, and then its directories. Links in it are not
 * followed, so that nothing comes twice and nothing runs in circles. What is no regular file in it is
 * passed over.
 */
async function* expand(path: string, place: Place): AsyncGenerator<InputFile, void, undefined> {
  const kind = kindOf(place(path));
  if (kind === "directory") {
    yield* walk(path, place);
  } else if (kind === "missing" && /[*?[{(!]/.test(path)) {
    yield* match(path, place);
  } else {
    yield { file: path, found: false };
  }
}

function kindOf(path: string): "directory" | "file" | "missing" {
  try {
    const stats = statSync(hostPath(path), { throwIfNoEntry: false });
    if (stats === undefined) return "missing";
    return stats.isDirectory() ? "directory" : "file";
  } catch {
    // Whoever opens it gets the error.
    return "file";
  }
}

async function* walk(directory: string, place: Place): AsyncGenerator<InputFile, void, undefined> {
  // A stack, not recursion: depth costs nothing then.
  const stack = [directory];
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    let entries;
    try {
      entries = await readdir(hostPath(place(path)), { withFileTypes: true, encoding: "buffer" });
    } catch (error) {
      yield { file: path, found: true, error: error as NodeJS.ErrnoException };
      continue;
    }
    const inner: string[] = [];
    for (const entry of entries.map(withTextName).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = join(path, entry.name);
      if (entry.isFile()) yield { file, found: true };
      if (entry.isDirectory()) inner.push(file);
    }
    // The first name is to come off first.
    while (inner.length > 0) stack.push(inner.pop()!);
  }
}

/** Names of any bytes, where Node would lose some. */
const FILE_SYSTEM: FileSystemAdapter = {
  readdir: ((path: string, _options: unknown, callback: ReaddirCallback) => {
    readdirWithCallback(
      hostPath(path),
      { withFileTypes: true, encoding: "buffer" },
      (error, entries) => callback(error, entries?.map(withTextName)),
    );
  }) as NonNullable<FileSystemAdapter["readdir"]>,
};

type ReaddirCallback = (error: Error | null, entries: Dirent[] | undefined) => void;

function withTextName(entry: Dirent<Buffer>): Dirent {
  return Object.create(entry, { name: { value: pathText(entry.name) } }) as Dirent;
}

async function* match(pattern: string, place: Place): AsyncGenerator<InputFile, void, undefined> {
  const { glob } = await import("tinyglobby");
  const files = await glob(pattern, {
    cwd: place("."),
    dot: true,
    expandDirectories: false,
    followSymbolicLinks: false,
    fs: FILE_SYSTEM,
  });
  if (files.length === 0) {
    const error = Object.assign(new Error(`ENOENT: no file matches, '${pattern}'`), {
      code: "ENOENT",
      path: pattern,
    });
    yield { file: pattern, found: false, error };
  }
  for (const file of files.sort()) yield { file, found: true };
}
