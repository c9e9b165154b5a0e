import { statSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import test, { type ExecutionContext } from "ava";

import { FileCache } from "../lib/loader-service/file-cache.js";
import { noticesChanges } from "./support/changes.js";
import { directoryWith } from "./support/directory.js";
import { posixTest } from "./support/platform.js";

/** A cache to which all files are old, and a directory with files. */
function scene(t: ExecutionContext, files: Record<string, string>, capacity?: number) {
  const directory = directoryWith(t, files);
  const tomorrow = Date.now() + 86_400_000;
  const cache = new FileCache(capacity, () => tomorrow);
  return { cache, at: (name: string) => join(directory, name) };
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes!).toString();

test("a file that has not changed is not read again", async (t) => {
  const { cache, at } = scene(t, { a: "a", b: "b" });
  const first = await cache.read(at("a"));
  t.is(text(first), "a");
  t.is(text(await cache.read(at("b"))), "b");
  t.is(await cache.read(at("a")), first);
});

test("every change of a file is noticed", async (t) => {
  const { cache, at } = scene(t, { file: "1", other: "2" });
  const read = async () => text(await cache.read(at("file")));
  await noticesChanges(t, at, read);
});

test("a file that has changed within two seconds is not kept: its times may not tell", async (t) => {
  const path = join(directoryWith(t, { file: "1" }), "file");
  const { ctimeMs } = statSync(path, { bigint: true });
  const readTwice = async (age: number) => {
    const cache = new FileCache(1, () => Number(ctimeMs) + age);
    return [await cache.read(path), await cache.read(path)] as const;
  };
  const [first, second] = await readTwice(2_000);
  t.not(first, second);
  const [third, fourth] = await readTwice(2_001);
  t.is(third, fourth);
});

test("the files that were read first are forgotten first", async (t) => {
  const { cache, at } = scene(t, { a: "aa", b: "bb", c: "c", big: "12345" }, 4);
  const a = await cache.read(at("a"));
  const b = await cache.read(at("b"));
  t.is(await cache.read(at("a")), a);
  const c = await cache.read(at("c"));
  t.is(await cache.read(at("b")), b);
  t.is(await cache.read(at("c")), c);
  t.not(await cache.read(at("a")), a);
  // What is too large for all of it is not kept.
  t.not(await cache.read(at("big")), await cache.read(at("big")));
});

test("what is no regular file is not read, and what is not there is an error", async (t) => {
  const { cache, at } = scene(t, { file: "" });
  t.is(await cache.read(at(".")), undefined);
  await t.throwsAsync(cache.read(at("none")), { code: "ENOENT" });
});

posixTest("a file without an end is not read", async (t) => {
  const { cache, at } = scene(t, {});
  symlinkSync("/dev/zero", at("endless"));
  t.is(await cache.read(at("endless")), undefined);
});
