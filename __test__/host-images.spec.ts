import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";

import test, { type ExecutionContext } from "ava";

import { type Context, run, type RunOptions } from "../index.js";
import { HostImages } from "../lib/native/host-images.js";
import { noticesChanges } from "./support/changes.js";
import { directoryWith } from "./support/directory.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";
import { posixTest } from "./support/platform.js";

const PAGE = 4096;

/** Images to which all files are old, and a directory with files. */
function scene(t: ExecutionContext, files: Record<string, string>, capacity = PAGE) {
  const directory = directoryWith(t, files);
  const images = new HostImages(capacity, Date.now() + 86_400_000);
  return { images, at: (name: string) => join(directory, name) };
}

const options = { name: "image", segmentsOnly: false };

/** What a context reads of a file. */
async function textOf(context: Context, images: HostImages, path: string): Promise<string> {
  const vmo = await context.vmoFromImages(images, path, options);
  return Buffer.from(vmo!.read(0n, Number(vmo!.getContentSize()))).toString();
}

posixTest("a file is kept for all kernels, and none can write to it", async (t) => {
  const { images, at } = scene(t, { file: "text" });
  for (const kernel of [nullKernel(t), nullKernel(t)]) {
    const vmo = (await kernel.vmoFromImages(images, at("file"), options))!;
    t.is(Buffer.from(vmo.read(0n, 4)).toString(), "text");
    t.is(vmo.getName(), "image");
    throwsStatus(t, "ACCESS_DENIED", () => vmo.write(0n, Buffer.from("mine")));
    const copy = vmo.createChild(1, 0n, BigInt(PAGE));
    copy.write(0n, Buffer.from("mine"));
    t.is(await textOf(kernel, images, at("file")), "text");
  }
  t.deepEqual({ ...images.stats }, { files: 1, bytes: PAGE });
  images.clear();
  t.deepEqual({ ...images.stats }, { files: 0, bytes: 0 });
});

posixTest("every change of a file that is kept is noticed", async (t) => {
  const { images, at } = scene(t, { file: "1", other: "2" });
  const kernel = nullKernel(t);
  const read = () => textOf(kernel, images, at("file"));
  await noticesChanges(t, at, read);
});

posixTest("an image of a file that has changed within two seconds is not kept", async (t) => {
  const path = join(directoryWith(t, { file: "1" }), "file");
  const changed = Number(statSync(path, { bigint: true }).ctimeMs);
  for (const [age, files] of [
    [2_000, 0],
    [2_001, 1],
  ] as const) {
    const images = new HostImages(PAGE, changed + age);
    t.is(await textOf(nullKernel(t), images, path), "1");
    t.is(images.stats.files, files);
  }
});

posixTest("of more bytes than are kept those go that were used last longest ago", async (t) => {
  const { images, at } = scene(t, { a: "a", b: "b", c: "c" }, 2 * PAGE);
  const kernel = nullKernel(t);
  const read = (name: string) => textOf(kernel, images, at(name));
  await read("a");
  await read("b");
  await read("a");
  t.is(images.stats.bytes, 2 * PAGE);
  await read("c");
  t.deepEqual({ ...images.stats }, { files: 2, bytes: 2 * PAGE });
  const isKept = (name: string) => {
    const { native, id } = kernel;
    const where = Buffer.from(at(name));
    return images.native.vmo(native, id, where, Buffer.from(""), 0, false) !== null;
  };
  t.deepEqual(["a", "b", "c"].map(isKept), [true, false, true]);
});

posixTest("a file that is larger than all that is kept is read each time", async (t) => {
  const { images, at } = scene(t, { fits: "x".repeat(PAGE), larger: "x".repeat(PAGE + 1) });
  const kernel = nullKernel(t);
  t.is((await textOf(kernel, images, at("larger"))).length, PAGE + 1);
  t.is(images.stats.files, 0);
  await textOf(kernel, images, at("fits"));
  t.is(images.stats.files, 1);
});

posixTest("128 files are kept, whatever their sizes", async (t) => {
  const names = Array.from({ length: 129 }, (_, index) => `${index}`);
  const files = Object.fromEntries(names.map((name) => [name, name]));
  const { images, at } = scene(t, files, 1 << 30);
  const kernel = nullKernel(t);
  for (const name of names.slice(1)) await textOf(kernel, images, at(name));
  t.is(images.stats.files, 128);
  await textOf(kernel, images, at("0"));
  t.is(images.stats.files, 128);
});

test("what is no file, is empty or cannot be read is nobody's image", async (t) => {
  const { images, at } = scene(t, { empty: "" });
  mkdirSync(at("directory"));
  for (const name of ["empty", "directory", "missing"]) {
    t.is(await nullKernel(t).vmoFromImages(images, at(name), options), undefined, name);
  }
});

nativeTest("what one run has written to a program's file no other sees", async (t) => {
  const images = new HostImages(1 << 26, Date.now() + 86_400_000);
  const start = async (built?: RunOptions["built"]) => {
    const extra = built === undefined ? {} : { built };
    return run(guest("hello"), [], { images, reject: false, ...extra });
  };
  t.is((await start()).exitCode, 0);
  const spoilt = await start(({ process, entry, elfBase }) => {
    for (const [address, byte] of [
      [elfBase, 0x11],
      [entry, 0xcc],
    ] as const) {
      process.writeMemory(address, Uint8Array.of(byte));
      t.deepEqual([...process.readMemory(address, 1)], [byte]);
    }
  });
  t.not(spoilt.crashReport, undefined);
  t.is((await start()).exitCode, 0);
  t.true(images.stats.files > 0);
});
