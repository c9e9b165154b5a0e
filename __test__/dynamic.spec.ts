import { Kernel, type Process, Signals } from "../index.js";
import { build, launch, libraries } from "./support/dynamic.js";
import { guestBytes, nativeTest } from "./support/native.js";

const decoder = new TextDecoder();

nativeTest(
  "a dynamic program gets the program's message, and nothing of the linker's",
  async (t) => {
    const { returnCode, stdout, log, asked } = await launch(t, "hello_dynamic", libraries(), {
      args: ["a b"],
      env: ["KEY=value"],
    });
    t.is(returnCode, 0n);
    t.deepEqual(asked, ["ld.so.1", "libguest.so"]);
    t.deepEqual(log, []);
    t.deepEqual(
      stdout.map((line) => line.replace(/ koid \d+$| 0x[0-9a-f]+$/, "")),
      [
        "Hello from hello_dynamic",
        "arg 0: hello_dynamic",
        "arg 1: a b",
        "env: KEY=value",
        "handle ProcessSelf(0): Process",
        "handle ThreadSelf(0): Thread",
        "handle RootVmar(0): Vmar",
        "handle VdsoVmo(0): Vmo",
        "handle StackVmo(0): Vmo",
        "vdso:",
        "clock: running",
      ],
    );
  },
);

nativeTest("arguments beyond what an initial stack has room for", async (t) => {
  const args = Array.from({ length: 1_000 }, (_, index) => `argument ${index}`);
  const { returnCode, stdout } = await launch(t, "hello_dynamic", libraries(), { args });
  t.is(returnCode, 0n);
  t.is(stdout[1_001], "arg 1000: argument 999");
});

nativeTest("thread-local storage, constructors, and every table of relocations", async (t) => {
  const { returnCode, stdout, log } = await launch(t, "linkage", libraries());
  t.is(returnCode, 0n);
  t.deepEqual(log, []);
  t.deepEqual(stdout, [
    "local exec: 23, off by 0",
    "initial exec: 42, off by 0",
    "general dynamic: same",
    "descriptor: same",
    "zero: 0",
    "weak: 0",
    "pointers: 150",
    "constructed: 12",
    "second destructor",
    "first destructor",
  ]);
});

nativeTest("what only relocation writes is read-only afterwards", async (t) => {
  const { returnCode, stdout, log } = await launch(t, "linkage", libraries(), {
    args: ["--write-relro"],
  });
  // ZX_TASK_RETCODE_EXCEPTION_KILL
  t.is(returnCode, -1028n);
  t.deepEqual([...stdout, ...log], []);
});

/** What the list of modules says, as a debugger reads it (`r_debug` and `link_map` of link.h). */
function modules(process: Process): { name: string; bias: bigint }[] {
  const words = (address: bigint, count: number) => {
    const bytes = process.readMemory(address, 8 * count);
    return new BigUint64Array(bytes.slice().buffer);
  };
  const [, first] = words(process.getDebugAddress(), 5);
  const found: { name: string; bias: bigint }[] = [];
  let last = 0n;
  for (let address = first!; address !== 0n;) {
    const [bias, name, , next, previous] = words(address, 5);
    if (previous !== last) throw new Error("the list is not linked backwards");
    const text = decoder.decode(process.readMemory(name!, 32)).split("\0", 1);
    found.push({ name: text[0]!, bias: bias! });
    last = address;
    address = next!;
  }
  return found;
}

nativeTest(
  "a debugger finds all modules, and the program has no handle of the linker's but the loader",
  async (t) => {
    await using kernel = new Kernel();
    const { built, output } = await build(kernel, "linkage", libraries(), { args: ["--stay"] });
    const { vdsoBase } = built;
    const process = built.start();
    // By its first line the linker is done.
    await output.waitOne(Signals.READABLE);
    const found = modules(process);
    t.deepEqual(
      found.map(({ name }) => name),
      ["linkage", "libguest.so", "libfixture.so", "ld.so.1", "<vDSO>"],
    );
    t.is(found.at(-1)?.bias, vdsoBase);
    t.deepEqual(process.handleStats(), {
      Channel: 1,
      Process: 1,
      Socket: 1,
      Thread: 1,
      Vmar: 1,
      Vmo: 2,
    });
    process.kill();
    await process.exited();
  },
);

nativeTest(
  "a debugger that asks for it sees a breakpoint when the modules are known",
  async (t) => {
    await using kernel = new Kernel();
    const { built, output } = await build(kernel, "linkage", libraries());
    built.process.setDebugAddress(1n);
    const process = built.start();
    // Nobody handles it: ZX_TASK_RETCODE_EXCEPTION_KILL.
    t.is((await process.exited()).returnCode, -1028n);
    t.is(process.crashReport()?.exceptionName, "SW_BREAKPOINT");
    t.throws(() => output.read(), { code: "ZX_ERR_PEER_CLOSED" });
  },
);

nativeTest("LD_DEBUG shows where everything is", async (t) => {
  const { log } = await launch(t, "linkage", libraries(), { env: ["LD_DEBUG=1"] });
  t.deepEqual(
    log.map((line) => line.replaceAll(/0x[0-9a-f]+/g, "0x")),
    [
      "ld.so.1: 0x 0x ld.so.1",
      "ld.so.1: 0x 0x <vDSO>",
      "ld.so.1: 0x 0x linkage",
      "ld.so.1: 0x 0x libguest.so",
      "ld.so.1: 0x 0x libfixture.so",
      "ld.so.1: entering linkage at 0x",
    ],
  );
  t.deepEqual((await launch(t, "linkage", libraries(), { env: ["LD_DEBUG="] })).log, []);
});

nativeTest("every missing library is named, and the process ends with 127", async (t) => {
  const { "ld.so.1": linker } = libraries();
  const { returnCode, stdout, log, asked } = await launch(t, "linkage", { "ld.so.1": linker! });
  t.is(returnCode, 127n);
  t.deepEqual(asked, ["ld.so.1", "libguest.so", "libfixture.so"]);
  t.deepEqual(stdout, []);
  t.deepEqual(log, [
    "ld.so.1: Error loading shared library libguest.so: NOT_FOUND (needed by linkage)",
    "ld.so.1: Error loading shared library libfixture.so: NOT_FOUND (needed by linkage)",
    "ld.so.1: 2 not found",
  ]);
});

nativeTest("every missing symbol is named, and the process ends with 127", async (t) => {
  const files = libraries();
  // A library that has others.
  files["libguest.so"] = files["libfixture.so"]!;
  const { returnCode, log } = await launch(t, "hello_dynamic", files);
  t.is(returnCode, 127n);
  t.deepEqual([...log].sort(), [
    "ld.so.1: 7 not found",
    "ld.so.1: Error relocating hello_dynamic: guest_handle: symbol not found",
    "ld.so.1: Error relocating hello_dynamic: guest_namespace_entry: symbol not found",
    "ld.so.1: Error relocating hello_dynamic: guest_start: symbol not found",
    "ld.so.1: Error relocating hello_dynamic: guest_strings: symbol not found",
    "ld.so.1: Error relocating hello_dynamic: guest_vdso_base: symbol not found",
    "ld.so.1: Error relocating hello_dynamic: guest_write: symbol not found",
    "ld.so.1: Error relocating libguest.so: guest_write: symbol not found",
  ]);
});

nativeTest("a library that is none", async (t) => {
  const header = libraries()["libguest.so"]!.subarray(0, 64);
  const changed = (offset: number, value: number) => {
    const bytes = Uint8Array.from(header);
    bytes[offset] = value;
    return bytes;
  };
  const bad: [file: Uint8Array, reason: string][] = [
    [changed(0, 0), "not an ELF file"],
    [changed(4, 1), "for another machine"],
    [changed(18, 183), "for another machine"],
    [changed(16, 2), "neither a library nor position-independent"],
    [changed(54, 0), "program headers of an unknown size"],
    [changed(56, 33), "too many program headers"],
    [changed(56, 0), "nothing to load"],
    [new Uint8Array(0), "reading its headers failed: OUT_OF_RANGE"],
  ];
  for (const [file, reason] of bad) {
    const files = { ...libraries(), "libguest.so": file };
    const { returnCode, log } = await launch(t, "hello_dynamic", files);
    t.is(returnCode, 127n);
    t.deepEqual(log, [`ld.so.1: libguest.so: ${reason} (needed by hello_dynamic)`]);
  }
});

/** libfixture.so as another library, with other needs, which says its name of two letters at the end. */
function fixture(name: string, ...needs: [long: string, short: string]): Uint8Array {
  let bytes = Buffer.from(guestBytes("lib/libfixture.so")).toString("latin1");
  const replaced = ["libfixture.so", "first destructor\n", "libguest.so", "ld.so.1"];
  const replacements = [`libfixture.${name}`, `end of module ${name}\n`, ...needs];
  for (const [index, text] of replaced.entries()) {
    const other = replacements[index]!;
    if (text.length !== other.length) throw new Error(`${other} has not the length of ${text}`);
    bytes = bytes.replaceAll(text, other);
  }
  return Buffer.from(bytes, "latin1");
}

/** What libraries need, in the order in which they are asked for, and in what order they end. */
interface Graph {
  needs: Record<string, readonly [name: string, long: string, short: string]>;
  ends: string[];
}

/** The first number that has two digits to the base of 36, as names have letters. */
const FIRST_NAME = 36;

/** libfixture.so, and behind it one library after the other. */
function chain(length: number): Graph {
  const names = Array.from({ length: length - 1 }, (_, index) => (index + FIRST_NAME).toString(36));
  const files = names.map((name) => `libnod${name}.so`);
  const needs = ["libfixture.so", ...files].map((file, index) => {
    const next = files[index] ?? "libguest.so";
    return [file, [names[index - 1] ?? "so", next, "ld.so.1"]] as const;
  });
  return { needs: Object.fromEntries(needs), ends: ["so", ...names] };
}

/** The files of such libraries, with all others. */
function filesOf({ needs }: Graph): Record<string, Uint8Array> {
  const made = Object.entries(needs).map(([file, of]) => [file, fixture(...of)] as const);
  return { ...libraries(), ...Object.fromEntries(made) };
}

const GRAPHS: Record<string, Graph> = {
  "a chain of fifty": chain(50),
  "a diamond": {
    needs: {
      "libfixture.so": ["so", "libnodeA.so", "node.so"],
      "libnodeA.so": ["na", "libguest.so", "leaf.so"],
      "node.so": ["no", "libguest.so", "leaf.so"],
      "leaf.so": ["le", "libguest.so", "ld.so.1"],
    },
    ends: ["so", "no", "na", "le"],
  },
  "a triangle": {
    needs: {
      "libfixture.so": ["so", "libnodeA.so", "node.so"],
      "libnodeA.so": ["na", "libguest.so", "ld.so.1"],
      "node.so": ["no", "libnodeA.so", "ld.so.1"],
    },
    ends: ["so", "no", "na"],
  },
  "a circle": {
    needs: {
      "libfixture.so": ["so", "libnodeA.so", "ld.so.1"],
      "libnodeA.so": ["na", "libnodeB.so", "ld.so.1"],
      "libnodeB.so": ["nb", "libnodeA.so", "ld.so.1"],
    },
    ends: ["so", "na", "nb"],
  },
};

for (const [what, graph] of Object.entries(GRAPHS)) {
  nativeTest(
    `libraries that form ${what} are asked for once, and end after their users`,
    async (t) => {
      const { returnCode, stdout, log, asked } = await launch(t, "linkage", filesOf(graph));
      t.is(returnCode, 0n);
      t.deepEqual(log, []);
      t.deepEqual(asked, ["ld.so.1", "libguest.so", ...Object.keys(graph.needs)]);
      t.true(stdout.includes("constructed: 12"));
      const said = stdout.filter((line) => line.startsWith("end of module "));
      t.deepEqual(
        said.map((line) => line.slice(-2)),
        graph.ends,
      );
    },
  );
}

nativeTest("a process has 256 images at most", async (t) => {
  // The linker, the vDSO, the program, libguest.so, and these.
  t.is((await launch(t, "linkage", filesOf(chain(252)))).returnCode, 0n);
  const { returnCode, log } = await launch(t, "linkage", filesOf(chain(253)));
  t.is(returnCode, 127n);
  t.deepEqual(log, ["ld.so.1: libnod7z.so: one library too many (needed by libnod7y.so)"]);
});
