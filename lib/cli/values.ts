import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";

import { InvalidArgumentError } from "commander";

import type { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { MountTree } from "../fdio/mount-tree.js";
import { isName } from "../vfs/path.js";

/**
 * Collects the `KEY=VALUE` of an option that may be given again, or the host's own `KEY`, if there is
 * one. The last value of a key counts, in the place of the first, as in a shell.
 */
export function collectVariable(value: string, previous: readonly string[]): string[] {
  if (value === "" || value.startsWith("=")) {
    throw new InvalidArgumentError("It is KEY, or KEY=VALUE.");
  }
  const end = value.indexOf("=");
  if (end < 0) {
    const inherited = process.env[value];
    return inherited === undefined
      ? [...previous]
      : collectVariable(`${value}=${inherited}`, previous);
  }
  const key = value.slice(0, end + 1);
  return previous.some((variable) => variable.startsWith(key))
    ? previous.map((variable) => (variable.startsWith(key) ? value : variable))
    : [...previous, value];
}

/** Collects the variables of a file, as Node's `--env-file` reads it. */
export function collectFile(path: string, previous: readonly string[]): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return Object.entries(parseEnv(text)).reduce<string[]>(
    (variables, [key, value]) => collectVariable(`${key}=${value}`, variables),
    [...previous],
  );
}

/** Collects the `PATH=DIR` of an option that may be given again. */
export function collectDirectory(
  value: string,
  previous: Readonly<Record<string, string>>,
): Record<string, string> {
  const end = value.indexOf("=");
  if (end < 0) throw new InvalidArgumentError("It is PATH=DIR.");
  const path = value.slice(0, end);
  const places = new MountTree<true>();
  for (const other of Object.keys(previous)) places.bind(other, true);
  try {
    places.bind(path, true);
  } catch (error) {
    const { status } = error as ZirconiaError;
    throw new InvalidArgumentError(
      status === ZxStatus.INVALID_ARGS
        ? "PATH is absolute, as /data or /pkg/lib, without empty parts, . and .."
        : `${path} is another's place, within another's, or has one within.`,
    );
  }
  return { ...previous, [path]: value.slice(end + 1) };
}

/** Collects the `NAME=FILE` of an option that may be given again. */
export function collectService(
  value: string,
  previous: Readonly<Record<string, string>>,
): Record<string, string> {
  const [, name = "", file] = /^([^=]*)=(.+)$/s.exec(value) ?? [];
  if (file === undefined || !isName(name)) {
    throw new InvalidArgumentError("It is NAME=PROGRAM, as example.Echo=./server.");
  }
  return { ...previous, [name]: file };
}

/** How many things are done at a time. */
export function jobs(value: string): number {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number < 1 || number > 1024) {
    throw new InvalidArgumentError("It is a number from 1 to 1024.");
  }
  return number;
}

/** An absolute path. */
export function absolute(value: string): string {
  if (!value.startsWith("/")) throw new InvalidArgumentError("It is an absolute path.");
  return value;
}

/** Collects the values of an option that may be given again. */
export function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
