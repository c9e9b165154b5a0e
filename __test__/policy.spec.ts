import test, { type ExecutionContext } from "ava";

import {
  type Kernel,
  type PolicyAction,
  type PolicyConditionName,
  type PolicyEntry,
  ProcessBuilder,
  ProcessContext,
  Rights,
} from "../index.js";
import { staticPie } from "./support/elf-file.js";
import { throwsBuilder, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

/** A context in a job of its own with this policy. */
function contextWith(kernel: Kernel, entries: readonly PolicyEntry[]): ProcessContext {
  const job = kernel.rootJob.createJob();
  if (entries.length > 0) job.setPolicy("absolute", entries);
  return new ProcessContext(kernel, { job });
}

/** What each condition decides about, as a context does it. */
const CREATIONS: readonly [PolicyConditionName, (context: ProcessContext) => unknown][] = [
  ["NewVmo", (context) => context.createVmo(1n)],
  ["NewChannel", (context) => context.createChannel()],
  ["NewEvent", (context) => context.createEvent()],
  ["NewEventpair", (context) => context.createEventPair()],
  ["NewPort", (context) => context.createPort()],
  ["NewSocket", (context) => context.createSocket()],
  ["NewFifo", (context) => context.createFifo(1, 1)],
  ["NewPager", (context) => context.createPager()],
  ["NewTimer", (context) => context.createTimer()],
  ["NewProcess", (context) => createProcess(context)],
  ["NewIob", (context) => context.createIobSharedRegion(4096n)],
  ["NewProfile", (context) => createProfile(context)],
];

function createProfile(context: ProcessContext): void {
  context.kernel.createResource().transferTo(context).createProfile({ priority: 1 });
}

function createProcess(context: ProcessContext): void {
  context.kernel.rootJob.duplicate().transferTo(context).createProcess("new");
}

for (const [condition, create] of CREATIONS) {
  test(`${condition} is denied to one context and allowed to the others`, (t) => {
    const kernel = nullKernel(t);
    const denied = contextWith(kernel, [{ condition, action: "deny" }]);
    const others = CREATIONS.filter(([name]) => name !== condition);
    const opposite = contextWith(kernel, [
      ...others.map(([condition]) => ({ condition, action: "deny" }) as const),
      { condition, action: "allow" },
    ]);
    throwsStatus(t, "ACCESS_DENIED", () => create(denied));
    t.notThrows(() => create(opposite));
    t.notThrows(() => create(contextWith(kernel, [])));
    for (const [, other] of others) {
      t.notThrows(() => other(denied));
      throwsStatus(t, "ACCESS_DENIED", () => other(opposite));
    }
    t.notThrows(() => create(kernel as ProcessContext));
  });
}

test("NewAny denies everything new", (t) => {
  const kernel = nullKernel(t);
  const denied = contextWith(kernel, [
    { condition: "NewAny", action: "deny" },
    { condition: "NewEvent", action: "allow" },
  ]);
  for (const [condition, create] of CREATIONS) {
    if (condition === "NewEvent") t.notThrows(() => create(denied));
    else throwsStatus(t, "ACCESS_DENIED", () => create(denied));
  }
});

test("a context that may not create processes builds none", (t) => {
  const kernel = nullKernel(t);
  const denied = contextWith(kernel, [{ condition: "NewProcess", action: "deny" }]);
  const message = "Failed to create process: ACCESS_DENIED";
  throwsBuilder(t, "CreateProcess", message, () => {
    const job = kernel.rootJob.duplicate().transferTo(denied);
    const executable = denied.vmoFromBytes(staticPie());
    return new ProcessBuilder({ name: "denied", job, executable });
  });
});

test("marking memory executable is up to the caller's policy", (t) => {
  const kernel = nullKernel(t);
  const denied = contextWith(kernel, [{ condition: "AmbientMarkVmoExec", action: "deny" }]);
  const vmo = denied.createVmo(1n);
  throwsStatus(t, "ACCESS_DENIED", () => vmo.replaceAsExecutable());
  t.false(vmo.isValid);
  t.not(contextWith(kernel, []).createVmo(1n).replaceAsExecutable().rights & Rights.EXECUTE, 0);
});

test("the actions allow, deny or kill", (t) => {
  const kernel = nullKernel(t);
  const event = (action: PolicyAction) =>
    contextWith(kernel, [{ condition: "NewEvent", action }]).createEvent();
  t.notThrows(() => event("allow"));
  t.notThrows(() => event("allowException"));
  throwsStatus(t, "ACCESS_DENIED", () => event("deny"));
  throwsStatus(t, "ACCESS_DENIED", () => event("denyException"));
  const killed = contextWith(kernel, [{ condition: "NewEvent", action: "kill" }]);
  throwsStatus(t, "ACCESS_DENIED", () => killed.createEvent());
  throwsStatus(t, "BAD_STATE", () => killed.createChannel());
});

test("a bad handle can be fatal to one context and harmless to another", (t) => {
  const kernel = nullKernel(t);
  const use = (context: ProcessContext) => {
    const event = context.createEvent();
    event.close();
    throwsStatus(t, "BAD_HANDLE", () => event.signal(0, 0));
    return context.createEvent();
  };
  t.notThrows(() => use(contextWith(kernel, [])));
  const killed = contextWith(kernel, [{ condition: "BadHandle", action: "kill" }]);
  throwsStatus(t, "BAD_STATE", () => use(killed));
});

function parent(t: ExecutionContext, canOverride: boolean) {
  const job = nullKernel(t).rootJob.createJob();
  job.setPolicy("absolute", [{ condition: "NewVmo", action: "deny", canOverride }]);
  return job;
}

const ALLOW = [{ condition: "NewVmo", action: "allow" }] as const;
const entries = (length: number): PolicyEntry[] => Array.from({ length }, () => ALLOW[0]);

test("what a job has fixed stays fixed below it", (t) => {
  const job = parent(t, false).createJob();
  throwsStatus(t, "ALREADY_EXISTS", () => job.setPolicy("absolute", ALLOW));
  job.setPolicy("relative", ALLOW);
  const context = new ProcessContext(job.kernel, { job });
  throwsStatus(t, "ACCESS_DENIED", () => context.createVmo(1n));
});

test("what a job leaves open can be changed below it", (t) => {
  const job = parent(t, true).createJob();
  job.setPolicy("absolute", ALLOW);
  t.notThrows(() => new ProcessContext(job.kernel, { job }).createVmo(1n));
});

test("a policy is set before anything is in the job, with 1 to 18 entries", (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  throwsStatus(t, "INVALID_ARGS", () => job.setPolicy("absolute", []));
  job.setPolicy("relative", entries(18));
  throwsStatus(t, "OUT_OF_RANGE", () => job.setPolicy("relative", entries(19)));
  throwsStatus(t, "OUT_OF_RANGE", () => job.setPolicy("relative", entries(32)));
  throwsStatus(t, "INVALID_ARGS", () => job.setPolicy("relative", entries(33)));
  const powerless = job.duplicate(Rights.INSPECT);
  throwsStatus(t, "ACCESS_DENIED", () => powerless.setPolicy("relative", ALLOW));
  throwsStatus(t, "ACCESS_DENIED", () => powerless.setTimerSlack(1n));
  const child = job.createJob();
  throwsStatus(t, "BAD_STATE", () => job.setPolicy("relative", ALLOW));
  throwsStatus(t, "BAD_STATE", () => job.setTimerSlack(1n));
  child.close();
  t.throws(() => job.setPolicy("relative", [{ condition: "x" as never, action: "deny" }]), {
    code: "ERR_INVALID_ARG_VALUE",
  });
});

test("timers get at least the slack of their context's policy", (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const job = kernel.rootJob.createJob();
  job.setTimerSlack(100n, "late");
  throwsStatus(t, "INVALID_ARGS", () => job.setTimerSlack(-1n));
  const below = job.createJob();
  below.setTimerSlack(5n);
  const slack = (context: ProcessContext, wish: bigint) => {
    const timer = context.createTimer();
    timer.set(kernel.now() + 1000n, wish);
    return timer.info().slack;
  };
  const strict = new ProcessContext(kernel, { job: below });
  t.deepEqual([slack(strict, 0n), slack(strict, 200n)], [100n, 200n]);
  t.is(slack(contextWith(kernel, []), 0n), 0n);
});
