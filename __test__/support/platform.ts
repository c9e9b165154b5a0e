import { spawnSync } from "node:child_process";

import test from "ava";

const isWindows = process.platform === "win32";

/** A test of what Windows does not have. */
export const posixTest = isWindows ? test.skip : test;

/** A test of what only Linux has. */
export const linuxTest = process.platform === "linux" ? test : test.skip;

/** A test of what files of the host do not allow, which root is not told. */
export const userTest = isWindows || process.getuid?.() === 0 ? test.skip : test;

/** Whether there is a program of this name, in an environment, that tells its version. */
export function has(program: string, env: Readonly<Record<string, string>>): boolean {
  return spawnSync(program, ["--version"], { env: { ...process.env, ...env } }).status === 0;
}
