import { availableParallelism, constants } from "node:os";

import { HostError, type Kernel, run, type RunResult, type Vmo } from "../index.js";
import { guest } from "../bench/paths.js";
import { type Attack, broken, type Outcome } from "./attack.js";

/** The page of ours that every guest has: what enters the kernel (crates/host-linux). */
const STUB = 0x1_0000;
const STUB_LENGTH = 0x400;
/** Numbers of Linux from here on are none, and those before them mostly are. */
const LINUX_CALLS = 548;
const I386_CALLS = 940;
/** As many `syscall` instructions as the vDSO has, or more. */
const VDSO_ENTRIES = 256;
/** What `escape` returns when it cannot make an attempt. */
const NO_SUCH_PLACE = 2n;
/** What `escape` returns when an attempt came back to it. */
const CAME_BACK = 7n;
/** Calls that Linux's own probes make, which no filter sees. Outside of one they do nothing. */
const URETPROBE = 335;
const UPROBE = 336;
const WRITE = 1;
const SIGRETURN = 15;
const GETPID = 39;
const EXIT = 60;
const GETGID = 104;

/** How long `escape`'s text is, which it would write to file descriptor 1. */
const TEXT_LENGTH = 8;
/** Milliseconds that an attempt may take. */
const PATIENCE = 10_000;
/** The same where some never end. */
const LITTLE_PATIENCE = 1_000;
const { EBADF, ENXIO } = constants.errno;

/** What came of an attempt; the host's word for one that has ended its process in another way. */
type Ending = Pick<RunResult, "crashReport" | "returnCode" | "timedOut" | "stdout"> | HostError;

/** Runs the guest `escape` with each of these arguments, several at a time. */
async function each(
  kernel: Kernel,
  attempts: readonly (readonly string[])[],
  timeout: number,
): Promise<{ args: readonly string[]; result: Ending }[]> {
  const escape: Vmo = await kernel.vmoFromFile(guest("escape"));
  const waiting = [...attempts];
  const results: { args: readonly string[]; result: Ending }[] = [];
  const work = async (): Promise<void> => {
    for (let args = waiting.pop(); args !== undefined; args = waiting.pop()) {
      const options = { kernel, reject: false, timeout, bare: true } as const;
      const result = await run(escape, args, options).catch((error: unknown) => {
        if (error instanceof HostError) return error;
        throw error;
      });
      results.push({ args, result });
    }
  };
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, work));
  escape.close();
  return results;
}

/** Tells how attempts ended, and names those that may not end so. */
async function judged(
  kernel: Kernel,
  attempts: readonly (readonly string[])[],
  isEscape: (result: Ending, args: readonly string[]) => boolean,
  timeout = PATIENCE,
): Promise<Outcome> {
  const endings = new Map<string, number>();
  const escaped: string[] = [];
  for (const { args, result } of await each(kernel, attempts, timeout)) {
    const ending = endingOf(result);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
    if (isEscape(result, args)) {
      escaped.push(`${args.join(" ")}: ${ending} ${textOf(result).trim()}`);
    }
  }
  const counts = [...endings].sort(([, a], [, b]) => b - a);
  return {
    got: counts.map(([ending, count]) => `${count} × ${ending}`).join(", "),
    broken: broken(
      escaped.length > 0 && `${escaped.length} came through: ${escaped.slice(0, 5).join(", ")}`,
    ),
  };
}

function endingOf(result: Ending): string {
  if (result instanceof HostError) return "ended by itself";
  const { crashReport, returnCode, timedOut } = result;
  if (timedOut) return "time-out";
  if (crashReport !== undefined) return crashReport.exceptionName;
  return returnCode === CAME_BACK ? "came back" : `returned ${returnCode}`;
}

function textOf(result: Ending): string {
  return result instanceof HostError ? result.message : result.stdout;
}

/** What an attempt that came back got for an answer. */
function answerOf(result: Ending): number | undefined {
  const [, answer] = /^returned (-?\d+)$/m.exec(textOf(result)) ?? [];
  return answer === undefined ? undefined : Number(answer);
}

/**
 * What comes of doors that are locked, or that this computer does not have. After a call by sysenter
 * Linux returns to where there is nothing, so that a page fault does not tell that there was none.
 */
const SHUT = new Set(["POLICY_ERROR", "GENERAL", "UNDEFINED_INSTRUCTION"]);

/** Whether it ended in an exception. */
function hasCrashed(result: Ending): boolean {
  return !(result instanceof HostError) && result.crashReport !== undefined;
}

/**
 * Whether a call of Linux at an entry of the vDSO's was none. One place is the end of a thread, by the
 * number with which Linux ends one.
 */
function isRefusedInVdso(result: Ending, number: number): boolean {
  const ending = endingOf(result);
  if (ending === "POLICY_ERROR" || ending === `returned ${NO_SUCH_PLACE}`) return true;
  return number === EXIT && ending === "returned 0";
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** Whether a call of Linux was refused, or is one that Linux itself refuses. */
function isRefused(result: Ending, number: number): boolean {
  const ending = endingOf(result);
  if (ending === "POLICY_ERROR") return true;
  if (number === URETPROBE) return ending === "GENERAL" || ending === "UNDEFINED_INSTRUCTION";
  return number === UPROBE && answerOf(result) === -ENXIO;
}

/**
 * Whether an attempt came back with what a write of its text gives, with or without that descriptor,
 * or with another answer than the first time: a process id is another in each process, and what
 * instructions begun in their middle make of a register is not.
 */
function carriesOut(): (result: Ending, args: readonly string[]) => boolean {
  const first = new Map<string, number>();
  return (result, args) => {
    const answer = answerOf(result);
    if (answer === undefined) return false;
    const [, , number] = args;
    if (Number(number) === WRITE && (answer === TEXT_LENGTH || answer === -EBADF)) return true;
    const key = args.join(" ");
    const known = first.get(key) ?? answer;
    first.set(key, known);
    return known !== answer;
  };
}

/** What the guest of a host's could get at, if it got past the kernel. */
export const ESCAPE_ATTACKS: readonly Attack[] = [
  {
    name: "linux-calls",
    what: `makes each of Linux's ${LINUX_CALLS} calls, as 64-bit and as x32`,
    promise: "none is carried out",
    attempt: ({ kernel }) =>
      judged(
        kernel,
        numbers(LINUX_CALLS).flatMap((number) => [
          ["syscall", `${number}`],
          ["syscall", `${number + 0x4000_0000}`],
        ]),
        (result, [, number]) => !isRefused(result, Number(number)),
      ),
  },
  {
    name: "i386-calls",
    what: `makes ${I386_CALLS} 32-bit calls by int 0x80 and by sysenter`,
    promise: "none is carried out",
    attempt: ({ kernel }) =>
      judged(
        kernel,
        numbers(I386_CALLS).flatMap((number) => [
          ["int80", `${number}`],
          ["sysenter", `${number}`],
        ]),
        (result) => !SHUT.has(endingOf(result)),
      ),
  },
  {
    name: "doors",
    what: "tries other ways into Linux, and privileged instructions",
    promise: "each is an exception",
    attempt: ({ kernel }) =>
      judged(
        kernel,
        ["vsyscall", "hlt", "cli", "in", "out", "rdmsr", "wrmsr"].map((name) => [name]),
        (result) => !hasCrashed(result),
      ),
  },
  {
    name: "stub-jumps",
    what: `jumps to each of ${STUB_LENGTH} places of the stub with 4 calls in rax, twice`,
    promise: "no call but our own is carried out",
    keepsNodeBusy: true,
    attempt: ({ kernel }) => {
      const attempts = numbers(STUB_LENGTH).flatMap((offset) =>
        [WRITE, GETPID, EXIT, GETGID].map((number) => ["call", `${STUB + offset}`, `${number}`]),
      );
      return judged(kernel, [...attempts, ...attempts], carriesOut(), LITTLE_PATIENCE);
    },
  },
  {
    name: "vdso-jumps",
    what: `jumps to each \`syscall\` of the vDSO with 3 calls of Linux in rax`,
    promise: "none is carried out",
    attempt: ({ kernel }) =>
      judged(
        kernel,
        numbers(VDSO_ENTRIES).flatMap((place) =>
          [WRITE, GETPID, EXIT].map((number) => ["vdso", `${place}`, `${number}`]),
        ),
        (result, [, , number]) => !isRefusedInVdso(result, Number(number)),
      ),
  },
  {
    name: "forged-frames",
    what: "returns from 3,000 signals that never were",
    promise: "it harms itself only",
    attempt: async ({ kernel }) => {
      const found = await sigreturn(kernel);
      if (found === undefined) return { got: "nothing", broken: "the stub has no rt_sigreturn" };
      return judged(
        kernel,
        numbers(3_000).map((seed) => ["sigreturn", `${found}`, `${seed}`]),
        // It is its own matter; what it may have done to others is looked at after each attack.
        () => false,
      );
    },
  },
];

/** Where the stub has `mov eax, 15; syscall`, as a guest sees it. */
async function sigreturn(kernel: Kernel): Promise<number | undefined> {
  const attempts = numbers(STUB_LENGTH).map((offset) => ["read", `${STUB + offset}`]);
  const bytes = new Uint8Array(STUB_LENGTH);
  for (const { args, result } of await each(kernel, attempts, PATIENCE)) {
    bytes[Number(args[1]) - STUB] = answerOf(result) ?? 0;
  }
  const offset = Buffer.from(bytes).indexOf(Uint8Array.of(0xb8, SIGRETURN, 0, 0, 0, 0x0f, 0x05));
  return offset < 0 ? undefined : STUB + offset;
}
