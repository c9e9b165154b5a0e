import { Kernel, run, type CrashReport } from "../index.js";
import { guest, nativeTest } from "./support/native.js";

const ESCAPE = guest("escape");
const EXCEPTION_KILL = -1028n;
/** `ZX_EXCP_POLICY_CODE_BAD_SYSCALL` */
const BAD_SYSCALL = 18;

/** The page of ours that every guest has: what enters the kernel (crates/host-linux). */
const STUB = 0x1_0000;
const STUB_LENGTH = 0x200;

async function attempt(kernel: Kernel, ...args: string[]) {
  return run(ESCAPE, args, { kernel, reject: false });
}

/** What an attempt must end in: an exception that nobody handles. */
async function crash(kernel: Kernel, ...args: string[]): Promise<CrashReport> {
  const result = await attempt(kernel, ...args);
  const name = args.join(" ");
  if (result.returnCode !== EXCEPTION_KILL || result.crashReport === undefined) {
    throw new Error(`${name} ended with ${result.returnCode}: ${result.stdout}${result.stderr}`);
  }
  return result.crashReport;
}

const SYSCALLS: readonly [attempt: string, number: number][] = [
  ["write", 1],
  ["exit-group", 231],
  ["getpid", 39],
  ["execve", 59],
  ["mmap", 9],
  ["mprotect", 10],
  ["x32", 0x4000_0001],
];

for (const [name, number] of SYSCALLS) {
  nativeTest(`${name}: a system call of Linux is a BAD_SYSCALL exception`, async (t) => {
    await using kernel = new Kernel();
    const report = await crash(kernel, name);
    t.is(report.exceptionName, "POLICY_ERROR");
    t.is(report.synthCode, BAD_SYSCALL);
    t.is(report.synthData, number);
  });
}

/** What comes of doors that are locked, or that this computer does not have. */
const SHUT = new Set(["POLICY_ERROR", "FATAL_PAGE_FAULT", "GENERAL", "UNDEFINED_INSTRUCTION"]);

for (const name of ["int80", "sysenter", "vsyscall"]) {
  nativeTest(`${name}: another door of Linux is an exception`, async (t) => {
    await using kernel = new Kernel();
    const { exceptionName } = await crash(kernel, name);
    t.true(SHUT.has(exceptionName), exceptionName);
  });
}

for (const name of ["write-vdso", "write-vdso-code", "write-code"]) {
  nativeTest(`${name}: a store to a read-only page is a page fault`, async (t) => {
    await using kernel = new Kernel();
    t.is((await crash(kernel, name)).exceptionName, "FATAL_PAGE_FAULT");
  });
}

for (const page of [STUB, STUB + 0x1000, 0x2_0000]) {
  nativeTest(`a store to our page at ${page.toString(16)} is a page fault`, async (t) => {
    await using kernel = new Kernel();
    const report = await crash(kernel, "write-to", `${page}`);
    t.is(report.exceptionName, "FATAL_PAGE_FAULT");
    t.is(report.faultAddress, BigInt(page));
  });
}

for (const name of ["hlt", "cli", "in", "out", "rdmsr", "wrmsr"]) {
  nativeTest(`${name}: a privileged instruction is an exception`, async (t) => {
    await using kernel = new Kernel();
    t.is((await crash(kernel, name)).exceptionName, "GENERAL");
  });
}

/** Where the stub's `syscall` instructions are, as a guest sees them. */
async function doors(kernel: Kernel): Promise<number[]> {
  const bytes: number[] = [];
  const escape = await kernel.vmoFromFile(ESCAPE);
  for (let offset = 0; offset < STUB_LENGTH; offset++) {
    const { stdout, returnCode } = await run(escape, ["read", `${STUB + offset}`], {
      reject: false,
    });
    if (returnCode !== 7n) break;
    bytes.push(Number(/^returned (\d+)$/m.exec(stdout)?.[1]));
  }
  return bytes.flatMap((byte, offset) =>
    byte === 0x0f && bytes[offset + 1] === 0x05 ? [STUB + offset] : [],
  );
}

nativeTest("a jump to the stub's own syscall instructions makes no other call", async (t) => {
  await using kernel = new Kernel();
  const found = await doors(kernel);
  t.true(found.length >= 3, `${found}`);
  for (const door of found) {
    for (const number of [1, 9, 39, 59, 231]) {
      const report = await crash(kernel, "call", `${door}`, `${number}`);
      t.is(report.exceptionName, "POLICY_ERROR", `${number} at ${door.toString(16)}`);
      t.is(report.synthData, number);
    }
  }
});

for (const abi of ["2020", "newest"] as const) {
  nativeTest(`${abi}: a guest has %gs for itself`, async (t) => {
    await using kernel = new Kernel();
    const result = await run(ESCAPE, ["gs"], { kernel, abi, reject: false });
    t.like(result, { returnCode: 7n, stdout: `returned ${0x5eed}\n` });
  });
}

nativeTest("a jump to an entry of the vDSO's makes no other call", async (t) => {
  await using kernel = new Kernel();
  for (const place of [0, 1, 50, 100]) {
    for (const number of [1, 39, 231]) {
      const report = await crash(kernel, "vdso", `${place}`, `${number}`);
      t.is(report.exceptionName, "POLICY_ERROR", `${number} at entry ${place}`);
      t.is(report.synthData, number);
    }
  }
});
