import { setImmediate } from "node:timers/promises";

import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.js";
import { checkStatus, hostError, ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkCString, type CString } from "../base/strings.js";
import { checkTarget, type Target } from "../base/target.js";
import {
  checkBoolean,
  checkChoice,
  checkFunction,
  checkInteger,
  checkOptions,
  checkU64,
  outOfRange,
} from "../base/validate.js";
import { Job } from "../handles/job.js";
import { checkLimits, type JobLimits } from "../handles/limits.js";
import { Resource, RESOURCE_KINDS, type ResourceKind } from "../handles/resource.js";
import { EventLoop } from "../native/event-loop.js";
import { native } from "../native/native.js";
import type { TraceBuffer, TraceRecord } from "../native/trace-record.js";
import type { ObjectTypeName } from "../zx/object-type.js";
import { KernelClock } from "./clock.js";
import { Context } from "./context.js";

const MACHINES = ["native", "null"] as const;
const CLOCKS = ["system", "virtual"] as const;
const KEYS = [
  "machine",
  "clock",
  "seed",
  "target",
  "trace",
  "traceBuffer",
  "requireSandbox",
  "takesSpare",
  "limits",
];
const OVERFLOWS = ["wait", "drop"] as const;
/** Bytes. */
const [MIN_TRACE_CAPACITY, MAX_TRACE_CAPACITY] = [2 ** 12, 2 ** 31 - 1];

/** What a kernel is made of. */
export interface KernelOptions {
  /**
   * `native` runs guests on this computer, which must be x86-64 Linux; `null` builds and inspects
   * processes everywhere, and runs none. By default `native` where it can run.
   */
  machine?: "native" | "null";
  /** `virtual` moves only when told; `system` is the default. */
  clock?: "system" | "virtual";
  /** Makes the kernel's random choices repeatable. An integer of 64 bits, not below 0. */
  seed?: bigint | number;
  /** The processor that processes are built for; `x86-64` by default, and with `native` always. */
  target?: Target;
  /** Gets what happens in the kernel: a few records in each turn of the event loop. */
  trace?: (records: TraceRecord[]) => void;
  /** How much of the trace is kept until it is taken, and what becomes of the rest. */
  traceBuffer?: TraceBuffer;
  /**
   * Runs nothing unless every wall of the sandbox but Landlock stands, which the others make
   * dispensable: `SECURITY.md` names them, `zirconia doctor` says which do. Processes that are started
   * where one is missing end of a {@link HostError}.
   */
  requireSandbox?: boolean;
  /**
   * What there may be in the kernel in all; what is not named has its default. By default half
   * of the memory that there is (on the null machine 1 GiB), 262,144 handles, which are never more,
   * 1,048,576 objects, 16,384 processes, 262,144 threads, 512 MiB each of messages in channels and of
   * bytes in sockets; no limit of processor time, nor of the debug log, which keeps 512 records. Of
   * each, processor time aside, a sixteenth is for the host itself. These are the limits of the {@link Kernel.rootJob}, which
   * {@link Job.setLimits} changes.
   */
  limits?: Partial<JobLimits>;
  /** Has programs started by a helper that is kept for such kernels, if there is one. @internal */
  takesSpare?: boolean;
}

/** How many objects of a type there are, and handles to them. */
export interface TypeStats {
  readonly objects: number;
  readonly handles: number;
}

/** What exists in a kernel. */
export interface KernelStats {
  /** Types without objects are left out. */
  readonly types: Readonly<Partial<Record<ObjectTypeName, TypeStats>>>;
  /** Objects of all types. */
  readonly objects: number;
  /** Handles to all of them, those in messages included. */
  readonly handles: number;
  /** Waits that have not ended, the host's and the guests'. */
  readonly waits: number;
  /** Watches on objects, by waits and for ports. */
  readonly observers: number;
  /** Packets in ports. */
  readonly packets: number;
  /** Guest processes that run. */
  readonly running: number;
}

/**
 * A simulated Zircon kernel, and the context of JavaScript's own process in it, whose job is the
 * root job. Two kernels share nothing.
 *
 * Node stays alive while a wait is pending or a guest runs; a kernel alone does not keep it.
 *
 * @example
 * ```ts
 * import { Kernel, Signals } from "zirconia";
 *
 * using kernel = new Kernel();
 * const [one, other] = kernel.createChannel();
 * one.write(Buffer.from("hello"));
 * await other.waitOne(Signals.READABLE);
 * console.log(other.read().bytes, kernel.stats().handles);
 * ```
 */
export class Kernel extends Context implements Disposable, AsyncDisposable {
  /** Whether guests can run. */
  readonly machine: "native" | "null";
  /** The processor that processes are built for. */
  readonly target: Target;
  /** The monotonic clock. */
  readonly clock: KernelClock;
  /** Who is told that the kernel ends, before anything in it does. @internal */
  readonly endings = new Set<() => void>();
  #rootJob: Job | undefined;
  #isDisposed = false;

  /**
   * @throws {@link ZirconiaError} `NOT_SUPPORTED` if the native machine is asked for where it
   * cannot run: a {@link HostError} if it is for this computer
   */
  constructor(options: KernelOptions = {}) {
    checkOptions(options, KEYS);
    const { clock = "system", seed, target = "x86-64", trace, requireSandbox = false } = options;
    checkChoice("options.clock", clock, CLOCKS);
    checkTarget("options.target", target);
    const { capacity, overflow } = checkTrace(options);
    checkBoolean("options.requireSandbox", requireSandbox);
    const limits = checkLimits("options.limits", options.limits);
    const machine = chooseMachine(options.machine, target);
    const nativeOptions = {
      native: machine === "native",
      virtualClock: clock === "virtual",
      target,
      ...(trace === undefined ? {} : { traceCapacity: capacity }),
      traceDrops: overflow === "drop",
      requireSandbox,
      takesSpare: options.takesSpare ?? false,
      limits,
      ...(seed === undefined ? {} : { seed: checkSeed(seed) }),
    };
    const loop = new EventLoop(nativeOptions, trace);
    super(loop, loop.native.host, "host");
    this.machine = machine;
    this.target = target;
    this.clock = new KernelClock(clock, loop);
  }

  /** The kernel itself. */
  override get kernel(): this {
    return this;
  }

  /**
   * The root of all jobs: one and the same handle each time, and another only once it was closed. It
   * is the kernel's own: what takes handles over refuses it, and takes a {@link Handle.duplicate}.
   */
  get rootJob(): Job {
    if (this.#rootJob?.isValid !== true) {
      const job = checkStatus("zx_job_create", this.native.rootJob(this.id));
      this.#rootJob = new Job(this, job).keepAs("the kernel's root job");
    }
    return this.#rootJob;
  }

  /**
   * A resource that gives everything of a kind, by default everything: whoever is handed it, as a
   * startup handle or in a message, may do what asks for one.
   *
   * @throws {@link ZxError} `NO_RESOURCES` for more than 1,024; `NO_MEMORY`
   */
  createResource(kind: ResourceKind = "root", name: CString = kind): Resource {
    const number = RESOURCE_KINDS.indexOf(checkChoice("kind", kind, RESOURCE_KINDS));
    const resource = this.native.wholeResource(this.id, number, checkCString("name", name));
    return new Resource(this, checkStatus("zx_resource_create", resource));
  }

  /** Whether the kernel has ended, or is about to. */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** The monotonic clock in nanoseconds. */
  now(): bigint {
    return this.clock.now();
  }

  /** What exists right now. */
  stats(): KernelStats {
    const { types, ...counts } = this.loop.native.stats();
    return {
      types: Object.fromEntries(
        types.map(({ name, objects, handles }) => [name, { objects, handles }]),
      ),
      objects: types.reduce((sum, { objects }) => sum + objects, 0),
      ...counts,
    };
  }

  /** Hands the records that have gathered to {@link KernelOptions.trace}, without delay. */
  flushTrace(): void {
    this.loop.flushTrace();
  }

  /**
   * Ends the kernel: guests are killed, pending waits reject with `CANCELED`, and every handle is
   * invalid from now on. Does nothing the second time.
   *
   * @throws {@link HostError} if this computer does not end what ran, after up to 20 seconds. The
   * kernel has ended all the same
   */
  dispose(): void {
    this.#tellEnd();
    this.loop.close();
  }

  /** Same as {@link Kernel.dispose}. */
  [DISPOSE](): void {
    this.dispose();
  }

  /** Kills the guests, waits until none of them runs any more, and disposes of the kernel. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.#quieten();
    await this.loop.end();
  }

  /**
   * The same, but does not wait for the end of the helper that started the guests, which has none
   * of them any more, unless there is a trace. Should it not end, Node gets a warning.
   *
   * @internal
   */
  async retire(): Promise<void> {
    await this.#quieten();
    const ended = this.loop.end();
    if (this.loop.isTraced) {
      await ended;
    } else {
      ended.catch((error: Error) => process.emitWarning(error.message, error.name));
    }
  }

  /** Kills the guests, and waits until none runs and all of the trace until then is handed over. */
  async #quieten(): Promise<void> {
    this.#tellEnd();
    this.loop.native.shutDown();
    if (await this.loop.idle()) {
      // Whoever waits for the end of one learns of it first.
      await setImmediate();
    }
    try {
      await this.loop.traced();
    } catch (error) {
      await this.loop.end();
      throw error;
    }
  }

  #tellEnd(): void {
    this.#isDisposed = true;
    for (const ending of this.endings) {
      ending();
    }
    this.endings.clear();
  }
}

function chooseMachine(machine: unknown, target: Target): "native" | "null" {
  const chosen =
    machine === undefined ? undefined : checkChoice("options.machine", machine, MACHINES);
  const refusal = chosen === "null" ? undefined : refusalOf(target);
  if (chosen === "native" && refusal !== undefined) {
    throw refusal;
  }
  return chosen === "null" || refusal !== undefined ? "null" : "native";
}

/** Why programs for a processor do not run here. */
function refusalOf(target: Target): ZirconiaError | undefined {
  const { NOT_SUPPORTED } = ZxStatus;
  return target === "x86-64"
    ? hostError(native.hostRefusal())
    : new ZirconiaError(`Guests for ${target} do not run natively`, NOT_SUPPORTED);
}

/**
 * Checks what options say of the trace, and adds what is the default.
 *
 * @internal
 */
export function checkTrace(options: Pick<KernelOptions, "trace" | "traceBuffer">) {
  const { trace, traceBuffer = {} } = options;
  if (trace !== undefined) {
    checkFunction("options.trace", trace);
  }
  checkOptions(traceBuffer, ["capacity", "overflow"], "options.traceBuffer");
  const { capacity = 2 ** 20, overflow = "wait" } = traceBuffer;
  checkInteger("options.traceBuffer.capacity", capacity, MAX_TRACE_CAPACITY);
  if (capacity < MIN_TRACE_CAPACITY) {
    const range = `an integer >= ${MIN_TRACE_CAPACITY}`;
    throw outOfRange("options.traceBuffer.capacity", range, capacity);
  }
  return {
    capacity,
    overflow: checkChoice("options.traceBuffer.overflow", overflow, OVERFLOWS),
  };
}

function checkSeed(seed: bigint | number): bigint {
  return typeof seed === "number"
    ? BigInt(checkInteger("options.seed", seed, Number.MAX_SAFE_INTEGER))
    : checkU64("options.seed", seed);
}
