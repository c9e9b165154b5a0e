import test, { type ExecutionContext } from "ava";

import {
  type Job,
  type Kernel,
  Launcher,
  LauncherError,
  LauncherProxy,
  type LauncherRecord,
  type LaunchFailure,
  LoaderService,
  ProcessContext,
  Rights,
  type ServeFailure,
  Signals,
  ZirconiaError,
  ZxStatus,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { dynamicPie } from "./support/elf-file.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";
import { type Connected, connectLauncher, launchInfo, statusOf } from "./support/launcher.js";

const SYSCALL_KILL = -1024n;
const CRITICAL_PROCESS_KILL = -1029n;

/** Launches in a job, and returns what is logged of that. */
async function logged(
  { kernel, proxy, records }: Connected,
  job: Job,
  file?: Uint8Array,
): Promise<LaunchFailure> {
  const executable = file === undefined ? {} : { executable: kernel.vmoFromBytes(file) };
  await statusOf(proxy.launch(launchInfo(kernel, { job, name: "logged", ...executable })));
  return records.pop() as LaunchFailure;
}

/** A job that ended because a process did that is critical to it. */
async function endedJob(kernel: Kernel): Promise<Job> {
  const job = kernel.rootJob.createJob();
  const { process } = job.createProcess("critical");
  job.setCritical(process);
  process.kill();
  await job.waitOne(Signals.TASK_TERMINATED);
  return job;
}

/** A loader service whose answer is BAD_STATE, whatever the job is like. */
function badState({ kernel, proxy }: Connected): void {
  const loader = new LoaderService(kernel, { load: failWithBadState }).connect();
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
}

function failWithBadState(): never {
  throw new ZirconiaError("bad state", ZxStatus.BAD_STATE);
}

test("describe_expected_error_in_killed_job", async (t) => {
  const client = connectLauncher(t);
  const job = client.kernel.rootJob.createJob();
  job.kill();
  const { level, jobInfo, message } = await logged(client, job);
  t.is(level, "info");
  t.deepEqual(jobInfo, {
    returnCode: SYSCALL_KILL,
    exited: true,
    killOnOom: false,
    debuggerAttached: false,
  });
  t.is(
    message,
    `Failed to launch process "logged" in job ${job.koid}, which was killed, so that this is expected: ` +
      "Failed to build new process: Failed to create process: BAD_STATE",
  );
});

test("describe_unexpected_error_in_killed_job", async (t) => {
  const client = connectLauncher(t);
  const job = await endedJob(client.kernel);
  const { level, jobInfo, message } = await logged(client, job);
  t.is(level, "warn");
  t.is(jobInfo?.returnCode, CRITICAL_PROCESS_KILL);
  t.true(message.includes(`in job ${job.koid}, which ended with -1029: `), message);
});

test("describe_error_in_running_job", async (t) => {
  const client = connectLauncher(t);
  badState(client);
  const record = await logged(client, client.kernel.rootJob, dynamicPie("ld.so.1\0"));
  t.is(record.level, "error");
  t.is(record.error.status, ZxStatus.BAD_STATE);
  t.false(record.jobInfo!.exited);
});

test("BAD_STATE in a job that cannot be looked at", async (t) => {
  const client = connectLauncher(t);
  const job = client.kernel.rootJob.createJob();
  job.kill();
  const blind = job.duplicate(job.rights & ~Rights.INSPECT);
  const { level, jobInfo, jobKoid } = await logged(client, blind);
  t.is(level, "error");
  t.is(jobInfo, undefined);
  t.is(jobKoid, job.koid);
});

for (const [what, level] of [
  ["killed", "info"],
  ["left alone", "error"],
] as const) {
  test(`a loader service that times out in a job that was ${what}`, async (t: ExecutionContext) => {
    const kernel = nullKernel(t, { clock: "virtual" });
    const client = connectLauncher(t, {}, kernel);
    const job = kernel.rootJob.createJob();
    const [loader, server] = kernel.createChannel();
    client.proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
    const record = logged(client, job, dynamicPie("ld.so.1\0"));
    await server.waitOne(Signals.READABLE);
    if (what === "killed") job.kill();
    kernel.clock.advance(30_000_000_000n);
    t.is((await record).level, level);
    t.is((await record).error.status, ZxStatus.TIMED_OUT);
  });
}

test("another error in a job that was killed", async (t) => {
  const client = connectLauncher(t);
  const job = client.kernel.rootJob.createJob();
  job.kill();
  client.proxy.setOptions(2);
  const { level, jobInfo } = await logged(client, job);
  t.is(level, "error");
  t.true(jobInfo!.exited);
});

test("a launch fails when the Launcher's context goes, which is not the client's doing", async (t) => {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const records: LauncherRecord[] = [];
  const launcher = new Launcher(context, { logger: (record) => records.push(record) });
  using proxy = new LauncherProxy(launcher.connect(kernel));
  const [loader, server] = kernel.createChannel();
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const launch = proxy.launch(launchInfo(kernel, { executable, name: "x" }));
  await server.waitOne(Signals.READABLE);
  context.dispose();
  await t.throwsAsync(launch, { code: "ZX_ERR_PEER_CLOSED" });
  const [{ error, ...rest }] = records as [LaunchFailure];
  t.is(records.length, 1);
  t.is(error.kind, "BuilderError");
  t.like(rest, { op: "launch", level: "error", jobKoid: undefined, jobInfo: undefined });
  t.regex(
    rest.message,
    /^Failed to launch process "x" in an unknown job: Failed to build new process: /,
  );
});

test("a record has all parts of a failure", async (t) => {
  const client = connectLauncher(t);
  const { kernel, proxy, records } = client;
  proxy.addArgs(["a\0b"]);
  await statusOf(proxy.createWithoutStarting(launchInfo(kernel, { name: "x" })));
  const { error, ...rest } = records[0] as LaunchFailure;
  t.true(error instanceof LauncherError);
  t.is(error.kind, "InvalidArg");
  const { koid } = kernel.rootJob;
  t.deepEqual(rest, {
    level: "error",
    op: "create",
    processName: "x",
    jobKoid: koid,
    jobInfo: { returnCode: 0n, exited: false, killOnOom: false, debuggerAttached: false },
    message: `Failed to create process "x" in job ${koid}: Invalid arg: Argument contained null byte`,
  });
});

test("a name cannot feign further lines of a log", async (t) => {
  const { kernel, proxy, records } = connectLauncher(t);
  proxy.addArgs(["a\0b"]);
  await statusOf(proxy.launch(launchInfo(kernel, { name: 'x"\n\u{1b}[0m' })));
  t.true(records[0]!.message.startsWith('Failed to launch process "x\\"\\n\\u001b[0m" in job '));
});

test("a launch that succeeds is not logged", async (t) => {
  const { kernel, proxy, records } = connectLauncher(t);
  t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_OK");
  t.deepEqual(records, []);
});

test("a connection that fails is a warning", async (t) => {
  const { launcher, records } = connectLauncher(t);
  const channel = launcher.connect();
  channel.write(Uint8Array.of(1, 2, 3));
  await channel.waitOne(Signals.PEER_CLOSED);
  const [{ error, ...rest }] = records as [ServeFailure];
  t.true(error instanceof fidl.FidlError);
  t.deepEqual(rest, {
    level: "warn",
    op: "serve",
    message: "Failed to serve a client: message is too short",
  });
});
