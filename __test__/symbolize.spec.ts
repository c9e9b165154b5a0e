import { execFileSync } from "node:child_process";
import { join } from "node:path";

import type { ExecutionContext } from "ava";

import { cargoWorld } from "./support/cargo.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { guest, nativeTest } from "./support/native.js";
import { posixTest } from "./support/platform.js";

const SOURCE = "int twice(int x) {\n  return x + x;\n}\n";

const BUILD_ID = "0123456789abcdef";

/** A library with DWARF, and where its one function is. */
function library(t: ExecutionContext) {
  const directory = directoryWith(t, { "twice.c": SOURCE });
  const file = join(directory, "libtwice.so");
  const options = ["-g", "-O0", "-fPIC", "-shared", "-nostdlib", `-Wl,--build-id=0x${BUILD_ID}`];
  execFileSync("cc", [...options, join(directory, "twice.c"), "-o", file]);
  const names = execFileSync("nm", [file], { encoding: "utf8" });
  const [, address] = /^([0-9a-f]+) T twice$/m.exec(names) ?? [];
  return { directory, file, address: BigInt(`0x${address}`) };
}

/** What a program says that has called the function. */
function trace(address: bigint): string {
  return [
    "before",
    "{{{reset:begin}}}",
    `{{{module:0x0:somewhere/libtwice.so:elf:${BUILD_ID}}}}`,
    "{{{mmap:0x5000000:0x10000:load:0x0:rx:0x0}}}",
    `{{{bt:0:0x${(0x5000000n + address).toString(16)}:pc}}}`,
    "{{{bt:1:0x77}}}",
    "{{{reset:end}}}",
    "after {{{",
  ].join("\n");
}

posixTest(
  "addresses become functions, files and lines of files with the same build ID",
  async (t) => {
    const { directory, file, address } = library(t);
    const place = `   0: twice\n             at ${directory}/twice.c:1:18\n`;
    for (const path of [file, directory]) {
      const { code, stdout, stderr } = await zirconia(["symbolize", path], {
        input: trace(address),
      });
      t.is(stderr, "");
      t.is(code, 0);
      t.is(stdout, `before\n${place}   1: 0x77\nafter {{{`);
    }
    const other = trace(address).replace(BUILD_ID, "00");
    const { stdout } = await zirconia(["symbolize", file], { input: other });
    t.regex(stdout, /^ {3}0: 0x5[0-9a-f]+ \(somewhere\/libtwice\.so\+0x[0-9a-f]+\)$/m);
  },
);

posixTest("what is no markup passes as it is, whatever it is", async (t) => {
  const { directory } = library(t);
  const input = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * index) % 128));
  const { stdout } = await zirconia(["symbolize", directory], { input });
  t.is(stdout, input.toString());
});

const SYMBOL = "{{{symbol:_ZN3foo3barE}}}";
const ECHOES = [`--stdout=${SYMBOL}`, `--stderr=${SYMBOL} {{{`];

nativeTest("markup is replaced on both outputs of what cargo runs", async (t) => {
  const run = `"$CARGO_TARGET_X86_64_UNKNOWN_FUCHSIA_RUNNER" ${guest("probe")} '${ECHOES.join("' '")}'`;
  const { cargo } = cargoWorld(t, run);
  t.deepEqual(await cargo(["test"]), { code: 0, stdout: "foo::bar\n", stderr: "foo::bar {{{\n" });
});

nativeTest("markup is replaced in what is run where that is asked for", async (t) => {
  const plain = await zirconia(["run", guest("probe"), ...ECHOES]);
  t.is(plain.stdout, `${SYMBOL}\n`);
  const asked = await zirconia(["run", "--symbolize", guest("probe"), ...ECHOES, "--exit=3"]);
  t.is(asked.code, 3);
  t.is(asked.stdout, "foo::bar\n");
  t.regex(asked.stderr, /^foo::bar \{\{\{\n/);
});

nativeTest("a crash is told with its function, if its file has symbols", async (t) => {
  // Without a file the crash is told all the same.
  const { stderr } = await zirconia(["run", "--symbolize", guest("fault"), "null-read"]);
  t.regex(stderr, /^zirconia: .* crashed: FATAL_PAGE_FAULT|PAGE_FAULT/m);
});

nativeTest("a short backtrace is asked for as a full one, and trimmed here", async (t) => {
  const run = `RUST_BACKTRACE=$LEVEL "$CARGO_TARGET_X86_64_UNKNOWN_FUCHSIA_RUNNER" ${guest("hello")}`;
  const { cargo } = cargoWorld(t, run);
  for (const [level, got] of [
    ["1", "full"],
    ["full", "full"],
    ["0", "0"],
  ]) {
    const { stdout } = await cargo(["test"], { env: { LEVEL: level! } });
    t.regex(stdout, new RegExp(`^env: RUST_BACKTRACE=${got}$`, "m"));
  }
});
