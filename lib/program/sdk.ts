import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Target } from "../base/target.js";

/** Directories of an SDK of Fuchsia's with what programs are made of. */
export interface SdkDirectories {
  /** Where a linker looks for libraries, and for what executables begin with. */
  readonly link: readonly string[];
  /** Where the dynamic linker and libraries are looked for when a program runs. */
  readonly run: readonly string[];
}

/** What executables begin with. */
export const STARTUP = "Scrt1.o";

const LINKER = "ld.so.1";

/** What SDKs call a machine. */
const MACHINES = {
  "x86-64": "x64",
  aarch64: "arm64",
  riscv64: "riscv64",
} as const satisfies Record<Target, string>;

/** In a directory with what an SDK has for one machine. Libraries for the target come before stubs. */
const RUN = ["sysroot/dist/lib", "sysroot/dist", "dist/lib", "dist", "lib"];
const LINK = ["sysroot/lib", "lib"];

/**
 * The directories of an SDK that has a dynamic linker for a machine.
 *
 * @throws Error if there is none, with the places where it was looked for
 */
export function findSdk(sdk: string, target: Target = "x86-64"): SdkDirectories {
  const { link, run, found } = look(sdk, target);
  if (!run.some((directory) => existsSync(join(directory, LINKER)))) {
    throw isMissing(sdk, LINKER, target, found);
  }
  return { link, run };
}

/**
 * The directories of an SDK against which programs for x86-64 can be linked.
 *
 * @throws Error if there are none, with the places where they were looked for
 */
export function findLinkableSdk(sdk: string): SdkDirectories {
  const { link, run, found } = look(sdk, "x86-64");
  if (!link.some((directory) => existsSync(join(directory, STARTUP)))) {
    throw isMissing(sdk, STARTUP, "x86-64", found);
  }
  return { link, run };
}

function look(sdk: string, target: Target): SdkDirectories & { found: readonly string[] } {
  const found = machineDirectories(resolve(sdk), MACHINES[target]);
  const those = (places: readonly string[]) =>
    places.flatMap((place) => found.map((directory) => join(directory, place))).filter(existsSync);
  return { found, link: those(LINK), run: those(RUN) };
}

/**
 * Where SDKs have what is for one machine: together in `arch/`, in each of Bazel's packages, for one
 * level of the API each in `obj/`, the newest first; GN has all of that below `sdk/`. The directory
 * may be one of these itself.
 */
function machineDirectories(sdk: string, machine: string): readonly string[] {
  const all = [sdk, join(sdk, "sdk")].flatMap((root) => {
    const packages = names(join(root, "pkg")).map((name) => join(root, "pkg", name));
    const machines = [root].concat(packages).map((place) => join(place, "arch", machine));
    return machines.concat(levels(join(root, "obj"), machine));
  });
  const itself = existsSync(join(sdk, "sysroot")) ? [sdk] : [];
  return [...itself, ...all.filter(existsSync)];
}

function levels(obj: string, machine: string): readonly string[] {
  const prefix = `${machine}-api-`;
  const byNumber = new Intl.Collator("en", { numeric: true });
  return names(obj)
    .filter((name) => name.startsWith(prefix))
    .sort((left, right) => byNumber.compare(right, left))
    .map((name) => join(obj, name));
}

/** What is in a directory, in an order that is the same everywhere; nothing if there is none. */
function names(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

function isMissing(sdk: string, file: string, target: Target, found: readonly string[]): Error {
  const where =
    found.length === 0
      ? `there is no arch/${MACHINES[target]} in it, nor in a package of it`
      : `there is no ${file} below ${found.join(", ")}`;
  return new Error(`${sdk} is no SDK of Fuchsia's for ${target}: ${where}`);
}
