// Where an SDK of Fuchsia's has its libraries: of no real one, but of trees with such names.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

import type { ExecutionContext } from "ava";
import test from "ava";

import { findLinkableSdk, findSdk } from "../lib/program/sdk.js";

/** Makes a tree of files, and returns its root. */
function treeOf(t: ExecutionContext, ...files: string[]): string {
  const root = mkdtempSync(join(tmpdir(), "sdk-"));
  t.teardown(() => rmSync(root, { recursive: true }));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  return root;
}

const SYSROOT = ["sysroot/lib/Scrt1.o", "sysroot/dist/lib/ld.so.1"];

/** Trees, and where libraries are in them. */
const LAYOUTS: Readonly<Record<string, { files: string[]; link: string[]; run: string[] }>> = {
  "an IDK": {
    files: [
      ...SYSROOT.map((file) => `arch/x64/${file}`),
      "arch/x64/lib/libfdio.so",
      "arch/x64/dist/libfdio.so",
      "arch/arm64/sysroot/dist/lib/ld.so.1",
      "pkg/fdio/include/fdio.h",
    ],
    link: ["arch/x64/sysroot/lib", "arch/x64/lib"],
    run: ["arch/x64/sysroot/dist/lib", "arch/x64/sysroot/dist", "arch/x64/dist", "arch/x64/lib"],
  },
  "an SDK for GN": {
    files: [...SYSROOT.map((file) => `sdk/arch/x64/${file}`), "sdk/arch/x64/dist/libfdio.so"],
    link: ["sdk/arch/x64/sysroot/lib"],
    run: ["sdk/arch/x64/sysroot/dist/lib", "sdk/arch/x64/sysroot/dist", "sdk/arch/x64/dist"],
  },
  "an SDK for Bazel, with directories for each package": {
    files: [
      ...SYSROOT.map((file) => `arch/x64/${file}`),
      "pkg/fdio/arch/x64/lib/libfdio.so",
      "pkg/fdio/arch/x64/dist/libfdio.so",
      "pkg/async/include/async.h",
      "pkg/svc/arch/x64/dist/libsvc.so",
    ],
    link: ["arch/x64/sysroot/lib", "pkg/fdio/arch/x64/lib"],
    run: [
      "arch/x64/sysroot/dist/lib",
      "arch/x64/sysroot/dist",
      "pkg/fdio/arch/x64/dist",
      "pkg/svc/arch/x64/dist",
      "pkg/fdio/arch/x64/lib",
    ],
  },
  "an IDK with several levels of the API": {
    files: [
      ...["9", "NEXT", "16"].flatMap((level) =>
        SYSROOT.map((file) => `obj/x64-api-${level}/${file}`),
      ),
      "obj/arm64-api-16/sysroot/dist/lib/ld.so.1",
    ],
    link: ["NEXT", "16", "9"].map((level) => `obj/x64-api-${level}/sysroot/lib`),
    run: ["lib", ""].flatMap((place) =>
      ["NEXT", "16", "9"].map((level) => join(`obj/x64-api-${level}/sysroot/dist`, place)),
    ),
  },
  "what an SDK has for one machine": {
    files: [...SYSROOT, "dist/libfdio.so"],
    link: ["sysroot/lib"],
    run: ["sysroot/dist/lib", "sysroot/dist", "dist"],
  },
};

for (const [what, { files, link, run }] of Object.entries(LAYOUTS)) {
  test(`libraries are found in ${what}`, (t) => {
    const root = treeOf(t, ...files);
    for (const found of [findSdk(root), findLinkableSdk(root)]) {
      t.deepEqual(
        found.link.map((directory) => relative(root, directory)),
        link,
      );
      t.deepEqual(
        found.run.map((directory) => join(relative(root, directory), ".")),
        run.map((directory) => join(directory, ".")),
      );
    }
  });
}

test("libraries are those of the machine", (t) => {
  const root = treeOf(t, "arch/arm64/sysroot/dist/lib/ld.so.1", "arch/x64/dist/libfdio.so");
  t.true(findSdk(root, "aarch64").run.every((directory) => directory.includes("arm64")));
  t.throws(() => findSdk(root, "x86-64"), {
    message: `${root} is no SDK of Fuchsia's for x86-64: there is no ld.so.1 below ${root}/arch/x64`,
  });
  t.throws(() => findSdk(root, "riscv64"), {
    message: `${root} is no SDK of Fuchsia's for riscv64: there is no arch/riscv64 in it, nor in a package of it`,
  });
});

test("what can run only cannot be linked against, nor the reverse", (t) => {
  const runs = treeOf(t, "arch/x64/sysroot/dist/lib/ld.so.1");
  t.notThrows(() => findSdk(runs));
  t.throws(() => findLinkableSdk(runs), { message: /there is no Scrt1\.o below / });
  const links = treeOf(t, "arch/x64/sysroot/lib/Scrt1.o");
  t.notThrows(() => findLinkableSdk(links));
  t.throws(() => findSdk(links), { message: /there is no ld\.so\.1 below / });
});
