// What PT_INTERP says means the same to whoever builds a process, plans a launch, runs a program or
// looks at the file.

import test from "ava";

import {
  type Kernel,
  LoaderService,
  planLaunch,
  ProcessBuilder,
  ProcessBuilderError,
  run,
} from "../index.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { elfFile, load, PF, staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";

const LOAD = "Failed to load dynamic linker from fuchsia.ldsvc.Loader";
const TOO_LONG = `${LOAD}: objectName is longer than 1024 bytes`;

/** A dynamic executable with these bytes as its PT_INTERP, at the end of the file. */
function withInterpreter(bytes: Uint8Array): Uint8Array {
  const offset = 0x1000;
  const { length } = bytes;
  const segment = { type: 3, flags: PF.R, offset, vaddr: offset, align: 1, content: bytes };
  return elfFile({
    segments: [{ ...segment, filesz: length, memsz: length }, load(0, PF.R | PF.X)],
  });
}

/** Names, as PT_INTERP has them, and what becomes of a build. */
const NAMES: Record<string, [bytes: Uint8Array, kind: string, code: string, message: string]> = {
  "names nothing": [bytes("\0"), "GenericStatus", "INVALID_ARGS", `${LOAD}: INVALID_ARGS`],
  "is empty": [
    bytes(""),
    "InvalidInterpHeader",
    "INVALID_ARGS",
    "Invalid PT_INTERP header: Missing null terminator",
  ],
  "does not end": [
    bytes("ld.so.2"),
    "InvalidInterpHeader",
    "INVALID_ARGS",
    "Invalid PT_INTERP header: Missing null terminator",
  ],
  "is no UTF-8": [
    bytes("ld\xff\0"),
    "InvalidInterpHeader",
    "INVALID_ARGS",
    "Invalid PT_INTERP header: Invalid UTF8",
  ],
  "holds a NUL": [bytes("ld\0.so.2\0"), "GenericStatus", "INVALID_ARGS", `${LOAD}: INVALID_ARGS`],
  "begins with a slash": [
    bytes("/lib/ld.so.2\0"),
    "GenericStatus",
    "INVALID_ARGS",
    `${LOAD}: INVALID_ARGS`,
  ],
  "leads upwards": [
    bytes("../ld.so.2\0"),
    "GenericStatus",
    "INVALID_ARGS",
    `${LOAD}: INVALID_ARGS`,
  ],
  "names a directory": [bytes("asan\0"), "GenericStatus", "NOT_FILE", `${LOAD}: NOT_FILE`],
  "names what there is not": [
    bytes("ld.so.2\0"),
    "GenericStatus",
    "NOT_FOUND",
    `${LOAD}: NOT_FOUND`,
  ],
  ...Object.fromEntries(
    [1_025, 4_095, 4_096, 5_000, 70_000].map((length) => [
      `has ${length} bytes`,
      [bytes(`${"n".repeat(length)}\0`), "LoadDynamicLinker", "NOT_FOUND", TOO_LONG] as const,
    ]),
  ),
  "has 5,000 bytes that are no UTF-8": [
    bytes(`${"n".repeat(4_999)}\xff\0`),
    "InvalidInterpHeader",
    "INVALID_ARGS",
    "Invalid PT_INTERP header: Invalid UTF8",
  ],
};

function bytes(latin1: string): Uint8Array {
  return Buffer.from(latin1, "latin1");
}

function buildWith(kernel: Kernel, file: Uint8Array, directory: string) {
  const executable = kernel.vmoFromBytes(file);
  const libraries = new LoaderService(kernel, { directories: [directory] });
  return new ProcessBuilder({ name: "dynamic", job: kernel.rootJob, executable })
    .setLoaderService(libraries.connect())
    .build();
}

/** What tells errors apart. Where what is missing was looked for is another matter. */
function seen({ name, code, kind, message }: ProcessBuilderError) {
  return { name, code, kind, message: message.replace(/: \S+ is not in .*$/, "") };
}

for (const [what, [interp, kind, status, message]] of Object.entries(NAMES)) {
  test(`a PT_INTERP that ${what}`, async (t) => {
    const kernel = nullKernel(t);
    const directory = directoryWith(t, { "asan/ld.so.3": staticPie() });
    const file = withInterpreter(interp);
    const expected = { name: "ProcessBuilderError", code: `ZX_ERR_${status}`, kind, message };
    const built = await t.throwsAsync(buildWith(kernel, file, directory), {
      instanceOf: ProcessBuilderError,
    });
    t.deepEqual(seen(built!), expected);
    const libraryPath = [directory];
    const ran = await t.throwsAsync(run(file, [], { kernel, libraryPath }), {
      instanceOf: ProcessBuilderError,
    });
    t.deepEqual(seen(ran!), expected);
    const { verdict, linker } = await planLaunch(file, { libraryPath });
    t.deepEqual(seen(verdict.error!), expected);
    const isAsked = kind === "GenericStatus";
    const name = Buffer.from(interp.subarray(0, -1)).toString();
    t.deepEqual(linker, isAsked ? { name, path: undefined } : undefined);
  });
}

test("a path below a directory names a linker there", async (t) => {
  const kernel = nullKernel(t);
  const directory = directoryWith(t, { "asan/ld.so.3": staticPie() });
  const file = withInterpreter(bytes("asan/ld.so.3\0"));
  (await buildWith(kernel, file, directory)).dispose();
  const { verdict, linker } = await planLaunch(file, { libraryPath: [directory] });
  t.true(verdict.ok);
  t.is(linker?.name, "asan/ld.so.3");
});

test("inspect shows all that comes before the NUL at the end, and says why there is no name", async (t) => {
  for (const [interp, shown] of [
    ["ld.so.1\0", "ld.so.1"],
    ["ld\0.so.1\0", "ld\0.so.1"],
    ["\0", ""],
    ["unterminated", undefined],
  ] as const) {
    const cwd = directoryWith(t, { app: withInterpreter(bytes(interp)) });
    const { code, stdout } = await zirconia(["inspect", "--json", "app"], { cwd });
    t.is(code, 0);
    const { interpreter, interpreterError } = JSON.parse(stdout) as Record<string, unknown>;
    t.is(interpreter, shown);
    t.is(interpreterError === undefined, interp === "ld.so.1\0");
  }
});
