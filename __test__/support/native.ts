import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import test from "ava";

import { native } from "../../lib/native/native.js";

const runs = native.hostRefusal() === null;

if (!runs) {
  console.warn("Guests cannot run on this computer: the tests that run them are SKIPPED.");
}

/** A test that runs guests; skipped, loudly, where they cannot run. */
export const nativeTest = runs ? test : test.skip;

/** The same, before all tests of its file that are not. */
export const serialNativeTest = runs ? test.serial : test.serial.skip;

/** The path of a guest program. */
export function guest(name: string): string {
  return fileURLToPath(new URL(`../../guest/out/${name}`, import.meta.url));
}

/** A guest program. */
export function guestBytes(name: string): Uint8Array {
  return readFileSync(guest(name));
}
