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
  planLaunch,
  run,
  type Target,
} from "../index.js";
import { inOrder } from "../lib/check/in-order.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, interp, load, PF } from "./support/elf-file.js";
import { hostFiles } from "./support/host-files.js";
import { guest } from "./support/native.js";

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

test("a file that is plainly made for another system is foreign", (t) => {
  const code = load(0, PF.R | PF.X);
  const files = {
    "foreign-interp": elfFile({ segments: [interp("/lib64/ld-linux-x86-64.so.2\0"), code] }),
    "foreign-abi": elfFile({ osabi: 9 }),
  };
  for (const [finding, bytes] of Object.entries(files)) {
    const report = checkBytes(bytes);
    t.is(report.verdict, "foreign");
    t.false(report.ok);
    t.is(failureOf(report), undefined);
    t.is(report.findings.find(({ code }) => code === finding)?.severity, "warning", finding);
  }
  // What is broken is so whoever it is made for.
  const broken = checkBytes(elfFile({ osabi: 9, segments: [load(0, PF.R | PF.W | PF.X)] }));
  t.is(broken.verdict, "broken");
});

test("programs that run here are Fuchsia's, and those of this computer are not", async (t) => {
  for (const name of ["hello", "hello_dynamic", "lib/ld.so.1"]) {
    t.is((await checkFile(guest(name))).verdict, "fuchsia", name);
  }
  if (process.platform === "linux") {
    t.is((await checkFile(process.execPath)).verdict, "foreign");
  }
});

test("an ET_EXEC, and a PT_INTERP without PT_DYNAMIC, are warnings", (t) => {
  const { verdict, findings } = checkBytes(
    elfFile({ type: 2, segments: [interp("ld.so.1\0"), load(0, PF.R | PF.X)] }),
  );
  t.is(verdict, "fuchsia");
  const codes = findings.map(({ code }) => code);
  t.deepEqual(codes, ["interp-without-dynamic", "missing-gnu-stack", "fixed-address"]);
});

const OBJECT = "GenericStatus/undefined ZX_ERR_INVALID_ARGS";
const TOO_LONG = "LoadDynamicLinker/undefined ZX_ERR_NOT_FOUND";

for (const [what, name, failure] of [
  ["empty", "", `interp-name ${OBJECT}`],
  ["with a NUL in it", "ld\0.so.1", `interp-name ${OBJECT}`],
  ["that leads out of its directory", "../ld.so.1", `interp-name ${OBJECT}`],
  ["with a part of 255 bytes", "n".repeat(255), undefined],
  ["with a part of 256 bytes", "n".repeat(256), `interp-name ${OBJECT}`],
  ["of 1,024 bytes", "a/".repeat(511) + "ld", undefined],
  ["of 1,025 bytes", "a/".repeat(511) + "ld1", `interp-too-long ${TOO_LONG}`],
  ["of 4,095 bytes", "n".repeat(4095), `interp-too-long ${TOO_LONG}`],
  ["of 4,096 bytes", "n".repeat(4096), `interp-too-long ${TOO_LONG}`],
  ["of 9,999 bytes", "n".repeat(9999), `interp-too-long ${TOO_LONG}`],
] as const) {
  test(`a PT_INTERP ${what} is judged alike by a check, a plan and a run`, async (t) => {
    const segment = { ...interp(`${name}\0`), offset: 0x1000, vaddr: 0x1000 };
    const bytes = elfFile({ segments: [load(0, PF.R | PF.X), segment] });
    const report = checkBytes(bytes);
    t.is(failureOf(report), failure);
    const plan = await planLaunch(bytes, { libraryPath: [] });
    const error = plan.verdict.error!;
    t.is<string | undefined, string | undefined>(report.interpreter, plan.linker?.name);
    if (failure === undefined) {
      t.is(report.interpreter, name);
      t.is(error.code, "ZX_ERR_NOT_FOUND");
    } else {
      t.is(failure.replace(/^\S+ /, ""), `${error.kind}/undefined ${error.code}`);
      t.is(report.findings[0]!.message, error.message);
    }
    const refused = await t.throwsAsync(run(bytes), { code: error.code });
    // A run says where it has looked, too.
    t.is(refused!.message.replace(/: \S+ is not in .*$/, ""), error.message);
  });
}

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

test("headers behind the end of a file, in its last page, are told of as those of bytes", async (t) => {
  const bytes = new Uint8Array(5000);
  bytes.set(elfFile({ segments: [] }).subarray(0, 64));
  const view = new DataView(bytes.buffer);
  view.setUint16(56, 1, true);
  for (const offset of [4999n, 5000n, 5001n, 6000n, 8136n, 8192n, 8193n]) {
    view.setBigUint64(32, offset, true);
    const path = join(directoryWith(t, { late: bytes }), "late");
    t.deepEqual(await checkFile(path), checkBytes(bytes), String(offset));
  }
});

test("a file that is read in many pieces gets the report of its bytes", async (t) => {
  // Of an executable with long tables, far from each other.
  const file = process.execPath;
  t.deepEqual(await checkFile(file), checkBytes(readFileSync(file)));
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
