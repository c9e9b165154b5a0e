import { statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** A file that the command line leads to. */
export interface InputFile {
  readonly file: string;
  /** Nobody named it: it counts only if it is an ELF file. */
  readonly found: boolean;
  /** Why there is no such file, if that is known already. */
  readonly error?: NodeJS.ErrnoException;
}

/**
 * The files that paths lead to: files themselves, what is in directories, what patterns match.
 * A directory's files come in the order of their names, and then its directories. Links in it are
 * not followed, so that nothing comes twice and nothing runs in circles.
 */
export async function* expandInputs(
  paths: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<InputFile, void, undefined> {
  for await (const path of paths) {
    const kind = kindOf(path);
    if (kind === "directory") {
      yield* walk(path);
    } else if (kind === "missing" && /[*?[{(!]/.test(path)) {
      yield* match(path);
    } else {
      yield { file: path, found: false };
    }
  }
}

function kindOf(path: string): "directory" | "file" | "missing" {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return "missing";
    return stats.isDirectory() ? "directory" : "file";
  } catch {
    // Whoever opens it gets the error.
    return "file";
  }
}

async function* walk(directory: string): AsyncGenerator<InputFile, void, undefined> {
  // A stack, not recursion: depth costs nothing then.
  const stack = [directory];
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    let entries;
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      yield { file: path, found: true, error: error as NodeJS.ErrnoException };
      continue;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const inner: string[] = [];
    for (const entry of entries) {
      const file = join(path, entry.name);
      if (entry.isFile()) yield { file, found: true };
      if (entry.isDirectory()) inner.push(file);
    }
    // The first name is to come off first.
    while (inner.length > 0) stack.push(inner.pop()!);
  }
}

async function* match(pattern: string): AsyncGenerator<InputFile, void, undefined> {
  const { glob } = await import("tinyglobby");
  const files = await glob(pattern, {
    dot: true,
    expandDirectories: false,
    followSymbolicLinks: false,
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

/** The lines of a file that are not empty; `-` is standard input. */
export async function linesOf(file: string): Promise<string[]> {
  const content = file === "-" ? await text(process.stdin) : await readFile(file, "utf8");
  return content.split(/\r?\n/).filter((line) => line !== "");
}
