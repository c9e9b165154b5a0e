import { readHostFile } from "../native/host-file.js";
import { gtest } from "./gtest.js";
import { libtest } from "./libtest.js";
import type { Told } from "./test-case.js";

/** Which of a program's tests are to run: those of a filter, or those that are named. */
export interface Selection {
  readonly filter?: string | undefined;
  readonly names?: readonly string[];
}

/** What a program of tests understands, and how it tells of them. */
export interface Harness {
  /** What is in every program that has it. */
  readonly marker: string;
  /** Variables that its programs need. */
  readonly env: Readonly<Record<string, string>>;
  /** Arguments that make a program list its tests. */
  list(filter: string | undefined): string[];
  /** The tests that it lists. */
  listed(stdout: string): string[];
  /** Arguments that make a program run tests. */
  run(selection: Selection): string[];
  /** What a program tells that has run them. */
  read(stdout: string): Told;
}

const HARNESSES = { libtest, gtest } as const;

/** How a program is asked for its tests; `none` is one test, which passes with return code 0. */
export type HarnessName = keyof typeof HARNESSES | "none";

export const HARNESS_NAMES = ["libtest", "gtest", "none"] as const satisfies HarnessName[];

/**
 * The harness of a program, if it has one.
 *
 * @param name which it is; by default what the program itself holds tells it
 * @throws Node's error if the program cannot be read; `EINVAL` for a device or a
 * socket; an AbortError
 */
export async function harnessOf(
  file: string,
  name: HarnessName | undefined,
  signal: AbortSignal,
): Promise<Harness | undefined> {
  if (name === "none") return undefined;
  if (name !== undefined) return HARNESSES[name];
  const content = await readHostFile(file, { signal });
  return Object.values(HARNESSES).find(({ marker }) => content.includes(marker));
}
