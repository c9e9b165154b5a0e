import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import test, { type ExecutionContext } from "ava";

import {
  checkBytes,
  checkFile,
  checkFiles,
  type CheckRecord,
  type CheckReport,
  type Target,
} from "../index.js";
import { inOrder } from "../lib/check/in-order.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, interp, load, PF } from "./support/elf-file.js";
import { hostFiles } from "./support/host-files.js";

const TARGETS: readonly Target[] = ["x86-64", "aarch64", "riscv64"];

/** What keeps a file from running, as `code kind/cause status`. */
function failureOf(report: CheckReport): string | undefined {
  const finding = report.findings.find(({ failure }) => failure !== undefined);
  if (finding === undefined) return undefined;
  const { kind, cause, code } = finding.failure!;
  return `${finding.code} ${kind}/${cause} ${code}`;
}

function fails(t: ExecutionContext, bytes: Uint8Array, failure: string): CheckReport {
  const report = checkBytes(bytes);
  t.false(report.ok);
  t.is(failureOf(report), failure);
  return report;
}

for (const target of TARGETS) {
  test(`a good file for ${target} would load`, (t) => {
    const report = checkBytes(elfFile({ target }));
    t.true(report.ok);
    t.is(report.target, target);
    t.is(report.interpreter, undefined);
    t.is(failureOf(report), undefined);
  });

  test(`writable code for ${target} is refused by the kernel`, (t) => {
    const segments = [load(0, PF.R | PF.W | PF.X)];
    const denied = "writable-code ElfLoad/VmarMap ZX_ERR_ACCESS_DENIED";
    const report = fails(t, elfFile({ target, segments }), denied);
    t.is(report.target, target);
    const { severity, offset, field, message } = report.findings[0]!;
    t.is(severity, "error");
    t.is(offset, 64n + 4n);
    t.is(field, "p_flags");
    t.is(message, "Failed to load ELF: Failed to map VMAR: ACCESS_DENIED");
  });
}

test("zeros after the code are refused by the kernel", (t) => {
  const segments = [load(0, PF.R | PF.X, { memsz: 0x2000 })];
  fails(t, elfFile({ segments }), "executable-zeros ElfLoad/VmarMap ZX_ERR_ACCESS_DENIED");
});

test("a file without PT_LOAD has nothing to load", (t) => {
  const code = "nothing-to-load ElfLoad/NothingToLoad ZX_ERR_NOT_FOUND";
  fails(t, elfFile({ segments: [] }), code);
});

test("two PT_INTERP are one too many", (t) => {
  const segments = [interp("ld.so.1\0"), interp("ld.so.1\0"), load(0, PF.R | PF.X)];
  fails(t, elfFile({ segments }), "multiple-interp ElfParse/MultipleHeaders ZX_ERR_NOT_FOUND");
});

test("a PT_INTERP ends with NUL and is UTF-8", (t) => {
  const code = PF.R | PF.X;
  const header = "InvalidInterpHeader/undefined ZX_ERR_INVALID_ARGS";
  const open = elfFile({ segments: [interp("ld.so.1"), load(0, code)] });
  fails(t, open, `interp-missing-nul ${header}`);
  const odd = elfFile({ segments: [interp("ld.so.1\0"), load(0, code)] });
  odd[0x1000 - 0x400] = 0xff;
  fails(t, odd, `interp-not-utf8 ${header}`);
});

test("the dynamic linker is named, and is not part of the verdict", (t) => {
  const segments = [interp("ld.so.1\0"), load(0, PF.R | PF.X)];
  const report = checkBytes(elfFile({ segments }));
  t.true(report.ok);
  t.is(report.interpreter, "ld.so.1");
});

test("what the dynamic linker fails with is a warning, and keeps the file from running", (t) => {
  const segments = [interp("ld.so.1\0"), load(0, PF.R | PF.W | PF.X)];
  const denied = "writable-code ElfLoad/VmarMap ZX_ERR_ACCESS_DENIED";
  const report = fails(t, elfFile({ segments }), denied);
  t.is(report.findings[0]!.severity, "warning");
});

test("a file is checked for the machine that is asked for", (t) => {
  const report = checkBytes(elfFile({ target: "aarch64" }), { target: "x86-64" });
  t.is(report.target, "x86-64");
  t.is(failureOf(report), "architecture ElfParse/InvalidFileHeader ZX_ERR_NOT_FOUND");
});

test("a file that names no machine of Fuchsia's is checked for x86-64", (t) => {
  t.is(checkBytes(new TextEncoder().encode("#!/bin/sh\n")).target, "x86-64");
  t.is(failureOf(checkBytes(new Uint8Array()))!.split(" ")[0], "file-header-unreadable");
});

test("at most 16 findings of a kind are listed, the rest are counted", (t) => {
  const segments = Array.from({ length: 20 }, (_, page) => load(page, PF.R | PF.W | PF.X));
  const { findings, omitted } = checkBytes(elfFile({ segments }));
  t.is(findings.filter(({ code }) => code === "writable-code").length, 16);
  t.is(omitted["writable-code"], 4n);
});

test("a file of the host gets the report of its bytes", async (t) => {
  const bytes = elfFile({ segments: [interp("ld.so.1\0"), load(0, 7), load(1, 6)] });
  // Neither a whole page nor as much as the headers promise.
  const cut = bytes.subarray(0, 0x1234);
  const directory = directoryWith(t, { whole: bytes, cut, empty: "", text: "#!/bin/sh\n" });
  for (const [name, content] of Object.entries({ whole: bytes, cut, empty: new Uint8Array() })) {
    t.deepEqual(await checkFile(join(directory, name)), checkBytes(content), name);
  }
  const url = pathToFileURL(join(directory, "whole"));
  t.deepEqual(
    await checkFile(url, { target: "riscv64" }),
    checkBytes(bytes, { target: "riscv64" }),
  );
});

test("files that cannot be read fail as in node:fs", async (t) => {
  const directory = directoryWith(t, {});
  const missing = join(directory, "missing");
  const error = await t.throwsAsync(checkFile(missing), { code: "ENOENT" });
  t.like(error, { path: missing });
  await t.throwsAsync(checkFile(directory), { code: "EISDIR" });
  await t.throwsAsync(checkFile("a\0b"), { code: "EINVAL" });
  if (process.platform !== "win32") {
    await t.throwsAsync(checkFile("/dev/null"), { code: "EINVAL" });
  }
});

test("misuse is a TypeError or a RangeError", async (t) => {
  const code = "ERR_INVALID_ARG_TYPE";
  await t.throwsAsync(checkFile(1 as never), { instanceOf: TypeError, code });
  t.throws(() => checkBytes("text" as never), { instanceOf: TypeError, code });
  const target = "mips" as Target;
  t.throws(() => checkBytes(elfFile(), { target }), { code: "ERR_INVALID_ARG_VALUE" });
  for (const files of ["file", undefined, 1]) {
    await t.throwsAsync(checkFiles(files as never).next(), { instanceOf: TypeError, code });
  }
  const options = { jobs: 1025 };
  await t.throwsAsync(checkFiles([], options).next(), { code: "ERR_OUT_OF_RANGE" });
});

test("records come in the order of the files, and a bad file stops nothing", async (t) => {
  const directory = directoryWith(t, { good: elfFile(), bad: "text" });
  const names = ["good", "missing", "bad", "good"];
  const records: CheckRecord[] = [];
  const files = names.map((name) => join(directory, name));
  for await (const record of checkFiles(files, { jobs: 2 })) records.push(record);
  t.deepEqual(
    records.map(({ file }) => file),
    files,
  );
  t.deepEqual(
    records.map(({ report, error }) => report?.ok ?? error?.code),
    [true, "ENOENT", false, true],
  );
});

test("no more is in work than is allowed, and results keep their order", async (t) => {
  let running = 0;
  let most = 0;
  const results: number[] = [];
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++running);
    // The first ones take the longest.
    for (let turn = item; turn < 10; turn++) await Promise.resolve();
    running--;
    return item;
  };
  for await (const result of inOrder([0, 1, 2, 3, 4, 5, 6, 7], 3, work)) results.push(result);
  t.deepEqual(results, [0, 1, 2, 3, 4, 5, 6, 7]);
  t.is(most, 3);
});

test("a failure comes in its turn", async (t) => {
  const second = new Error("second");
  const results = inOrder([0, 1, 2], 3, async (item) => {
    if (item === 1) throw second;
    return item;
  });
  t.deepEqual(await results.next(), { done: false, value: 0 });
  t.is(await t.throwsAsync(results.next()), second);
});

test("every file of this computer gets a verdict", async (t) => {
  const libraries = ["/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
  const files = ["/usr/bin", "/usr/sbin", ...libraries].flatMap((path) => hostFiles(path, 400));
  let seen = 0;
  for await (const { file, report, error } of checkFiles(files)) {
    t.is(file, files[seen++]!);
    // Some may be unreadable for whoever runs the tests.
    t.true(report === undefined ? error?.code === "EACCES" : typeof report.ok === "boolean");
  }
  t.is(seen, files.length);
});

function text(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
}

test("the documentation has every code", (t) => {
  const kinds = text("crates/loader-core/src/validate/kind.rs");
  const codes = Array.from(kinds.matchAll(/^ {4}\w+ = "([a-z0-9-]+)",/gm), ([, code]) => code!);
  t.true(codes.includes("writable-code"));
  const page = text("docs/check.md");
  t.deepEqual(
    codes.filter((code) => !page.includes(`| \`${code}\` |`)),
    [],
  );
});
