import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { isNativeError } from "node:util/types";

import type * as Native from "../../native.cjs";
import { jsonOf } from "../base/json.js";
import { checkBinary, isAsPublished, WrongBinaryError } from "./binary.js";
import { type Manifest, manifestAround } from "./manifest.js";

/** This package's name. */
const PACKAGE = "zirconia";

/** What the compiled binary exports. */
export type NativeBinding = typeof Native;

/** The facts about a computer that decide which binary fits it. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  /** The C library; `undefined` where the platform has only one. */
  readonly libc: "gnu" | "musl" | "msvc" | undefined;
  /** A binary to load in place of the usual ones: `NAPI_RS_NATIVE_LIBRARY_PATH`. */
  readonly libraryPath: string | undefined;
}

/** One place a binary was looked for, and why it could not be had from there. */
export interface LoadAttempt {
  readonly specifier: string;
  readonly error: unknown;
}

/**
 * No binary could be loaded; `cause` is the error of the attempt that came closest. Its `code` is
 * `ERR_ZIRCONIA_WRONG_BINARY` if a binary is damaged or of another version.
 */
export class NativeBindingError extends Error {
  static {
    this.prototype.name = "NativeBindingError";
  }

  readonly code = "ERR_ZIRCONIA_NATIVE_BINDING";
  /** The platform tuple a binary was wanted for, as in `linux-x64-gnu`. */
  readonly tuple: string;
  /** Every place looked at, in order. */
  readonly attempts: readonly LoadAttempt[];

  /** @param isBundled whether a bundler has taken the library out of its package */
  constructor(host: Host, attempts: readonly LoadAttempt[], isBundled = false) {
    const tuple = platformTuple(host);
    const unloadable = attempts.find(({ error }) => !isMissing(error));
    const tried = attempts.map(({ specifier, error }) => `  ${specifier}: ${firstLine(error)}`);
    super(
      [
        `Cannot load Zirconia's native binary for ${tuple}. Tried:`,
        ...tried,
        remedy(host, unloadable, isBundled),
      ].join("\n"),
      { cause: (unloadable ?? attempts.at(-1))?.error },
    );
    this.tuple = tuple;
    this.attempts = attempts;
  }

  /** All of it, with the errors of the attempts. */
  toJSON(): object {
    return jsonOf(this);
  }
}

/** The computer this process runs on. */
export function currentHost(): Host {
  return {
    platform: process.platform,
    arch: process.arch,
    libc: currentLibc(),
    libraryPath: process.env["NAPI_RS_NATIVE_LIBRARY_PATH"] || undefined,
  };
}

/** Names `host` as binaries and packages do: `linux-x64-musl`, `darwin-arm64`. */
export function platformTuple(host: Host): string {
  return [host.platform, host.arch, host.libc].filter((part) => part !== undefined).join("-");
}

/**
 * Whether a module is elsewhere than in this package: a bundler has put it there. One that makes
 * CommonJS of it leaves no name.
 */
export function isBundled(file: string | undefined): boolean {
  return ownManifest(file) === undefined;
}

/** This package's manifest, if a module is in it. */
function ownManifest(file: string | undefined): Manifest | undefined {
  const manifest = file === undefined ? undefined : manifestAround(file);
  return manifest?.name === PACKAGE ? manifest : undefined;
}

/**
 * Loads the binary for `host`: the one `libraryPath` names and no other; else the one built in this
 * package's directory; else the one in the platform's own package. One that is cut off, or of another
 * version, is not loaded: it would end the process.
 *
 * @param file where the library is, for its version, and for the error to tell what to do about it
 * @throws {@link NativeBindingError} if none of them loads.
 */
export function loadBinding(
  require: NodeJS.Require,
  host: Host,
  file: string | undefined,
): NativeBinding {
  const own = ownManifest(file);
  const attempts: LoadAttempt[] = [];
  for (const specifier of candidates(host)) {
    try {
      return load(require, require.resolve(specifier), own?.version);
    } catch (error) {
      attempts.push({ specifier, error });
    }
  }
  throw new NativeBindingError(host, attempts, own === undefined);
}

function load(require: NodeJS.Require, path: string, version: string | undefined): NativeBinding {
  checkBinary(path, version);
  try {
    return require(path) as NativeBinding;
  } catch (cause) {
    if (isAsPublished(path) !== false) throw cause;
    throw new WrongBinaryError(path, "is not what was published", { cause });
  }
}

function candidates(host: Host): string[] {
  if (host.libraryPath !== undefined) {
    return [resolve(host.libraryPath)];
  }
  const tuple = platformTuple(host);
  return [`#addon/${tuple}`, `${PACKAGE}-${tuple}`];
}

function currentLibc(): Host["libc"] {
  switch (process.platform) {
    case "linux":
      return libcOf(process.execPath) ?? reportedLibc();
    case "win32":
      return "msvc";
    default:
      return undefined;
  }
}

/** Where the linker puts the name of the dynamic linker: behind the headers. */
const INTERPRETER_WITHIN = 4096;

/**
 * The C library of an executable, whose dynamic linker is part of it; `undefined` if its name is
 * not where it usually is.
 */
export function libcOf(executable: string): "gnu" | "musl" | undefined {
  const head = Buffer.alloc(INTERPRETER_WITHIN);
  try {
    const fd = openSync(executable, "r");
    try {
      readSync(fd, head);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
  const text = head.toString("latin1");
  if (text.includes("/ld-musl-")) return "musl";
  return text.includes("/ld-linux-") ? "gnu" : undefined;
}

/** Only a Node.js that is linked to glibc reports a version of it. Takes milliseconds. */
export function reportedLibc(): "gnu" | "musl" {
  const report = process.report as typeof process.report & { excludeNetwork: boolean };
  const { excludeNetwork } = report;
  // Listing network interfaces may look up names, which takes seconds.
  report.excludeNetwork = true;
  try {
    const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime === undefined ? "musl" : "gnu";
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

function isMissing(error: unknown): boolean {
  return isNativeError(error) && "code" in error && error.code === "MODULE_NOT_FOUND";
}

function firstLine(error: unknown): string {
  const text = isNativeError(error) ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}

function remedy(host: Host, unloadable: LoadAttempt | undefined, isBundled: boolean): string {
  if (host.libraryPath !== undefined) {
    return "Let NAPI_RS_NATIVE_LIBRARY_PATH name a binary built for this platform, or unset it.";
  }
  if (isBundled) {
    return (
      "The library is in a bundle, which its binary cannot be in. Mark `zirconia` as external in the " +
      "bundler, as `--external:zirconia` does in esbuild's, and install it where the bundle runs."
    );
  }
  if (unloadable !== undefined) {
    const { specifier, error } = unloadable;
    const why =
      error instanceof WrongBinaryError
        ? `${specifier} is damaged or of another version. `
        : `The system refuses ${specifier}: it may be damaged or made for another system. `;
    return (
      why +
      "Install zirconia again on this machine, or rebuild it in a checkout with `npm run build:addon`."
    );
  }
  return (
    "Install zirconia again on this machine without leaving out optional dependencies, " +
    "or build it in a checkout with `npm run build:addon`."
  );
}
