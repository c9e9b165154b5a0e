// C as clang compiles it for Fuchsia, linked against the sysroot.

import { join } from "node:path";

import { run } from "../index.js";
import { clangTest, compile, directoryFor, LIBUNWIND, link, LinkError } from "./support/clang.js";

clangTest("code with SafeStack runs in many threads, and LLVM's unwinder walks it", async (t) => {
  const directory = directoryFor(t);
  for (const level of ["-O0", "-O2"]) {
    const object = compile(directory, "safe-stack.c", level);
    const program = link(join(directory, "safe-stack"), [object, LIBUNWIND]);
    const result = await run(program, [], { reject: false });
    t.like(result, { stderr: "", returnCode: 0n }, level);
  }
});

clangTest("a stack that overflows ends in a crash report, in every thread", async (t) => {
  const directory = directoryFor(t);
  const object = compile(directory, "safe-stack.c", "-O1");
  const program = link(join(directory, "safe-stack"), [object, LIBUNWIND]);
  for (const stack of ["stack", "unsafe stack"]) {
    for (const what of [stack, `${stack} of a thread`]) {
      const { returnCode, crashReport } = await run(program, [what], { reject: false });
      t.is(returnCode, -1028n, what);
      t.is(crashReport?.exceptionName, "FATAL_PAGE_FAULT", what);
    }
  }
});

clangTest("a stack that is damaged is told of", async (t) => {
  const directory = directoryFor(t);
  const object = compile(directory, "safe-stack.c", "-O0", "-fstack-protector-all");
  const program = link(join(directory, "safe-stack"), [object, LIBUNWIND]);
  const { returnCode, stderr } = await run(program, ["smash"], { reject: false });
  t.is(returnCode, -1028n);
  t.is(stderr, "libc.so: the stack is damaged\n");
});

clangTest("printf shows long doubles", async (t) => {
  const directory = directoryFor(t);
  const program = link(join(directory, "program"), [compile(directory, "long-double.c")]);
  const { stdout } = await run(program);
  t.is(stdout, "1 1.500 x -2.000000e+100 0\ninf 0.250000 8.0\n");
});

clangTest("a library that is opened has variables of each thread's", async (t) => {
  const directory = directoryFor(t);
  for (const dialect of ["gnu", "gnu2"]) {
    const plugin = compile(directory, "plugin.c", "-O2", "-fPIC", `-mtls-dialect=${dialect}`);
    link(join(directory, "libplugin.so"), [plugin], "-shared", "-soname=libplugin.so");
    const program = link(join(directory, "opener"), [compile(directory, "opener.c", "-O2")]);
    const { stdout } = await run(program, [], { libraryPath: [directory] });
    t.is(stdout, "5 of 5\n", dialect);
  }
});

clangTest("a jump leaves frames, and both stacks are as they were", async (t) => {
  const directory = directoryFor(t);
  for (const level of ["-O0", "-O2"]) {
    const program = link(join(directory, "program"), [compile(directory, "jump.c", level)]);
    t.is((await run(program)).stdout, "0 1\n1 1\n1 1\n2 1\n", level);
  }
});

clangTest("a name that nobody has is told by who links, and by who runs", async (t) => {
  const directory = directoryFor(t);
  const program = join(directory, "program");
  const object = compile(directory, "missing.c");
  const error = t.throws(() => link(program, [object]), { instanceOf: LinkError });
  t.regex(error.message, /undefined symbol: nobody_has_this\n>>> referenced by missing\.c/);

  const library = join(directory, "libnewer.so");
  const shared = ["-shared", "-soname=libnewer.so"];
  link(library, [compile(directory, "newer.c")], ...shared);
  link(program, [object, library]);
  t.is((await run(program, [], { libraryPath: [directory] })).returnCode, 0n);
  link(library, [compile(directory, "newer.c", "-DNEXT")], ...shared);
  const { returnCode, log } = await run(program, [], { libraryPath: [directory], reject: false });
  t.is(returnCode, 127n);
  t.is(
    log,
    "ld.so.1: Error relocating program: nobody_has_this: symbol not found\nld.so.1: 1 not found\n",
  );
});
