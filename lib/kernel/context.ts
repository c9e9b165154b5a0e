import { basename } from "node:path";

import { DISPOSE } from "../base/dispose.js";
import { abortError, checkStatus, ForeignHandleError, ZxError } from "../base/errors.js";
import { pathBytes } from "../base/host-path.js";
import { ZxStatus } from "../base/status.js";
import { checkCString, type CString, textOf } from "../base/strings.js";
import { printable } from "../base/text.js";
import {
  type Bytes,
  checkAbortSignal,
  checkArray,
  checkBoolean,
  checkBytes,
  checkChoice,
  checkI64,
  checkOptions,
  checkPath,
  checkU32,
  checkU64,
  invalidType,
} from "../base/validate.js";
import type { Environment } from "../fdio/environment.js";
import { Channel } from "../handles/channel.js";
import { Clock } from "../handles/clock.js";
import { Counter } from "../handles/counter.js";
import { DebugLog } from "../handles/debuglog.js";
import { Event, EventPair } from "../handles/event.js";
import { Exception } from "../handles/exception.js";
import { Fifo } from "../handles/fifo.js";
import { Handle } from "../handles/handle.js";
import { Iob, type IobRegion, IobSharedRegion, packRegions } from "../handles/iob.js";
import { Interrupt } from "../handles/interrupt.js";
import { Job } from "../handles/job.js";
import { Pager } from "../handles/pager.js";
import { Port } from "../handles/port.js";
import { Process } from "../handles/process.js";
import { Profile } from "../handles/profile.js";
import { Resource } from "../handles/resource.js";
import { Socket, SOCKET_MODES, type SocketMode } from "../handles/socket.js";
import { Stream } from "../handles/stream.js";
import { SuspendToken } from "../handles/suspend-token.js";
import { checkHandle } from "../handles/take.js";
import { Thread } from "../handles/thread.js";
import { SLACK_MODES, Timer, TIMER_CLOCKS, type TimerOptions } from "../handles/timer.js";
import { Vmar } from "../handles/vmar.js";
import { Vmo } from "../handles/vmo.js";
import { type EventLoop, WAIT_PENDING } from "../native/event-loop.js";
import { withHostFile } from "../native/host-file.js";
import type { HostImages } from "../native/host-images.js";
import type { NativeBinding } from "../native/native-loader.js";
import { type AbiOptions, checkAbi } from "../zx/abi.js";
import { ObjectType } from "../zx/object-type.js";
import { waitLimits, type WaitOptions } from "../zx/wait-options.js";
import type { Kernel } from "./kernel.js";

type NativeKernel = InstanceType<NativeBinding["NativeKernel"]>;

/** VMO defaults less WRITE, with EXECUTE: what a file server hands out. */
const FILE_RIGHTS = 0xd0f7;

const BIND_TO_INTERRUPT = 1;

const CLASSES = new Map<number, new (context: Context, value: number) => Handle>([
  [ObjectType.Process, Process],
  [ObjectType.Thread, Thread],
  [ObjectType.Vmo, Vmo],
  [ObjectType.Channel, Channel],
  [ObjectType.Event, Event],
  [ObjectType.Log, DebugLog],
  [ObjectType.Socket, Socket],
  [ObjectType.EventPair, EventPair],
  [ObjectType.Job, Job],
  [ObjectType.Vmar, Vmar],
  [ObjectType.Fifo, Fifo],
  [ObjectType.Port, Port],
  [ObjectType.Timer, Timer],
  [ObjectType.SuspendToken, SuspendToken],
  [ObjectType.Pager, Pager],
  [ObjectType.Clock, Clock],
  [ObjectType.Stream, Stream],
  [ObjectType.Interrupt, Interrupt],
  [ObjectType.Resource, Resource],
  [ObjectType.Profile, Profile],
  [ObjectType.Counter, Counter],
  [ObjectType.Iob, Iob],
  [ObjectType.IobSharedRegion, IobSharedRegion],
  [ObjectType.Exception, Exception],
]);

const pair = new Uint32Array(2);

/** One of several things to wait for. */
export interface WaitItem {
  readonly handle: Handle;
  /** The signals of which one ends the wait. */
  readonly signals: number;
}

/** What a VMO of the host's bytes is like. */
export interface VmoFromBytesOptions {
  /** Its name, of which 31 bytes are kept. */
  name?: CString;
  /** The rights of its handle: by default those of a file, which are the VMO's own less WRITE, and EXECUTE. */
  rights?: number;
}

/** What a port is for. */
export interface PortOptions {
  /** Interrupts can be bound to it. */
  interrupts?: boolean;
}

/** How a file of the host is read. */
export interface VmoFromFileOptions {
  /** Ends it, also where nobody writes to a pipe. */
  signal?: AbortSignal;
  /**
   * Of an ELF file, leaves out what comes after its segments, to which debug information belongs:
   * often most of it, of which nothing is ever mapped. A file of at most 64 KiB is read at once then,
   * not on Node's thread pool.
   */
  segmentsOnly?: boolean;
}

let makeEnvironment: (context: Context) => Environment;

/**
 * Says how the environment of a context is made: of clients of services, which are above contexts.
 *
 * @internal
 */
export function provideEnvironments(make: (context: Context) => Environment): void {
  makeEnvironment = make;
}

/**
 * A process that is played by JavaScript: a table of handles, and the policy of a job, which judge
 * what is done through it. Each {@link Kernel} is one, and there are further
 * {@link ProcessContext}s.
 */
export abstract class Context {
  /** The kernel that the process is in. */
  abstract readonly kernel: Kernel;
  /** The name of its process, as far as it is text; a kernel's is `host`. */
  readonly name: string;
  /** @internal */
  readonly loop: EventLoop;
  /** The koid, as the binding takes it. @internal */
  readonly id: number;
  #environment: Environment | undefined;

  /** @internal */
  constructor(loop: EventLoop, id: number, name: string) {
    this.name = name;
    this.loop = loop;
    this.id = id;
  }

  /** What its process has been given, and shares with those that it spawns. */
  get environment(): Environment {
    return (this.#environment ??= makeEnvironment(this));
  }

  /** The koid of the context's process. */
  get koid(): bigint {
    return BigInt(this.id);
  }

  /**
   * What messages call it: `context 'host' (koid 1027)`.
   *
   * @internal
   */
  describe(): string {
    return `context '${printable(this.name)}' (koid ${this.koid})`;
  }

  /** @internal */
  get native(): NativeKernel {
    return this.loop.native;
  }

  /**
   * `zx_vmo_create`: zero-filled, of `size` bytes rounded up to pages.
   *
   * @param options bits of {@link VmoOptions}
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `INVALID_ARGS` for other options, TRAP_DIRTY,
   * and RESIZABLE with UNBOUNDED; `OUT_OF_RANGE` for a size that cannot be; `NO_MEMORY`
   */
  createVmo(size: bigint, options = 0): Vmo {
    checkU64("size", size);
    checkU32("options", options);
    const vmo = this.native.vmoCreate(this.id, size, options);
    return new Vmo(this, checkStatus("zx_vmo_create", vmo));
  }

  /**
   * A VMO with a copy of these bytes.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for rights beyond the VMO's own and EXECUTE; `NO_MEMORY`
   */
  vmoFromBytes(bytes: Bytes, options: VmoFromBytesOptions = {}): Vmo {
    const checked = checkBytes("bytes", bytes);
    checkOptions(options, ["name", "rights"]);
    const { name = "", rights = FILE_RIGHTS } = options;
    const encodedName = checkCString("options.name", name);
    checkU32("options.rights", rights);
    const vmo = this.native.vmoFromBytes(this.id, checked, encodedName, rights);
    return new Vmo(this, checkStatus("zx_vmo_create", vmo));
  }

  /**
   * A VMO with the content of a file of the host, as a file server hands it out: it can be read,
   * mapped and executed, not written. It is named after the file.
   *
   * A file may have any size; its holes take up nothing. A pipe or FIFO is read to its end.
   *
   * @throws Node's error if the file cannot be read; `EINVAL` for a device or a socket; {@link ZxError}
   * `NO_MEMORY`; an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async vmoFromFile(path: string | URL, options: VmoFromFileOptions = {}): Promise<Vmo> {
    const file = checkPath("path", path);
    checkOptions(options, ["signal", "segmentsOnly"]);
    const { signal, segmentsOnly = false } = options;
    if (signal !== undefined) checkAbortSignal("options.signal", signal);
    checkBoolean("options.segmentsOnly", segmentsOnly);
    const name = pathBytes(basename(file));
    const { native, id } = this;
    const ended = this.loop.step("read file", file);
    const value = await withHostFile(
      file,
      (where) => native.vmoFromFile(id, where, name, FILE_RIGHTS, segmentsOnly),
      (bytes) => native.vmoFromBytes(id, bytes, name, FILE_RIGHTS),
      { signal },
    ).finally(ended);
    const vmo = new Vmo(this, checkStatus("zx_vmo_create", value));
    if (signal?.aborted) {
      vmo.close();
      throw abortError(signal.reason);
    }
    return vmo;
  }

  /**
   * As {@link vmoFromFile}, of a regular file that images are to keep, or have kept; `undefined` for
   * what is none, is empty or cannot be read.
   *
   * @internal
   */
  async vmoFromImages(
    images: HostImages,
    path: string,
    options: { name: CString; segmentsOnly: boolean },
  ): Promise<Vmo | undefined> {
    const { native, id } = this;
    const [where, name] = [pathBytes(path), checkCString("options.name", options.name)];
    const { segmentsOnly } = options;
    const kept = images.native.vmo(native, id, where, name, FILE_RIGHTS, segmentsOnly);
    const found =
      kept ?? (await native.vmoFromFile(id, where, name, FILE_RIGHTS, segmentsOnly, images.native));
    return typeof found === "number"
      ? new Vmo(this, checkStatus("zx_vmo_create", found))
      : undefined;
  }

  /**
   * The system's vDSO image, as it is handed down from process to process: of the context's own
   * ABI, or of the one that is asked for.
   *
   * @throws {@link ZxError} `NO_MEMORY`; `NOT_SUPPORTED` for an ABI that the kernel's target never
   * had
   */
  systemVdso(options: AbiOptions = {}): Vmo {
    checkOptions(options, ["abi"]);
    const abi = checkAbi("options.abi", options.abi);
    return new Vmo(this, checkStatus("zx_vmo_create", this.native.systemVdso(this.id, abi)));
  }

  /**
   * `zx_channel_create`: both ends.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createChannel(): [Channel, Channel] {
    checkStatus("zx_channel_create", this.native.channelCreate(this.id, 0, pair));
    return [new Channel(this, pair[0]!), new Channel(this, pair[1]!)];
  }

  /**
   * `zx_socket_create`: both ends.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createSocket(mode: SocketMode = "stream"): [Socket, Socket] {
    const options = SOCKET_MODES.indexOf(checkChoice("mode", mode, SOCKET_MODES));
    checkStatus("zx_socket_create", this.native.socketCreate(this.id, options, pair));
    return [new Socket(this, pair[0]!), new Socket(this, pair[1]!)];
  }

  /**
   * `zx_event_create`
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createEvent(): Event {
    return new Event(this, checkStatus("zx_event_create", this.native.eventCreate(this.id, 0)));
  }

  /**
   * `zx_eventpair_create`: both ends.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createEventPair(): [EventPair, EventPair] {
    checkStatus("zx_eventpair_create", this.native.eventpairCreate(this.id, 0, pair));
    return [new EventPair(this, pair[0]!), new EventPair(this, pair[1]!)];
  }

  /**
   * `zx_fifo_create`: both ends, each of which holds so many elements.
   *
   * @param elementSize bytes of an element
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `OUT_OF_RANGE` if a number is 0, or their
   * product more than 4,096; `NO_MEMORY`
   */
  createFifo(elementCount: number, elementSize: number): [Fifo, Fifo] {
    checkU32("elementCount", elementCount);
    checkU32("elementSize", elementSize);
    const status = this.native.fifoCreate(this.id, elementCount, elementSize, 0, pair);
    checkStatus("zx_fifo_create", status);
    return [new Fifo(this, pair[0]!), new Fifo(this, pair[1]!)];
  }

  /**
   * `zx_port_create`
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createPort(options: PortOptions = {}): Port {
    checkOptions(options, ["interrupts"]);
    const { interrupts = false } = options;
    const flags = checkBoolean("options.interrupts", interrupts) ? BIND_TO_INTERRUPT : 0;
    return new Port(this, checkStatus("zx_port_create", this.native.portCreate(this.id, flags)));
  }

  /**
   * `zx_interrupt_create`: a virtual one.
   *
   * @throws {@link ZxError} `NO_MEMORY`
   */
  createInterrupt(): Interrupt {
    const interrupt = this.native.interruptCreate(this.id);
    return new Interrupt(this, checkStatus("zx_interrupt_create", interrupt));
  }

  /**
   * `zx_counter_create`: a counter at 0.
   *
   * @throws {@link ZxError} `NO_MEMORY`
   */
  createCounter(): Counter {
    return new Counter(this, checkStatus("zx_counter_create", this.native.counterCreate(this.id)));
  }

  /**
   * `zx_iob_create`: both ends of an IOBuffer of at most 64 regions.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `INVALID_ARGS` for no regions, an empty one,
   * access that nobody has or that does not go with the discipline, and a ring that is not shared or
   * shared memory that is no ring; `OUT_OF_RANGE` for too many and a size that cannot be;
   * `BAD_HANDLE`; `NO_MEMORY`
   */
  createIob(regions: readonly IobRegion[]): [Iob, Iob] {
    const packed = packRegions(this, regions);
    checkStatus("zx_iob_create", this.native.iobCreate(this.id, packed, pair));
    return [new Iob(this, pair[0]!), new Iob(this, pair[1]!)];
  }

  /**
   * `zx_iob_create_shared_region`: memory for rings of IOBuffers: a page of what the ring is
   * like, and pages of records.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for a size of 0 and one within a page; `ACCESS_DENIED` by
   * policy; `OUT_OF_RANGE` for a size that cannot be; `NO_MEMORY`
   */
  createIobSharedRegion(size: bigint): IobSharedRegion {
    checkU64("size", size);
    const region = this.native.iobCreateSharedRegion(this.id, size);
    return new IobSharedRegion(this, checkStatus("zx_iob_create_shared_region", region));
  }

  /**
   * `zx_pager_create`
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createPager(): Pager {
    return new Pager(this, checkStatus("zx_pager_create", this.native.pagerCreate(this.id, 0)));
  }

  /**
   * `zx_timer_create`
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createTimer(options: TimerOptions = {}): Timer {
    checkOptions(options, ["slackMode", "clock"]);
    const { slackMode = "center", clock = "monotonic" } = options;
    const mode = SLACK_MODES.indexOf(checkChoice("options.slackMode", slackMode, SLACK_MODES));
    const source = TIMER_CLOCKS.indexOf(checkChoice("options.clock", clock, TIMER_CLOCKS));
    const timer = this.native.timerCreate(this.id, mode, source);
    return new Timer(this, checkStatus("zx_timer_create", timer));
  }

  /**
   * `zx_clock_create`
   *
   * @param options bits of {@link ClockOptions}
   * @param backstop what the clock never shows less than, in nanoseconds
   * @throws {@link ZxError} `INVALID_ARGS` for other options, CONTINUOUS without MONOTONIC, a
   * backstop below 0 or, with AUTO_START, in the future; `NO_MEMORY`
   */
  createClock(options = 0, backstop = 0n): Clock {
    checkU32("options", options);
    checkI64("backstop", backstop);
    const clock = this.native.clockCreate(this.id, options, backstop);
    return new Clock(this, checkStatus("zx_clock_create", clock));
  }

  /**
   * `zx_object_wait_many`: resolves with all signals of each item, in their order, once one of an
   * item's `signals` is set. Without items it lasts until the deadline. Needs WAIT on each.
   *
   * A pending wait keeps Node alive.
   *
   * @param items handles of this context, at most 64
   * @throws {@link ZxError} `OUT_OF_RANGE` for more; `BAD_HANDLE`; `ACCESS_DENIED`; `TIMED_OUT`;
   * `CANCELED` if one of the handles is closed or moved meanwhile. The last two tell the signals of
   * each item in `pending`.
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async waitMany(items: readonly WaitItem[], options: WaitOptions = {}): Promise<number[]> {
    const packed = Uint32Array.from(checkArray("items", items).flatMap(this.#packItem, this));
    const { native, id, loop } = this;
    const { deadline, signal } = waitLimits(options, () => native.now());
    const operation = "zx_object_wait_many";
    return loop.wait({
      operation,
      signal,
      start: (token) => {
        const out = new Uint32Array(packed.length / 2);
        const status = native.objectWaitMany(id, packed, deadline, token, out);
        if (status === ZxStatus.TIMED_OUT) {
          throw new ZxError(operation, status, { observed: allOf(out), pending: Array.from(out) });
        }
        return checkStatus(operation, status) === WAIT_PENDING ? undefined : Array.from(out);
      },
      completed: ({ pending }) => [...pending!],
    });
  }

  /**
   * `zx_debuglog_create`, readable: begins with the oldest record that is kept.
   *
   * @throws {@link ZxError} `NO_MEMORY`
   */
  debugLog(): DebugLog {
    const log = this.native.debuglog(this.id);
    return new DebugLog(this, checkStatus("zx_debuglog_create", log));
  }

  /**
   * The object for a handle that has come into this context's table.
   *
   * @internal
   */
  adopt(value: number, type: number = new Handle(this, value).objectType): Handle {
    const Class = CLASSES.get(type) ?? Handle;
    return new Class(this, value);
  }

  #packItem(item: unknown, index: number): number[] {
    const name = `items[${index}]`;
    checkOptions(item, ["handle", "signals"], name);
    const { handle, signals } = item as WaitItem;
    const at = `${name}.handle`;
    const value = checkHandle(at, handle, Handle).valueIn(this, at);
    return [value, checkU32(`${name}.signals`, signals)];
  }
}

/** Checks on whose behalf something is done. */
export function checkContext(name: string, value: unknown): Context {
  if (!(value instanceof Context)) {
    throw invalidType(name, "a Kernel or a Context", value);
  }
  return value;
}

/** The signals of all items together. */
function allOf(items: Uint32Array): number {
  return items.reduce((all, signals) => (all | signals) >>> 0, 0);
}

/** What a further context is like. */
export interface ProcessContextOptions {
  /** The job that its process is in, and whose policy it gets. Borrowed. */
  job: Job;
  /** The name of its process, of which 31 bytes are kept. */
  name?: CString;
}

/**
 * A further process that is played by JavaScript, in a job of its own.
 *
 * Disposing of it ends the process: its handles are closed.
 *
 * @example
 * ```ts
 * import { Kernel, ProcessContext } from "zirconia";
 *
 * using kernel = new Kernel({ machine: "null" });
 * const sandbox = kernel.rootJob.createJob();
 * sandbox.setPolicy("absolute", [{ condition: "NewChannel", action: "deny" }]);
 * using context = new ProcessContext(kernel, { job: sandbox, name: "confined" });
 * ```
 */
export class ProcessContext extends Context implements Disposable {
  readonly kernel: Kernel;

  /**
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` for a job handle with neither
   * MANAGE_PROCESS nor WRITE; `BAD_STATE` in a killed job
   */
  constructor(kernel: Kernel, options: ProcessContextOptions) {
    checkOptions(options, ["job", "name"]);
    const { name = "context" } = options;
    const job = checkHandle("options.job", options.job, Job);
    const encodedName = checkCString("options.name", name);
    const { native, loop, id } = job.context;
    if (job.isValid && job.kernel !== kernel) {
      throw new ForeignHandleError("options.job", job, kernel);
    }
    const koid = checkStatus("zx_process_create", native.contextCreate(id, job.value, encodedName));
    super(loop, koid, textOf(name));
    this.kernel = kernel;
  }

  /** Ends the process. Its handles are closed; waits through them end with `CANCELED`. */
  dispose(): void {
    // It may have died with its job.
    this.native.contextClose(this.id);
  }

  /** Same as {@link ProcessContext.dispose}. */
  [DISPOSE](): void {
    this.dispose();
  }
}
