import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { Scope } from "../lib/base/dispose.js";
import { programNamespace, targetDirectory } from "../lib/cargo/places.js";
import { MemoryDirectory } from "../lib/vfs/memory-directory.js";
import { MountedDirectory } from "../lib/vfs/mounted-directory.js";
import type { DirectoryNode } from "../lib/vfs/node.js";
import { PseudoDirectory } from "../lib/vfs/pseudo-directory.js";
import { ALL_RIGHTS, READ_EXECUTE } from "../lib/vfs/rights.js";
import { directoryWith } from "./support/directory.js";

/** The names in a directory below another. */
async function namesIn(directory: DirectoryNode, path = ""): Promise<string[]> {
  const below = await find(directory, path);
  return (await below.entries()).map(({ name }) => name).sort();
}

async function find(directory: DirectoryNode, path: string): Promise<DirectoryNode> {
  let found = directory;
  for (const name of path === "" ? [] : path.split("/")) {
    const next = await found.lookup(name);
    if (next?.kind !== "directory") throw new Error(`no directory ${name}`);
    found = next;
  }
  return found;
}

test("what is mounted is where it is mounted, with what was there beside it", async (t) => {
  const base = new PseudoDirectory({
    file: "text",
    way: new PseudoDirectory({ beside: "", place: new PseudoDirectory({ hidden: "" }) }),
  });
  const mounted = MountedDirectory.of(base, [
    ["way/place", new PseudoDirectory({ shown: "" })],
    ["way/place/deep/er", new PseudoDirectory({ deepest: "" })],
    ["new/place", new PseudoDirectory({ there: "" })],
  ]);
  t.deepEqual(await namesIn(mounted), ["file", "new", "way"]);
  t.deepEqual(await namesIn(mounted, "way"), ["beside", "place"]);
  t.deepEqual(await namesIn(mounted, "way/place"), ["deep", "shown"]);
  t.deepEqual(await namesIn(mounted, "way/place/deep/er"), ["deepest"]);
  t.deepEqual(await namesIn(mounted, "new/place"), ["there"]);
  t.is((await mounted.lookup("file"))?.kind, "file");
  t.is(await mounted.lookup("none"), undefined);
});

test("a directory with mounts is changed, locked, watched and dated as it is by itself", async (t) => {
  const memory = new MemoryDirectory();
  const mounted = MountedDirectory.of(memory, [["a/b", new PseudoDirectory()]]);
  t.is(mounted.changes, memory.changes);
  t.deepEqual(mounted.attributes(), memory.attributes());
  t.is(await mounted.locks!(), memory.locks());
  const seen: string[] = [];
  const stop = mounted.watch!((event) => seen.push(event.kind));
  void mounted.changes!.create("c", "file");
  stop();
  t.deepEqual(seen, ["added"]);
  const plain = MountedDirectory.of(new PseudoDirectory(), []);
  t.is(plain.changes, undefined);
  t.is(plain.setTimes, undefined);
  t.is(plain.locks, undefined);
});

test("cargo's directory of a program is the one above its target's", (t) => {
  t.is(targetDirectory("/w/target/x86_64-unknown-fuchsia/debug/deps/a-1"), "/w/target");
  t.is(targetDirectory("/x86_64-unknown-fuchsia/debug/a"), undefined);
  t.is(targetDirectory("/tmp/rustdoctest1/rust_out"), undefined);
});

test("a program of cargo's has the workspace, what is built, and a /tmp around them", async (t) => {
  const host = directoryWith(t, { "work/Cargo.toml": "", "built/a": "", "other/b": "" });
  const temporary = join(host, "built/x86_64-unknown-fuchsia/tmp");
  mkdirSync(temporary, { recursive: true });
  const scope = new Scope();
  const places = { root: join(host, "work"), target: join(host, "built") };
  const ns = { "/data": join(host, "other"), "/data/rw": `${join(host, "other")}:rw` };
  const namespace = programNamespace(places, { ns, rw: false }, scope);
  t.deepEqual(Object.keys(namespace).sort(), ["/data", "/tmp"]);
  const at = (path: string) => find(namespace["/tmp"]!, path.slice("/tmp/".length));
  t.deepEqual(await namesIn(await at(places.root)), ["Cargo.toml"]);
  t.deepEqual(await namesIn(await at(places.target)), ["a", "x86_64-unknown-fuchsia"]);
  t.is((await at(places.root)).rights, READ_EXECUTE);
  t.is((await at(temporary)).rights, ALL_RIGHTS);
  t.is((await find(namespace["/data"]!, "rw")).rights, ALL_RIGHTS);
  t.not(namespace["/tmp"]!.changes, undefined);
  // What is above a place that can be written can itself not be.
  t.is((await at(places.target)).changes, undefined);
  await (await at(temporary)).changes!.create("made", "file");
  t.is(readFileSync(join(temporary, "made"), "utf8"), "");
  scope[Symbol.dispose]();
});

test("with --rw the workspace can be written; a directory that is asked for comes first", async (t) => {
  const host = directoryWith(t, { "work/Cargo.toml": "" });
  const scope = new Scope();
  const root = join(host, "work");
  const rw = programNamespace({ root, target: undefined }, { ns: {}, rw: true }, scope);
  const path = root.slice("/tmp/".length);
  t.is((await find(rw["/tmp"]!, path)).rights, ALL_RIGHTS);
  const ns = { "/tmp": host };
  const given = programNamespace({ root, target: undefined }, { ns, rw: false }, scope);
  t.deepEqual(Object.keys(given), ["/tmp"]);
  t.is((await find(given["/tmp"]!, "work")).kind, "directory");

  scope[Symbol.dispose]();
});
