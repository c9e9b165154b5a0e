import test, { type ExecutionContext } from "ava";

import { ZirconiaError, type ZxStatus } from "../index.js";
import { MountTree } from "../lib/fdio/mount-tree.js";

type Outcome = keyof typeof ZxStatus;

/** The status that something ends with. */
function outcome(t: ExecutionContext, work: () => unknown): Outcome {
  const error = t.throws(work, { instanceOf: ZirconiaError })!;
  return error.code.slice("ZX_ERR_".length) as Outcome;
}

/** A tree in which paths are mounted that name themselves. */
function tree(...paths: string[]): MountTree<string> {
  const mounts = new MountTree<string>();
  paths.forEach((path) => mounts.bind(path, path));
  return mounts;
}

function paths(mounts: MountTree<string>): string[] {
  return Array.from(mounts.mounts(), ([path, mounted]) => {
    if (path !== mounted) throw new Error(`${mounted} is mounted at ${path}`);
    return path;
  });
}

const LONGEST = "n".repeat(255);

const REFUSED: [path: string, bound: string[], status: Outcome][] = [
  ["", [], "INVALID_ARGS"],
  ["svc", [], "INVALID_ARGS"],
  ["/svc/", [], "INVALID_ARGS"],
  ["//svc", [], "INVALID_ARGS"],
  ["/a//b", [], "INVALID_ARGS"],
  ["/.", [], "INVALID_ARGS"],
  ["/a/../b", [], "INVALID_ARGS"],
  ["/a\0b", [], "INVALID_ARGS"],
  [`/${LONGEST}n`, [], "INVALID_ARGS"],
  [`/${"é".repeat(128)}`, [], "INVALID_ARGS"],
  ["/a/b", ["/a"], "NOT_SUPPORTED"],
  ["/a/b/c", ["/a"], "NOT_SUPPORTED"],
  ["/a", ["/"], "NOT_SUPPORTED"],
  ["/", ["/a"], "NOT_SUPPORTED"],
  ["/a", ["/a"], "ALREADY_EXISTS"],
  ["/a", ["/a/b"], "ALREADY_EXISTS"],
  ["/a/b", ["/a/b/c"], "ALREADY_EXISTS"],
  ["/", ["/"], "ALREADY_EXISTS"],
];

for (const [path, bound, status] of REFUSED) {
  test(`bind ${JSON.stringify(path.slice(0, 12))} with ${JSON.stringify(bound)}: ${status}`, (t) => {
    const mounts = tree(...bound);
    t.is(
      outcome(t, () => mounts.bind(path, path)),
      status,
    );
    t.deepEqual(paths(mounts), bound);
  });
}

test("whichever comes first counts: a part that is no name, or the mount that it is below", (t) => {
  t.is(
    outcome(t, () => tree("/a").bind("/a/b//", "")),
    "NOT_SUPPORTED",
  );
  t.is(
    outcome(t, () => tree("/a").bind("/a/..", "")),
    "INVALID_ARGS",
  );
});

test("names have up to 255 bytes", (t) => {
  t.deepEqual(paths(tree(`/${LONGEST}`)), [`/${LONGEST}`]);
});

test("a failed bind leaves no places on the way", (t) => {
  const mounts = tree("/a");
  outcome(t, () => mounts.bind("/b/c/..", ""));
  mounts.bind("/b", "/b");
  t.deepEqual(paths(mounts), ["/a", "/b"]);
});

test("unbind", (t) => {
  const mounts = tree("/a/b/c", "/a/d");
  for (const [path, status] of [
    ["/", "NOT_SUPPORTED"],
    ["a", "INVALID_ARGS"],
    ["/a/", "INVALID_ARGS"],
    ["/a", "NOT_FOUND"],
    ["/x", "NOT_FOUND"],
    ["/a/d/e", "NOT_FOUND"],
    ["/a/./d", "INVALID_ARGS"],
  ] as const) {
    t.is(
      outcome(t, () => mounts.unbind(path)),
      status,
      path,
    );
  }
  t.is(mounts.unbind("/a/b/c"), "/a/b/c");
  t.deepEqual(paths(mounts), ["/a/d"]);
});

test("unbind forgets the places that only led there", (t) => {
  const mounts = tree("/a/b/c", "/a/d");
  mounts.unbind("/a/b/c");
  mounts.bind("/a/b", "/a/b");
  mounts.unbind("/a/b");
  mounts.unbind("/a/d");
  mounts.bind("/", "/");
  t.deepEqual(paths(mounts), ["/"]);
});

const WALKS: [path: string, mounted: string | undefined, rest: string][] = [
  ["/", undefined, "."],
  ["/.", undefined, "."],
  ["/a", undefined, "."],
  ["/a/b", "/a/b", "."],
  ["/a/b/.", "/a/b", "."],
  ["/a/b/c", "/a/b", "c"],
  ["/a/b/c//d/", "/a/b", "c//d/"],
  ["/a/b/../c", "/a/b", "../c"],
];

for (const [path, mounted, rest] of WALKS) {
  test(`walk ${path}`, (t) => {
    const place = tree("/a/b", "/a/x").walk(path);
    t.is(place.mounted, mounted);
    t.is(place.rest, rest);
  });
}

test("walk to what is not there", (t) => {
  const mounts = tree("/a/b");
  for (const [path, status] of [
    ["", "NOT_FOUND"],
    ["a/b", "NOT_FOUND"],
    ["/x", "NOT_FOUND"],
    ["/a/x", "NOT_FOUND"],
    ["//a", "BAD_PATH"],
    ["/a//b", "BAD_PATH"],
    ["/a/b/", "BAD_PATH"],
  ] as const) {
    t.is(
      outcome(t, () => mounts.walk(path)),
      status,
      path,
    );
  }
});

test("all paths lead to what is mounted at the root", (t) => {
  const mounts = tree("/");
  t.deepEqual(mounts.walk("/"), { mounted: "/", rest: ".", names: [] });
  t.is(mounts.walk("/a/b").rest, "a/b");
});

test("places tell what is directly below, in the order in which it came", (t) => {
  const mounts = tree("/b/x", "/a", "/b/c");
  t.deepEqual(mounts.walk("/").names, ["b", "a"]);
  t.deepEqual(mounts.walk("/b").names, ["x", "c"]);
  t.deepEqual(paths(mounts), ["/b/x", "/b/c", "/a"]);
});
