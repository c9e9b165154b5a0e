import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";

import test, { type ExecutionContext } from "ava";

import {
  deniedTest,
  type Outcome,
  runBehind,
  runDenied,
  unsharedTest,
  zirconiaDenied,
} from "./support/denied.js";
import { Call } from "./support/linux-calls.js";
import { guest } from "./support/native.js";
import { runProcess } from "./support/node.js";

const { EAGAIN, EMFILE, ENOENT, ENOMEM, ENOSYS, EPERM } = constants.errno;

/** Of a guest, which shares nothing, and of a thread of one, which shares no table of descriptors. */
const CLONE_NOTHING = "0:ffffffff:11";
const CLONE_THREAD_WITHOUT_FILES = "0:10400:10000";
/** Of what goes where it must (`MAP_FIXED_NOREPLACE`), in guests alone. */
const MAP_FIXED_NOREPLACE = "3:100000:100000";

/** What is not as it should be, required or not. */
function failing({ checks }: Outcome): Set<string> {
  return new Set(checks.filter(({ ok }) => !ok).map(({ name }) => name));
}

/** A program ran, and the computer is said to be able to run some. */
function ran(t: ExecutionContext, { returnCode, error, checks }: Outcome): void {
  t.is(error, undefined);
  t.is(returnCode, "0");
  t.deepEqual(
    checks.filter(({ ok, required }) => required && !ok),
    [],
  );
}

/** None ran, and the computer is said to be able to run none, for the same reason; nothing is left. */
function refused(t: ExecutionContext, outcome: Outcome, step: string, errno?: number) {
  const { error, checks, zombies } = outcome;
  t.is(zombies, 0);
  t.is(error?.name, "HostError");
  t.is(error?.step, step);
  t.is(error?.errno, errno);
  t.regex(error!.code, /^ZX_ERR_/);
  const missing = checks.filter(({ ok, required }) => required && !ok);
  t.deepEqual(
    missing.map(({ name }) => name),
    ["guest process"],
  );
  t.true(missing[0]!.detail.startsWith(`${step}: `), missing[0]!.detail);
  t.is(missing[0]!.remedy, error!.remedy);
}

const REFUSALS: readonly [title: string, rule: string, step: string, errno?: number][] = [
  ["memfd_create", `${EPERM}:${Call.MEMFD_CREATE}`, "helper's program", EPERM],
  [
    "memfd_create, as before Linux 3.17",
    `${ENOSYS}:${Call.MEMFD_CREATE}`,
    "helper's program",
    ENOSYS,
  ],
  ["socketpair", `${EMFILE}:${Call.SOCKETPAIR}`, "socket", EMFILE],
  ["pidfd_open", `${ENOSYS}:${Call.PIDFD_OPEN}`, "helper process", ENOSYS],
  ["sendmsg", `${EPERM}:${Call.SENDMSG}`, "helper process"],
  ["clone of a guest", `${EAGAIN}:${Call.CLONE}:${CLONE_NOTHING}`, "guest process", EAGAIN],
  ["seccomp", `${EPERM}:${Call.SECCOMP}`, "seccomp listener", EPERM],
  [
    "clone of a thread",
    `${EAGAIN}:${Call.CLONE}:${CLONE_THREAD_WITHOUT_FILES}`,
    "thread of a guest",
    EAGAIN,
  ],
  ["mmap in a guest", `${ENOMEM}:${Call.MMAP}:${MAP_FIXED_NOREPLACE}`, "mapping", ENOMEM],
];

for (const [title, rule, step, errno] of REFUSALS) {
  deniedTest(`without ${title} a run and a doctor say so alike`, async (t) => {
    refused(t, await runDenied([rule]), step, errno);
  });
}

const SPARED: readonly [title: string, ...rules: string[]][] = [
  ["to kill by pidfd", `${EPERM}:${Call.PIDFD_SEND_SIGNAL}`],
  [
    "any kill",
    ...[Call.PIDFD_SEND_SIGNAL, Call.KILL, Call.TGKILL].map((number) => `${EPERM}:${number}`),
  ],
  ["to wait", ...[Call.WAIT4, Call.WAITID].map((number) => `${EPERM}:${number}`)],
];

for (const [title, ...rules] of SPARED) {
  deniedTest(`where Linux refuses ${title}, programs run and end, and nothing hangs`, async (t) => {
    ran(t, await runDenied(rules));
  });
}

const WALLS: readonly [title: string, rule: string, missing: readonly string[]][] = [
  [
    "namespaces",
    `${EPERM}:${Call.UNSHARE}`,
    [
      "user namespace",
      "mount namespace",
      "network namespace",
      "IPC namespace",
      "PID namespace",
      "empty root",
    ],
  ],
  ["another root", `${EPERM}:${Call.CHROOT}`, ["empty root"]],
  ["Landlock", `${ENOSYS}:${Call.LANDLOCK_CREATE_RULESET}`, ["Landlock"]],
  ["fewer capabilities", `${EPERM}:${Call.CAPSET}`, ["no capabilities"]],
];

for (const [title, rule, missing] of WALLS) {
  deniedTest(
    `without ${title} programs run, and the walls that are missing are named`,
    async (t) => {
      const plain = await runDenied([]);
      const outcome = await runDenied([rule]);
      ran(t, outcome);
      const here = new Set([...failing(plain), ...missing]);
      t.deepEqual(failing(outcome), here);
      const insisting = await runDenied([rule], JSON.stringify({ requireSandbox: true }));
      if (missing.some((name) => name !== "Landlock")) {
        t.is(insisting.error?.name, "HostError");
        t.true(here.has(insisting.error!.step!), insisting.error!.step);
      }
    },
  );
}

deniedTest("--require-sandbox insists, and the command line says what to do", async (t) => {
  const args = ["run", "--require-sandbox", guest("hello")];
  const { code, stdout, stderr } = await zirconiaDenied([`${EPERM}:${Call.CHROOT}`], ...args);
  t.is(code, 125);
  t.is(stdout, "");
  t.regex(stderr, /^zirconia: empty root: .*\n.*chroot/);
});

deniedTest("a filter that kills for a wall costs the walls, not the programs", async (t) => {
  // Nor is it asked for anything that it does not know.
  const outcome = await runDenied([`0:${Call.UNSHARE}`, `0:${Call.NONE}`]);
  ran(t, outcome);
  const missing = failing(outcome);
  t.true(missing.has("PID namespace"));
  t.false(missing.has("no capabilities"));
});

unsharedTest("--mount")("without /proc a run and a doctor say so alike", async (t) => {
  const before = ["unshare", "--mount", "sh", "-c", 'umount -l /proc && exec "$@"', "sh"];
  refused(t, await runBehind(before, []), "helper process", ENOENT);
});

unsharedTest("--mount")("/dev/shm may be full, or not be there", async (t) => {
  const full = "mount -t tmpfs -o size=4k none /dev/shm && head -c 4096 /dev/zero > /dev/shm/full";
  for (const setting of [full, "umount -l /dev/shm"]) {
    const before = ["unshare", "--mount", "sh", "-c", `${setting}; exec "$@"`, "sh"];
    ran(t, await runBehind(before, []));
  }
});

const asFirst = ["unshare", "--pid", "--fork", "--mount-proc"];

unsharedTest(...asFirst.slice(1))("a Node that is PID 1 is left no zombies", async (t) => {
  const plain = await runBehind(asFirst, []);
  ran(t, plain);
  t.is(plain.zombies, 0);
  // Without a PID namespace of their own, what the helper leaves behind is Node's.
  for (const rules of [[], [`${EPERM}:${Call.UNSHARE}`]]) {
    const options = JSON.stringify({
      program: "probe",
      args: ["--stdout=ready", "--sleep-forever"],
      killHelper: true,
    });
    const killed = await runBehind(asFirst, rules, options);
    t.is(killed.error?.step, "guest process");
    t.is(killed.zombies, 0);
  }
});

const DIST = fileURLToPath(new URL("../dist/index.js", import.meta.url));
const packaged = existsSync(DIST) ? deniedTest : test.skip;

packaged("64 descriptors are enough to import the package, and to run a program", async (t) => {
  const script = `
    import { run } from ${JSON.stringify(pathToFileURL(DIST))};
    console.log((await run(${JSON.stringify(guest("hello"))})).exitCode);`;
  const node = [process.execPath, "--input-type=module", "--eval", script];
  const { code, stdout, stderr } = await runProcess("prlimit", ["--nofile=64:64", ...node]);
  t.deepEqual([code, stdout, stderr], [0, "0\n", ""]);
});
