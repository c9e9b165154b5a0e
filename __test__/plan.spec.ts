import { existsSync } from "node:fs";
import { join } from "node:path";

import test from "ava";
import { array, assert, asyncProperty, nat, tuple } from "fast-check";

import {
  checkBytes,
  computeInitialStackPointer,
  HandleInfo,
  HandleType,
  type LaunchPlan,
  type MappingInfo,
  planLaunch,
  Rights,
  type Target,
} from "../index.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, interp, load, PF } from "./support/elf-file.js";
import { hostFiles } from "./support/host-files.js";
import { guest } from "./support/native.js";

const TARGETS: readonly Target[] = ["x86-64", "aarch64", "riscv64"];
const CODE = PF.R | PF.X;

/** A segment of each kind. */
const SEGMENTS = [load(0, PF.R), load(1, CODE), load(2, PF.R | PF.W, { memsz: 0x3000 })];
/** Bytes in the headers of a file with these. */
const HEADERS = 64 + 3 * 56;

type Mapping = Extract<MappingInfo, { type: "mapping" }>;

function dynamic(name: string, target: Target = "x86-64"): Uint8Array {
  return elfFile({ target, segments: [interp(`${name}\0`), load(0, CODE)] });
}

function mappings({ maps }: LaunchPlan): Mapping[] {
  return maps.filter((line): line is Mapping => line.type === "mapping");
}

function infos(plan: LaunchPlan, message: number): string[] {
  return plan.messages[message]!.handles.map(({ info }) => info.toString());
}

for (const target of TARGETS) {
  test(`a static launch for ${target} is planned to its first instruction`, async (t) => {
    const plan = await planLaunch(elfFile({ target, segments: SEGMENTS }), {
      name: "app",
      args: ["one"],
      bare: true,
    });
    t.true(plan.verdict.ok);
    t.is(plan.target, target);
    t.is(plan.linker, undefined);

    const names = mappings(plan).map(({ name, permissions }) => [name, permissions]);
    const own = names.filter(([name]) => !/^(vdso|stack)/.test(name as string));
    t.deepEqual(own, [
      ["program", 1],
      ["program", 5],
      ["data:program", 3],
      ["bss:program", 3],
    ]);

    t.is(plan.messages.length, 1);
    t.deepEqual(plan.messages[0]!.contents.args, ["app", "one"]);
    t.deepEqual(infos(plan, 0), [
      "ProcessSelf(0)",
      "ThreadSelf(0)",
      "RootVmar(0)",
      "LoadedVmar(0)",
      "VdsoVmo(0)",
      "StackVmo(0)",
    ]);
    const koids = new Set(mappings(plan).map(({ vmo }) => vmo));
    const vmos = plan.messages[0]!.handles.filter(({ objectType }) => objectType === "Vmo");
    t.true(vmos.every(({ koid }) => koids.has(koid)));

    const { base, size, name } = plan.stack!;
    t.is(name, "stack: default 0x40000");
    t.is(size, 0x40000n);
    const [pc, sp, bootstrap, vdso] = plan.registers;
    const image = mappings(plan).find(({ name }) => name === "program")!;
    t.is(pc!.value, image.base + 0x800n);
    t.is(sp!.value, computeInitialStackPointer(base, size, target));
    t.is(bootstrap!.value, undefined);
    t.is(vdso!.value, mappings(plan).find(({ name }) => name.startsWith("vdso"))!.base);
  });

  test(`a dynamic launch for ${target} finds its linker and has two messages`, async (t) => {
    const directory = directoryWith(t, { "second/ld.so.1": elfFile({ target }) });
    const plan = await planLaunch(dynamic("ld.so.1", target), {
      libraryPath: [join(directory, "first"), join(directory, "second")],
      env: { LD_DEBUG: "1", OTHER: "2" },
    });
    t.true(plan.verdict.ok);
    t.deepEqual(plan.linker, { name: "ld.so.1", path: join(directory, "second", "ld.so.1") });
    t.deepEqual(infos(plan, 0), [
      "LdsvcLoader(0)",
      "ExecutableVmo(0)",
      "LoadedVmar(0)",
      "ProcessSelf(0)",
      "RootVmar(0)",
    ]);
    t.deepEqual(plan.messages[0]!.contents.environmentVars, ["LD_DEBUG=1"]);
    t.deepEqual(plan.messages[1]!.contents.environmentVars, ["LD_DEBUG=1", "OTHER=2"]);
    t.true((plan.messages[0]!.handles[1]!.rights & Rights.EXECUTE) !== 0);
    // The low half stays free, and the reservation is gone.
    const { base, size } = plan.maps[0]!;
    t.true(mappings(plan).every((mapping) => mapping.base >= (base + size) / 2n));
    t.is(plan.maps.filter(({ type }) => type === "vmar").length, 3);
  });
}

test("registers have the names of the machine", async (t) => {
  const names = {
    "x86-64": ["rip", "rsp", "rdi", "rsi"],
    aarch64: ["pc", "sp", "x0", "x1"],
    riscv64: ["pc", "sp", "a0", "a1"],
  };
  for (const target of TARGETS) {
    const { registers } = await planLaunch(elfFile({ target }));
    t.deepEqual(
      registers.map(({ name }) => name),
      names[target],
    );
  }
});

test("the same launch gives the same plan", async (t) => {
  const bytes = elfFile({ segments: [load(0, CODE), load(1, PF.R | PF.W)] });
  t.deepEqual(await planLaunch(bytes), await planLaunch(bytes));
});

test("a missing linker is a verdict, and the plan has what was reached", async (t) => {
  const plan = await planLaunch(dynamic("ld.so.2"), { libraryPath: ["/nonexistent"] });
  const { error } = plan.verdict;
  const text = "Failed to load dynamic linker from fuchsia.ldsvc.Loader: NOT_FOUND";
  t.is(error?.message, text);
  t.is(error?.kind, "GenericStatus");
  t.deepEqual(plan.linker, { name: "ld.so.2", path: undefined });
  // The root only: what was reserved for the linker is free again.
  t.is(plan.maps.length, 1);
  t.deepEqual([plan.messages, plan.registers, plan.stack], [[], [], undefined]);
});

test("the package's own linker is found as run finds it, for x86-64 only", async (t) => {
  const own = guest("lib/ld.so.1");
  t.is((await planLaunch(dynamic("ld.so.1"))).linker!.path, existsSync(own) ? own : undefined);
  const directory = directoryWith(t, { "ld.so.1": elfFile() });
  const { linker } = await planLaunch(dynamic("ld.so.1"), { libraryPath: [directory] });
  t.is(linker!.path, join(directory, "ld.so.1"));
  for (const target of ["aarch64", "riscv64"] as const) {
    t.is((await planLaunch(dynamic("ld.so.1", target))).linker!.path, undefined, target);
  }
});

test("a linker that cannot be loaded leaves what it has mapped", async (t) => {
  const bad = elfFile({ segments: [load(0, PF.R), load(1, PF.R | PF.W | PF.X)] });
  const directory = directoryWith(t, { "ld.so.1": bad });
  const plan = await planLaunch(dynamic("ld.so.1"), { libraryPath: [directory] });
  t.is(plan.verdict.error?.kind, "ElfLoad");
  t.deepEqual(
    mappings(plan).map(({ name }) => name),
    ["ld.so.1"],
  );
});

test("a linker's name leads nowhere but below the library path", async (t) => {
  const directory = directoryWith(t, { "ld.so.1": elfFile(), "lib/asan/ld.so.1": elfFile() });
  const libraryPath = [join(directory, "lib")];
  const path = async (name: string) =>
    (await planLaunch(dynamic(name), { libraryPath })).linker!.path;
  t.is(await path("asan/ld.so.1"), join(directory, "lib/asan/ld.so.1"));
  for (const name of [
    "../ld.so.1",
    "asan/../../ld.so.1",
    join(directory, "ld.so.1"),
    "",
    "asan",
    "a\0b",
    "n".repeat(1024),
  ]) {
    t.is(await path(name), undefined, name);
  }
});

test("a file that is no executable is a verdict", async (t) => {
  const plan = await planLaunch(new TextEncoder().encode("#!/bin/sh\n".padEnd(64)));
  t.is(plan.verdict.error?.kind, "ElfParse");
  t.is(plan.maps.length, 1);
  t.is(plan.linker, undefined);
});

test("handles and namespace are in the main message", async (t) => {
  const types = [HandleType.FileDescriptor, HandleType.DefaultJob, HandleType.User0];
  const plan = await planLaunch(elfFile(), {
    handles: types.map((type) => new HandleInfo(type, 1)),
    namespace: ["/pkg", "/svc"],
    bare: true,
  });
  const { contents, handles } = plan.messages[0]!;
  t.deepEqual(contents.namespacePaths, ["/pkg", "/svc"]);
  t.deepEqual(
    handles.slice(3, 8).map(({ info, objectType }) => `${info} ${objectType}`),
    [
      "FileDescriptor(1) Socket",
      "DefaultJob(1) Job",
      "User0(1) Channel",
      "NamespaceDirectory(0) Channel",
      "NamespaceDirectory(1) Channel",
    ],
  );
});

test("handles that the builder refuses are a verdict", async (t) => {
  const handles = [new HandleInfo(HandleType.ProcessSelf)];
  const { verdict } = await planLaunch(elfFile(), { handles });
  t.is(verdict.error?.kind, "InvalidArg");
});

test("more handles than a message holds are a verdict", async (t) => {
  const handles = Array.from({ length: 58 }, (_, arg) => new HandleInfo(HandleType.User0, arg));
  t.true((await planLaunch(elfFile(), { handles, bare: true })).verdict.ok);
  handles.push(new HandleInfo(HandleType.User1));
  const plan = await planLaunch(elfFile(), { handles, bare: true });
  t.is(plan.verdict.error?.kind, "ProcessArgs");
  // Everything but the message was reached.
  t.true(mappings(plan).some(({ name }) => name.startsWith("stack")));
});

test("the stack has the least size that is asked for", async (t) => {
  const { stack } = await planLaunch(elfFile(), { minStackSize: 0x40001n });
  t.is(stack!.size, 0x41000n);
});

test("misuse is a TypeError", async (t) => {
  const rejects = (options: object, code: string) =>
    t.throwsAsync(planLaunch(elfFile(), options), { instanceOf: TypeError, code });
  await rejects({ libraries: [] }, "ERR_INVALID_ARG_VALUE");
  await rejects({ libraryPath: "lib" }, "ERR_INVALID_ARG_TYPE");
  await rejects({ args: "one" }, "ERR_INVALID_ARG_TYPE");
  await rejects({ args: ["nul\0"] }, "ERR_INVALID_ARG_VALUE");
  await rejects({ namespace: "/pkg" }, "ERR_INVALID_ARG_TYPE");
  await rejects({ namespace: [1] }, "ERR_INVALID_ARG_TYPE");
  await rejects({ handles: ["1"] }, "ERR_INVALID_ARG_TYPE");
  await rejects({ handles: [new HandleInfo(HandleType.LdsvcLoader)] }, "ERR_INVALID_ARG_VALUE");
  await t.throwsAsync(planLaunch(1 as never), { code: "ERR_INVALID_ARG_TYPE" });
  await t.throwsAsync(planLaunch("/nonexistent"), { code: "ENOENT" });
});

/** A good file of which some bytes of the headers are others. */
const damaged = array(tuple(nat(HEADERS - 1), nat(0xff)), { minLength: 1, maxLength: 3 }).map(
  (changes) => {
    const bytes = elfFile({ segments: SEGMENTS });
    for (const [at, value] of changes) bytes[at] = value;
    // A kernel here maps nothing beyond the offsets of Linux's files, and Zircon does.
    for (let at = 64 + 15; at < HEADERS; at += 56) bytes[at]! &= 0x7f;
    return bytes;
  },
);

test("check and plan agree about damaged files", async (t) => {
  const target = "x86-64";
  const agree = asyncProperty(damaged, async (bytes) => {
    const { verdict, linker } = await planLaunch(bytes, { target });
    const { findings } = checkBytes(bytes, { target });
    const error = findings.find(({ severity }) => severity === "error");
    // What check takes to be there is missing.
    if (linker !== undefined) return error === undefined;
    return (
      verdict.error?.message === error?.message && verdict.error?.code === error?.failure?.code
    );
  });
  await t.notThrowsAsync(assert(agree, { seed: 1, numRuns: 200 }));
});

test("every program of this computer has a plan", async (t) => {
  for (const file of hostFiles("/usr/bin", 100)) {
    try {
      const { verdict, maps, registers } = await planLaunch(file);
      t.true(maps.length > 0, file);
      t.is(registers.length, verdict.ok ? 4 : 0, file);
    } catch (error) {
      // Some may be unreadable for whoever runs the tests.
      t.is((error as NodeJS.ErrnoException).code, "EACCES", file);
    }
  }
  t.deepEqual(hostFiles("/nonexistent", 1), []);
});
