import test from "ava";

import {
  type Abi,
  type Job,
  Kernel,
  planLaunch,
  ProcessBuilder,
  run,
  type Vmo,
  ZxStatus,
} from "../index.js";
import { zirconia } from "./support/cli.js";
import { guest, nativeTest } from "./support/native.js";

const ABIS = ["2020", "2026", "newest"] as const;
/** Where the address space of an x86-64 process begins. */
const BASES: Readonly<Record<Abi, bigint>> = {
  "2020": 0x100_0000n,
  "2026": 0x20_0000n,
  newest: 0x20_0000n,
};

/** A file's names, as text: enough to see what is there. */
function text(file: Vmo): string {
  return Buffer.from(file.read(0n, Number(file.getSize()))).toString("latin1");
}

test("the vDSO of either ABI can be had, and the newest has a year for a name too", (t) => {
  using kernel = new Kernel({ machine: "null" });
  const [old, year, newest] = ABIS.map((abi) => text(kernel.systemVdso({ abi })));
  t.true(old!.includes("zx_clock_get\0") && !old!.includes("zx_counter_add\0"));
  t.true(newest!.includes("zx_counter_add\0") && !newest!.includes("zx_clock_get\0"));
  t.is(year, newest);
  t.is(text(kernel.systemVdso()), newest!);
});

test("an ABI that a target never had has no vDSO", (t) => {
  using kernel = new Kernel({ machine: "null", target: "riscv64" });
  const error = t.throws(() => kernel.systemVdso({ abi: "2020" }));
  t.like(error, { status: ZxStatus.NOT_SUPPORTED });
  t.notThrows(() => kernel.systemVdso({ abi: "2026" }));
});

test("the ABI decides where an address space begins", (t) => {
  using kernel = new Kernel({ machine: "null" });
  for (const abi of ABIS) {
    const { rootVmar } = kernel.rootJob.createProcess("p", 0, { abi });
    t.is(rootVmar.info().base, BASES[abi], abi);
  }
  t.is(kernel.rootJob.createProcess("p").rootVmar.info().base, BASES.newest);
});

test("a builder gives its process the ABI that it is asked for", async (t) => {
  using kernel = new Kernel({ machine: "null" });
  for (const abi of ABIS) {
    const executable = await kernel.vmoFromFile(guest("hello"));
    using builder = new ProcessBuilder({ name: "p", job: kernel.rootJob, executable, abi });
    using built = await builder.build();
    t.is(built.rootVmar.info().base, BASES[abi]);
  }
});

test("an unknown ABI is a TypeError, and the executable is consumed as ever", async (t) => {
  using kernel = new Kernel({ machine: "null" });
  const executable = await kernel.vmoFromFile(guest("hello"));
  const abi = "2018" as Abi;
  const expected = { code: "ERR_INVALID_ARG_VALUE" };
  const job: Job = kernel.rootJob;
  t.throws(() => new ProcessBuilder({ name: "p", job, executable, abi }), expected);
  t.throws(() => kernel.systemVdso({ abi }), expected);
  t.throws(() => job.createProcess("p", 0, { abi }), expected);
  t.false(executable.isValid);
});

nativeTest("programs run on either ABI", async (t) => {
  for (const abi of ABIS) {
    const { stdout } = await run(guest("hello"), ["there"], { abi });
    t.regex(stdout, /^Hello from hello\narg 0: hello\narg 1: there\n[^]*clock: running\n$/, abi);
    const dynamic = await run(guest("hello_dynamic"), [], { abi });
    t.regex(dynamic.stdout, /^Hello/, abi);
  }
});

test("a plan is for the ABI that it is asked for", async (t) => {
  for (const abi of ABIS) {
    const { maps } = await planLaunch(guest("hello"), { abi });
    t.is(maps[0]!.base, BASES[abi]);
  }
  await t.throwsAsync(planLaunch(guest("hello"), { abi: "2018" as Abi }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  await t.throwsAsync(run(guest("hello"), [], { abi: "2018" as Abi }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
});

nativeTest("the command line has --abi", async (t) => {
  const plan = await zirconia(["plan", "--json", "--abi", "2020", guest("hello")]);
  t.is(
    BigInt((JSON.parse(plan.stdout) as { maps: { base: string }[] }).maps[0]!.base),
    BASES[2020],
  );
  t.is((await zirconia(["run", "--abi", "2020", guest("hello")])).code, 0);
  t.is((await zirconia(["run", "--abi", "2018", guest("hello")])).code, 125);
});
