import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import test, { type ExecutionContext } from "ava";
import type * as Esbuild from "esbuild";

import { isAsPublished, type WrongBinaryError } from "../lib/native/binary.js";
import { readManifest } from "../lib/native/manifest.js";
import {
  currentHost,
  type Host,
  isBundled,
  libcOf,
  loadBinding,
  NativeBindingError,
  platformTuple,
  reportedLibc,
} from "../lib/native/native-loader.js";
import { directoryWith } from "./support/directory.js";
import { dynamicPie } from "./support/elf-file.js";
import { runNode } from "./support/node.js";
import { linuxTest } from "./support/platform.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Where the library is in its package. */
const PACKAGED = join(ROOT, "lib/native/native.ts");
const GLIBC: Host = { platform: "linux", arch: "x64", libc: "gnu", libraryPath: undefined };

const { version: VERSION } = readManifest(join(ROOT, "package.json"))!;
/** The binary of this checkout. */
const BINARY = join(ROOT, `zirconia.${platformTuple(currentHost())}.node`);

/** A directory with this package's manifest and no binary, and a `require` that starts there. */
async function emptyPackage(t: ExecutionContext) {
  // As modules are named: a directory for temporary files may be behind a link.
  const directory = await mkdtemp(join(await realpath(tmpdir()), "zirconia-native-"));
  t.teardown(() => rm(directory, { recursive: true }));
  await cp(join(ROOT, "package.json"), join(directory, "package.json"));
  return { directory, require: createRequire(join(directory, "lib", "native.js")) };
}

async function addPlatformPackage(
  directory: string,
  name: string,
  main: string,
  content: string | Uint8Array,
  published: object = {},
) {
  const home = join(directory, "node_modules", name);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "package.json"), JSON.stringify({ name, main, ...published }));
  await writeFile(join(home, main), content);
  return join(home, main);
}

const HOST: Host = { ...currentHost(), libraryPath: undefined };
const PLATFORM_PACKAGE = `zirconia-${platformTuple(HOST)}`;

/** Adds the platform's package with this content for its binary, as if the real one was published. */
function addPublished(directory: string, content: Uint8Array, version = VERSION) {
  const main = basename(BINARY);
  const sha256 = createHash("sha256").update(readFileSync(BINARY)).digest("hex");
  const binaries = { [main]: { size: statSync(BINARY).size, sha256 } };
  return addPlatformPackage(directory, PLATFORM_PACKAGE, main, content, { version, binaries });
}

function loadFailure(t: ExecutionContext, load: () => unknown): NativeBindingError {
  const error = t.throws(load, {
    instanceOf: NativeBindingError,
    name: "NativeBindingError",
    code: "ERR_ZIRCONIA_NATIVE_BINDING",
  });
  return error!;
}

test("a platform's tuple names its C library only where there is a choice", (t) => {
  t.is(platformTuple(GLIBC), "linux-x64-gnu");
  t.is(platformTuple({ ...GLIBC, arch: "arm64", libc: "musl" }), "linux-arm64-musl");
  t.is(platformTuple({ ...GLIBC, platform: "darwin", libc: undefined }), "darwin-x64");
  t.is(platformTuple({ ...GLIBC, platform: "win32", libc: "msvc" }), "win32-x64-msvc");
});

test("looking at this computer leaves the diagnostic report's settings alone", (t) => {
  const before = { ...process.report };
  const { platform, libc } = currentHost();
  const reported = reportedLibc();
  if (platform === "linux") t.is(libc, reported);
  t.deepEqual({ ...process.report }, before);
});

test("an executable's C library is the one whose dynamic linker it names", (t) => {
  const libcs = {
    "/lib/ld-musl-x86_64.so.1": "musl",
    "/nix/store/0-musl-1.2.5/lib/ld-musl-aarch64.so.1": "musl",
    "/lib64/ld-linux-x86-64.so.2": "gnu",
    "/lib/ld-linux-aarch64.so.1": "gnu",
    "ld.so.1": undefined,
  } as const;
  for (const [linker, libc] of Object.entries(libcs)) {
    const directory = directoryWith(t, { node: dynamicPie(`${linker}\0`) });
    t.is(libcOf(join(directory, "node")), libc, linker);
  }
  t.is(libcOf("/no/such/file"), undefined);
});

test("the binary built for this computer loads", (t) => {
  const require = createRequire(join(ROOT, "lib", "native.ts"));
  const native: object = loadBinding(require, currentHost(), PACKAGED);
  t.not(Object.keys(native).length, 0);
});

test("the binary in the package's directory is preferred to the platform's package", async (t) => {
  const { directory, require } = await emptyPackage(t);
  const binary = join(directory, basename(BINARY));
  await cp(BINARY, binary);
  await addPlatformPackage(directory, PLATFORM_PACKAGE, "binding.cjs", "");
  loadBinding(require, HOST, PACKAGED);
  t.true(binary in require.cache);
});

test("without a binary of its own the platform's package is loaded", async (t) => {
  const { directory, require } = await emptyPackage(t);
  await addPlatformPackage(
    directory,
    "zirconia-linux-x64-gnu",
    "binding.cjs",
    "exports.from = __filename;",
  );
  const loaded: unknown = loadBinding(require, GLIBC, PACKAGED);
  t.deepEqual(loaded, {
    from: join(directory, "node_modules", "zirconia-linux-x64-gnu", "binding.cjs"),
  });
});

test("a missing binary is an error that names the tuple, the places and the remedy", async (t) => {
  const { require } = await emptyPackage(t);
  const error = loadFailure(t, () => loadBinding(require, { ...GLIBC, libc: "musl" }, PACKAGED));
  t.is(error.tuple, "linux-x64-musl");
  t.deepEqual(
    error.attempts.map(({ specifier }) => specifier),
    ["#addon/linux-x64-musl", "zirconia-linux-x64-musl"],
  );
  t.regex(error.message, /native binary for linux-x64-musl/);
  t.regex(error.message, /zirconia\.linux-x64-musl\.node/);
  t.regex(error.message, /npm run build:addon/);
  t.is((error.cause as NodeJS.ErrnoException).code, "MODULE_NOT_FOUND");
});

test("an unloadable binary's own error is the cause, not that of a place without any", async (t) => {
  const { directory, require } = await emptyPackage(t);
  await writeFile(join(directory, basename(BINARY)), "not a shared library");
  const error = loadFailure(t, () => loadBinding(require, HOST, PACKAGED));
  const cause = error.cause as NodeJS.ErrnoException;
  t.is(cause.code, "ERR_DLOPEN_FAILED");
  t.is(error.cause, error.attempts[0]!.error);
  t.is(error.attempts.length, 2);
  t.regex(error.message, /damaged or made for another system/);
});

test("an unloadable platform package is the cause when there is no other binary", async (t) => {
  const { directory, require } = await emptyPackage(t);
  await addPlatformPackage(directory, PLATFORM_PACKAGE, "binding.node", "not a shared library");
  const error = loadFailure(t, () => loadBinding(require, HOST, PACKAGED));
  t.is((error.cause as NodeJS.ErrnoException).code, "ERR_DLOPEN_FAILED");
  t.is(error.cause, error.attempts[1]!.error);
});

test("a published binary loads if it is whole and of this version", async (t) => {
  const { directory, require } = await emptyPackage(t);
  const file = await addPublished(directory, readFileSync(BINARY));
  loadBinding(require, HOST, PACKAGED);
  t.true(file in require.cache);
  t.true(isAsPublished(file));
});

for (const [title, change] of [
  ["a byte short", (bytes: Buffer) => bytes.subarray(0, -1)],
  ["a byte long", (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
  ["half", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["empty", () => Buffer.alloc(0)],
] as const) {
  test(`a published binary that is ${title} is refused before it is loaded`, async (t) => {
    const { directory, require } = await emptyPackage(t);
    const size = statSync(BINARY).size;
    const file = await addPublished(directory, change(readFileSync(BINARY)));
    const { cause, message } = loadFailure(t, () => loadBinding(require, HOST, PACKAGED));
    t.like(cause, { name: "WrongBinaryError", code: "ERR_ZIRCONIA_WRONG_BINARY", path: file });
    const found = statSync(file).size;
    t.true(message.includes(`${file} has ${found} bytes, but ${size} were published`));
    t.true(message.includes(`${PLATFORM_PACKAGE} is damaged or of another version. Install`));
  });
}

test("a published binary of another version is refused", async (t) => {
  const { directory, require } = await emptyPackage(t);
  const file = await addPublished(directory, readFileSync(BINARY), "0.0.1");
  const { cause } = loadFailure(t, () => loadBinding(require, HOST, PACKAGED));
  t.is((cause as Error).message, `${file} is of version 0.0.1, not ${VERSION}`);
});

test("a published binary that does not load is compared with what was published", async (t) => {
  const { directory, require } = await emptyPackage(t);
  const file = await addPublished(directory, Buffer.alloc(statSync(BINARY).size));
  const { cause } = loadFailure(t, () => loadBinding(require, HOST, PACKAGED));
  t.is((cause as Error).message, `${file} is not what was published`);
  t.is(((cause as Error).cause as NodeJS.ErrnoException).code, "ERR_DLOPEN_FAILED");
});

linuxTest("a cut ELF file is refused wherever it is, at each length", async (t) => {
  const { directory, require } = await emptyPackage(t);
  const whole = readFileSync(BINARY);
  const libraryPath = join(directory, "cut.node");
  for (const length of [64, 4096, whole.length >> 1, whole.length - 1]) {
    await writeFile(libraryPath, whole.subarray(0, length));
    const error = loadFailure(t, () => loadBinding(require, { ...HOST, libraryPath }, PACKAGED));
    t.is((error.cause as WrongBinaryError).code, "ERR_ZIRCONIA_WRONG_BINARY", `${length}`);
    t.true(error.message.includes(`ends after ${length} of ${whole.length} bytes`));
  }
  await writeFile(libraryPath, whole.subarray(0, 16));
  const error = loadFailure(t, () => loadBinding(require, { ...HOST, libraryPath }, PACKAGED));
  t.is((error.cause as NodeJS.ErrnoException).code, "ERR_DLOPEN_FAILED");
  await writeFile(libraryPath, whole);
  t.is(isAsPublished(libraryPath), undefined);
  t.notThrows(() => loadBinding(require, { ...HOST, libraryPath }, PACKAGED));
});

test("a named library is resolved from the working directory and is the only one tried", async (t) => {
  const { directory, require } = await emptyPackage(t);
  await addPlatformPackage(directory, "zirconia-linux-x64-gnu", "binding.cjs", "");
  const libraryPath = join(directory, "elsewhere.node");
  const host = { ...GLIBC, libraryPath: relative(process.cwd(), libraryPath) };
  const error = loadFailure(t, () => loadBinding(require, host, PACKAGED));
  t.deepEqual(
    error.attempts.map(({ specifier }) => specifier),
    [libraryPath],
  );
  t.regex(error.message, /NAPI_RS_NATIVE_LIBRARY_PATH/);
});

test("a named library that loads is the binding", async (t) => {
  const { directory, require } = await emptyPackage(t);
  const libraryPath = join(directory, "elsewhere.cjs");
  await writeFile(libraryPath, "exports.elsewhere = true;");
  const loaded: unknown = loadBinding(require, { ...GLIBC, libraryPath }, PACKAGED);
  t.deepEqual(loaded, { elsewhere: true });
});

test("a module in another package is in a bundle", async (t) => {
  const { directory } = await emptyPackage(t);
  const at = (path: string) => join(directory, path);
  t.false(isBundled(PACKAGED));
  t.false(isBundled(at("dist/index.js")));
  await writeFile(join(directory, "package.json"), '{ "name": "app" }');
  t.true(isBundled(at("dist/index.js")));
  await rm(join(directory, "package.json"));
  t.true(isBundled(at("dist/index.js")));
  t.true(isBundled(undefined));
});

for (const format of ["esm", "cjs"] as const) {
  test(`in a bundle of format ${format} the error says what to do`, async (t) => {
    const { directory } = await emptyPackage(t);
    await writeFile(join(directory, "package.json"), '{ "name": "app" }');
    // It comes with tsx.
    const require = createRequire(import.meta.resolve("tsx"));
    const { build } = require("esbuild") as typeof Esbuild;
    const outfile = join(directory, format === "esm" ? "app.mjs" : "app.cjs");
    await build({
      stdin: { contents: 'import "./index.ts";', resolveDir: ROOT },
      bundle: true,
      platform: "node",
      format,
      outfile,
      logLevel: "silent",
    });
    const { code, stderr } = await runNode([outfile], { cwd: directory });
    t.is(code, 1);
    t.regex(stderr, /NativeBindingError: Cannot load Zirconia's native binary/);
    t.regex(stderr, /Mark `zirconia` as external/);
  });
}
