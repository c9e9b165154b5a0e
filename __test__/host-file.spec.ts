// How files of the host are opened: in one way, whoever asks.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import test, { type ExecutionContext } from "ava";
import { array, assert, constantFrom, property, uint8Array } from "fast-check";

import { checkBytes, checkFile, checkFiles, type CheckRecord, planLaunch, run } from "../index.js";
import { hostPath, pathBytes, pathText } from "../lib/base/host-path.js";
import { readHostFile } from "../lib/native/host-file.js";
import { inspectFile } from "../lib/process-builder/inspection.js";
import { HostDirectory } from "../lib/vfs/index.js";
import type { FileNode } from "../lib/vfs/node.js";
import { NodeRights } from "../lib/vfs/rights.js";
import { directoryWith } from "./support/directory.js";
import { dynamicPie, elfFile, load, PF } from "./support/elf-file.js";
import { fifoWith } from "./support/fifo.js";
import { until } from "./support/holdings.js";
import { nullKernel } from "./support/kernel.js";
import { guestBytes, nativeTest } from "./support/native.js";
import { posixTest } from "./support/platform.js";

/** A name that is `l`, a byte that is part of no UTF-8, and `é`. */
const NAME = Buffer.from([0x6c, 0xe9, 0xc3, 0xa9]);

/** Everything that opens a file, and what it makes of a good one. */
function openers(t: ExecutionContext): Record<string, (path: string) => Promise<unknown>> {
  const kernel = nullKernel(t);
  return {
    checkFile: async (path) => (await checkFile(path)).verdict,
    planLaunch: async (path) => (await planLaunch(path)).verdict.ok,
    vmoFromFile: async (path) => (await kernel.vmoFromFile(path)).getContentSize(),
    inspect: async (path) => !((await inspectFile(path, undefined)).headers instanceof Error),
    read: async (path) => BigInt((await readHostFile(path)).length),
  };
}

/** What they make of a file of one page. */
const GOOD = {
  checkFile: "fuchsia",
  planLaunch: true,
  vmoFromFile: 0x1000n,
  inspect: true,
  read: 0x1000n,
} as Record<string, unknown>;

/** The descriptors of this process that are open on a file, as far as Linux tells. */
function descriptorsOf(path: string): string[] {
  const directory = "/proc/self/fd";
  if (process.platform !== "linux") return [];
  return readdirSync(directory).filter((name) => {
    try {
      return readlinkSync(join(directory, name)) === path;
    } catch {
      return false;
    }
  });
}

/** A file with a name of any bytes. */
function writeNamed(directory: string, name: Buffer, bytes: Uint8Array): string {
  const path = Buffer.concat([Buffer.from(`${directory}/`), name]);
  writeFileSync(path, bytes);
  return pathText(path);
}

function isKept(bytes: Uint8Array): boolean {
  return pathBytes(pathText(bytes)).equals(bytes);
}

test("no byte of a path is lost, and text stays as it is", (t) => {
  t.is(pathText(Buffer.from("a/é/😀")), "a/é/😀");
  t.is(hostPath("a/é/😀"), "a/é/😀");
  t.is(pathText(NAME), "l\udce9é");
  assert(property(uint8Array(), isKept));
  // What is cut, surrogates, and numbers that are too large.
  const odd = [0x61, 0x80, 0xc3, 0xed, 0xa0, 0xf0, 0xf4, 0xff];
  assert(property(array(constantFrom(...odd)), (bytes) => isKept(Uint8Array.from(bytes))));
});

posixTest("a file whose name is no UTF-8 is opened by its text and by its URL", async (t) => {
  const directory = directoryWith(t, {});
  const path = writeNamed(directory, NAME, elfFile());
  for (const [name, open] of Object.entries(openers(t))) t.is(await open(path), GOOD[name], name);

  const url = new URL(`${pathToFileURL(directory).href}/l%E9%C3%A9`);
  t.is((await checkFile(url)).verdict, "fuchsia");
  t.true((await planLaunch(url)).verdict.ok);
  const records: CheckRecord[] = [];
  for await (const record of checkFiles([url, path])) records.push(record);
  t.deepEqual(
    records.map(({ file, report }) => [file, report?.ok]),
    [
      [path, true],
      [path, true],
    ],
  );
});

posixTest("directories with such names can be library paths and namespaces", async (t) => {
  const path = join(directoryWith(t, {}), pathText(NAME));
  mkdirSync(hostPath(path));
  writeFileSync(hostPath(join(path, "ld.so.1")), elfFile());
  const { linker } = await planLaunch(dynamicPie("ld.so.1\0"), { libraryPath: [path] });
  t.is(linker?.path, join(path, "ld.so.1"));

  const directory = new HostDirectory(path, { rights: NodeRights.READABLE | NodeRights.WRITABLE });
  t.teardown(() => directory.dispose());
  t.is((await directory.lookup("ld.so.1"))?.kind, "file");
  const { changes } = directory;
  await changes.create("sub", "directory");
  await changes.rename("ld.so.1", false, changes, "moved");
  await changes.link("moved", changes, "linked");
  await changes.unlink("sub", true);
  const names = (await directory.entries()).map(({ name }) => name);
  t.deepEqual(names.sort(), ["linked", "moved"]);
  const node = await directory.lookup("moved");
  const file = await (node as FileNode).open(nullKernel(t), NodeRights.READABLE);
  t.is(await file.size(), 0x1000n);
  file.close();
});

posixTest("errors name such a file as it was named", async (t) => {
  const path = join(directoryWith(t, {}), pathText(NAME));
  for (const [name, open] of Object.entries(openers(t))) {
    const error = await t.throwsAsync(open(path), { code: "ENOENT" }, name);
    t.is((error as NodeJS.ErrnoException).path, path, name);
    t.true(error!.message.endsWith(`'${path}'`), error!.message);
  }
});

posixTest("a FIFO that is named is read to its end", async (t) => {
  const directory = directoryWith(t, {});
  for (const [name, open] of Object.entries(openers(t))) {
    const path = join(directory, name);
    const written = fifoWith(path, elfFile());
    t.is(await open(path), GOOD[name], name);
    await written;
    t.deepEqual(descriptorsOf(path), []);
  }
});

posixTest("of a FIFO an API makes what it makes of the bytes", async (t) => {
  const path = join(directoryWith(t, {}), "fifo");
  const bytes = guestBytes("hello_dynamic");
  const written = fifoWith(path, bytes);
  t.deepEqual(await checkFile(path), checkBytes(bytes));
  await written;
});

nativeTest("a program that comes through a FIFO runs", async (t) => {
  const path = join(directoryWith(t, {}), "fifo");
  const written = fifoWith(path, guestBytes("hello"));
  const { stdout } = await run(path);
  t.regex(stdout, /^Hello from fifo$/m);
  await written;
});

posixTest("an abort ends the reading of a file, and of a pipe that nobody writes to", async (t) => {
  const kernel = nullKernel(t);
  const directory = directoryWith(t, { app: elfFile() });
  const fifo = join(directory, "fifo");
  execFileSync("mkfifo", [fifo]);
  const before = kernel.stats();
  const reason = new Error("enough");
  for (const path of [join(directory, "app"), fifo]) {
    const abort = new AbortController();
    const pending = kernel.vmoFromFile(path, { signal: abort.signal });
    abort.abort(reason);
    const error = await t.throwsAsync(pending, { code: "ABORT_ERR" });
    t.is(error!.cause, reason);
    t.deepEqual(descriptorsOf(path), []);
  }
  if (process.platform === "linux") {
    const abort = new AbortController();
    const pending = kernel.vmoFromFile(fifo, { signal: abort.signal });
    await until(() => descriptorsOf(fifo).length > 0);
    abort.abort(reason);
    await t.throwsAsync(pending, { code: "ABORT_ERR" });
    await until(() => descriptorsOf(fifo).length === 0);
  }
  t.deepEqual(kernel.stats(), before);
  const signal = {} as AbortSignal;
  await t.throwsAsync(kernel.vmoFromFile(fifo, { signal }), { code: "ERR_INVALID_ARG_TYPE" });
});

posixTest("devices, sockets and directories are refused by all in the same words", async (t) => {
  const directory = directoryWith(t, {});
  symlinkSync("/dev/zero", join(directory, "zero"));
  const device = "EINVAL: a character device, which may have no end, ";
  for (const [path, code, text] of [
    ["/dev/zero", "EINVAL", device],
    ["/dev/random", "EINVAL", device],
    ["/dev/null", "EINVAL", device],
    ["/dev/tty", "EINVAL", device],
    [join(directory, "zero"), "EINVAL", device],
    [directory, "EISDIR", "EISDIR: "],
    [join(directory, "missing"), "ENOENT", "ENOENT: "],
  ] as const) {
    for (const [name, open] of Object.entries(openers(t))) {
      const error = await t.throwsAsync(open(path), { code }, `${name} ${path}`);
      t.true(error!.message.startsWith(text), error!.message);
      t.true(error!.message.endsWith(`'${path}'`), error!.message);
      t.is((error as NodeJS.ErrnoException).path, path);
    }
  }
});

for (const size of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 5 * 2 ** 30]) {
  posixTest(`a file of ${size} bytes works, and its holes take up nothing`, async (t) => {
    const directory = directoryWith(t, { app: elfFile() });
    const path = join(directory, "app");
    truncateSync(path, size - 4);
    appendFileSync(path, "last");
    const { verdict } = await checkFile(path);
    t.is(verdict, "fuchsia");
    const { headers, held } = await inspectFile(path, undefined);
    t.false(headers instanceof Error);
    t.is(held, undefined);
    t.true((await planLaunch(path)).verdict.ok);

    const vmo = await nullKernel(t).vmoFromFile(path);
    t.is(vmo.getContentSize(), BigInt(size));
    t.is(Buffer.from(vmo.read(BigInt(size - 5), 5)).toString(), "\0last");
    t.is(Buffer.from(vmo.read(0n, 4)).toString("latin1"), "\x7fELF");
    t.true(vmo.info().committedBytes <= 2n << 16n);
    t.deepEqual((await readHostFile(path, { most: 4 })).toString("latin1"), "\x7fELF");
  });
}

test("a VMO of an ELF file's segments ends where they do; of another file it has all", async (t) => {
  const elf = elfFile({ segments: [load(0, PF.R), load(2, PF.R | PF.W, { filesz: 0x123 })] });
  const directory = directoryWith(t, {
    elf: Buffer.concat([elf, Buffer.alloc(1 << 20, 1)]),
    text: Buffer.alloc(5000, 1),
    cut: elf.subarray(0, 100),
    small: Buffer.alloc(65_536, 1),
    large: Buffer.alloc(65_537, 1),
  });
  const sizeOf = async (name: string) => {
    const file = join(directory, name);
    const vmo = await nullKernel(t).vmoFromFile(file, { segmentsOnly: true });
    const whole = await nullKernel(t).vmoFromFile(file);
    const size = vmo.getContentSize();
    t.deepEqual(vmo.read(0n, Number(size)), whole.read(0n, Number(size)));
    return Number(size);
  };
  t.is(await sizeOf("elf"), 0x3000);
  t.is(await sizeOf("text"), 5000);
  t.is(await sizeOf("cut"), 100);
  t.is(await sizeOf("small"), 65_536);
  t.is(await sizeOf("large"), 65_537);
});

nativeTest("a program of 5 GiB runs", async (t) => {
  const path = join(directoryWith(t, { hello: guestBytes("hello") }), "hello");
  truncateSync(path, 5 * 2 ** 30);
  t.is((await run(path)).exitCode, 0);
});

test("a VMO of a file has the rights, the name and the content of the file", async (t) => {
  const kernel = nullKernel(t);
  // Blocks of zeros between others, and an end within a block.
  const bytes = new Uint8Array(3 * 2 ** 20 + 5);
  for (const at of [0, 70_000, 2 ** 20 - 1, 2 ** 21, bytes.length - 1]) bytes[at] = 1 + (at % 255);
  const path = join(directoryWith(t, { "some-app": bytes, empty: "" }), "some-app");
  const vmo = await kernel.vmoFromFile(path);
  const same = kernel.vmoFromBytes(bytes);
  t.true(Buffer.from(bytes).equals(vmo.read(0n, bytes.length)));
  t.is(vmo.rights, same.rights);
  t.is(vmo.getName(), "some-app");
  t.is(vmo.getContentSize(), BigInt(bytes.length));
  t.throws(() => vmo.write(0n, bytes), { code: "ZX_ERR_ACCESS_DENIED" });
  const empty = await kernel.vmoFromFile(join(path, "../empty"));
  t.is(empty.getSize(), 0n);
});

test("a file whose VMO cannot be had leaves nothing", async (t) => {
  const kernel = nullKernel(t);
  const path = join(directoryWith(t, { app: elfFile() }), "app");
  const before = kernel.stats();
  await t.throwsAsync(kernel.vmoFromFile(`${path}/missing`), { code: "ENOTDIR" });
  t.deepEqual(kernel.stats(), before);
  const pending = kernel.vmoFromFile(path);
  kernel.dispose();
  await t.throwsAsync(
    pending.then((vmo) => vmo.getSize()),
    { code: "ZX_ERR_BAD_HANDLE" },
  );
});
