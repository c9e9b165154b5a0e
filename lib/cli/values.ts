import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";

import { InvalidArgumentError } from "commander";

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
  if (Object.hasOwn(previous, path)) throw new InvalidArgumentError(`There is a ${path} already.`);
  return { ...previous, [path]: value.slice(end + 1) };
}

/** Collects the values of an option that may be given again. */
export function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}
