// A program that is linked against the sysroot, and asks it what a C program asks.

import { run } from "../index.js";
import type { RunOptions } from "../lib/run/options.js";
import { guest, nativeTest } from "./support/native.js";

/** Runs the program on a subject; standard error names what is not as it should be. */
function ask(subject: string, options: RunOptions = {}, ...args: string[]) {
  return run(guest("sysroot_program"), [subject, ...args], { reject: false, ...options });
}

nativeTest("a program has its arguments, its environment and its handles", async (t) => {
  const env = { A: "b", EMPTY: "" };
  t.like(await ask("startup", { env }, "one", "two"), { stderr: "", returnCode: 0n });
});

nativeTest(
  "blocks of any size and alignment are apart, and what is too large is refused",
  async (t) => {
    t.like(await ask("memory"), { stderr: "", returnCode: 0n });
  },
);

nativeTest(
  "each thread has its own storage and stacks, and threads wait for each other",
  async (t) => {
    t.like(await ask("threads"), { stderr: "", returnCode: 0n });
  },
);

nativeTest("functions of numbers are there", async (t) => {
  t.like(await ask("math"), { stderr: "", returnCode: 0n });
});

nativeTest("printf shows what C says", async (t) => {
  const stdout = "printed 1\nput\n";
  t.like(await ask("printing"), { stdout, stderr: "", returnCode: 0n });
});

nativeTest("descriptors are streams and pipes, that can be doubled and polled", async (t) => {
  const { stdout, stderr, returnCode } = await ask("descriptors", { input: "abc" });
  t.is(stderr, "to stderr\n");
  t.is(stdout, "to stdout\n");
  t.is(returnCode, 0n);
});

nativeTest("a program that exits first runs what it has registered", async (t) => {
  t.like(await ask("exit"), { stdout: "second\nfirst\n", returnCode: 7n });
});

nativeTest("a program that aborts ends by an exception", async (t) => {
  t.like(await ask("abort"), { stdout: "", returnCode: -1028n });
});

nativeTest("a program ends with its last thread", async (t) => {
  t.like(await ask("last thread"), { stdout: "alone\nfirst\n", returnCode: 0n });
});
