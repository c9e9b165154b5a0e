import { checkStatus, hostError, type HostError, ZxError } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { ZxStatus } from "../base/status.js";
import { checkCString, type CString } from "../base/strings.js";
import { type Bytes, checkBytes, checkInteger, checkU64 } from "../base/validate.js";
import { type ObjectType, type ObjectTypeName, objectTypeName } from "../zx/object-type.js";
import { type CrashReport, type MappingInfo, unpackCrashReport, unpackMaps } from "../zx/report.js";
import { Rights } from "../zx/rights.js";
import { Signals } from "../zx/signals.js";
import type { WaitOptions } from "../zx/wait-options.js";
import { Handle } from "./handle.js";
import { type LimitName, limitOf } from "./limits.js";
import { MAPS_SIZE, type MapsInfo, readMapsInfo } from "./maps.js";
import { SuspendToken } from "./suspend-token.js";
import { checkGiven, checkHandle, takeValue } from "./take.js";
import { Task } from "./task.js";
import { Thread } from "./thread.js";
import { readVmoInfo, VMO_INFO_SIZE, type VmoInfo } from "./vmo-info.js";

const INFO_PROCESS = 0x1000_0003;
const INFO_PROCESS_THREADS = 4;
const INFO_TASK_STATS = 0x1000_000c;
const INFO_PROCESS_MAPS = 0x2000_000d;
const INFO_PROCESS_VMOS = 0x3000_000e;
const INFO_PROCESS_HANDLE_STATS = 21;
const INFO_HANDLE_TABLE = 27;

const PROP_DEBUG_ADDR = 5;
const PROP_VDSO_BASE_ADDRESS = 6;
const PROP_BREAK_ON_LOAD = 7;

const FLAG_STARTED = 1;
const FLAG_EXITED = 2;
const FLAG_DEBUGGER_ATTACHED = 4;

/** Bytes of one record of the handle table, and types that its statistics count. */
const HANDLE_SIZE = 40;
const HANDLE_TYPES = 64;

/** Bytes that one read can get. */
const MEMORY_MAX = 64 << 20;

/** Room for a few bytes of memory, which are copied out before anything else can run. */
const fewBytes = new Uint8Array(256);

/** `zx_info_process_t` */
export interface ProcessInfo {
  /** 0 until the process has ended. */
  readonly returnCode: bigint;
  /** In nanoseconds of the monotonic clock; 0 before the start. */
  readonly startTime: bigint;
  readonly started: boolean;
  readonly exited: boolean;
  /** Whether it has a debugger's exception channel. */
  readonly debuggerAttached: boolean;
}

/** `zx_info_task_stats_t`, in bytes. */
export interface TaskStats {
  /** Of all mappings. */
  readonly mappedBytes: bigint;
  /** Committed, mapped by this process only and held by one VMO only. */
  readonly privateBytes: bigint;
  /** All else that is committed and mapped. */
  readonly sharedBytes: bigint;
  /** The process's share of that. */
  readonly scaledSharedBytes: bigint;
}

/** One handle of a process (`zx_info_handle_extended_t`). */
export interface HandleTableEntry {
  readonly type: ObjectType;
  /** The raw value in that process. */
  readonly value: number;
  readonly rights: Rights;
  readonly koid: bigint;
  /** The koid of the peer, parent or owner; 0 for none. */
  readonly relatedKoid: bigint;
}

/** A process. */
export class Process extends Task {
  /**
   * `zx_object_get_info` with `ZX_INFO_PROCESS`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): ProcessInfo {
    const view = this.record(INFO_PROCESS);
    const flags = view.getUint32(16, true);
    return jsonable({
      returnCode: view.getBigInt64(0, true),
      startTime: view.getBigInt64(8, true),
      started: (flags & FLAG_STARTED) !== 0,
      exited: (flags & FLAG_EXITED) !== 0,
      debuggerAttached: (flags & FLAG_DEBUGGER_ATTACHED) !== 0,
    });
  }

  /**
   * Resolves once the process is dead. Needs WAIT and INSPECT.
   *
   * @throws as {@link Handle.waitOne}
   */
  async exited(options?: WaitOptions): Promise<ProcessInfo> {
    await this.waitOne(Signals.TASK_TERMINATED, options);
    return this.info();
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_PROCESS_THREADS`: koids, oldest first. Needs ENUMERATE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  threads(): bigint[] {
    return this.koids(INFO_PROCESS_THREADS);
  }

  /**
   * The address space, as `ZX_INFO_PROCESS_MAPS` tells it. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
   */
  maps(): MappingInfo[] {
    const packed = this.native.processMaps(this.context.id, this.value);
    return unpackMaps(bytesOf("zx_object_get_info", packed));
  }

  /**
   * What a process has left that died of an exception; `undefined` for any other. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  crashReport(): CrashReport | undefined {
    const packed = this.native.processCrashReport(this.context.id, this.value);
    return unpackCrashReport(bytesOf("zx_object_get_info", packed));
  }

  /**
   * What this computer has refused a process that has ended of it; `undefined` for any other. Its
   * return code is then -1024, unless it had ended before. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  hostError(): HostError | undefined {
    const failure = this.native.processHostFailure(this.context.id, this.value);
    return typeof failure === "number"
      ? void checkStatus("zx_object_get_info", failure)
      : hostError(failure);
  }

  /**
   * What it was short of when the kernel killed it for that: `cpuTime` with return code -1088, at the
   * limit of its job or of one above; `memory` with -1025, when Node's own memory had none left for its
   * call, whatever its limits. `undefined` for any other. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  killedFor(): LimitName | undefined {
    const number = this.native.processKilledFor(this.context.id, this.value);
    return limitOf(checkStatus("zx_object_get_info", number));
  }

  /**
   * `zx_thread_create`; 31 bytes of the name are kept. Needs MANAGE_THREAD.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` in a dead process
   */
  createThread(name: CString): Thread {
    const bytes = checkCString("name", name);
    const thread = this.native.threadCreate(this.context.id, this.value, bytes, 0);
    return new Thread(this.context, checkStatus("zx_thread_create", thread));
  }

  /**
   * `zx_process_start`: the first thread begins at `entry`. Needs WRITE on process and thread, and
   * TRANSFER on `arg1`, which moves into the process and is consumed on every outcome.
   *
   * @throws {@link ZxError} `NOT_SUPPORTED` on the null machine; `BAD_HANDLE`; `ACCESS_DENIED`;
   * `BAD_STATE` for a process that was started or is dead; `cause` is the {@link HostError}, if it is
   * this computer that lets nothing start
   */
  start(thread: Thread, entry: bigint, stack: bigint, arg1: Handle, arg2: bigint): void {
    checkHandle("thread", thread, Thread);
    checkU64("entry", entry);
    checkU64("stack", stack);
    checkGiven("arg1", arg1, Handle);
    checkU64("arg2", arg2);
    const { context, native } = this;
    const { id, loop } = context;
    try {
      const threadValue = thread.valueIn(context, "thread");
      const arg = takeValue(context, "arg1", arg1);
      const status = native.processStart(id, this.value, threadValue, entry, stack, arg, arg2);
      loop.refresh();
      if (status === ZxStatus.NOT_SUPPORTED) {
        // The one failure that consumes nothing: nothing can be started here at all.
        native.handleClose(id, arg);
      }
      if (status < 0) {
        throw new ZxError("zx_process_start", status, { cause: loop.refusal() });
      }
    } finally {
      arg1.close();
    }
  }

  /**
   * `zx_object_get_child`: a handle to the started thread with this koid. Needs ENUMERATE.
   *
   * @param rights at most those of this handle, which are the default
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for rights not held; `NOT_FOUND`
   */
  getChild(koid: bigint, rights: Rights = Rights.SAME_RIGHTS): Thread {
    return new Thread(this.context, this.child(koid, rights));
  }

  /**
   * `zx_process_read_memory`: up to `length` bytes, as far as the mapping at `address` and its VMO
   * go, whatever the permissions. Needs READ and WRITE.
   *
   * @param length 1 to 67,108,864 bytes
   * @throws {@link ZxError} `INVALID_ARGS` for another length; `BAD_HANDLE`; `ACCESS_DENIED`;
   * `BAD_STATE` for a process without an address space, and a VMO that is not cached; `NO_MEMORY`
   * where nothing is mapped; `OUT_OF_RANGE` beyond the VMO's end
   */
  readMemory(address: bigint, length: number): Uint8Array {
    checkU64("address", address);
    checkInteger("length", length, Number.MAX_SAFE_INTEGER);
    const isSmall = length <= fewBytes.length;
    // No more room than a call can fill, and still too much where that was asked for.
    const bytes = isSmall
      ? fewBytes.subarray(0, length)
      : new Uint8Array(Math.min(length, MEMORY_MAX + 1));
    const read = this.native.processReadMemory(this.context.id, this.value, address, bytes);
    const count = checkStatus("zx_process_read_memory", read);
    return isSmall ? bytes.slice(0, count) : bytes.subarray(0, count);
  }

  /**
   * `zx_process_write_memory`: how many of the bytes were written, as far as the mapping at
   * `address` and its VMO go, whatever the permissions. Whoever else maps that VMO sees them, but for those of code, which
   * is the process's own from the first write on: a breakpoint is in no other process. Needs WRITE.
   *
   * @param bytes 1 to 67,108,864
   * @throws {@link ZxError} `INVALID_ARGS` for another length; `BAD_HANDLE`; `ACCESS_DENIED` also
   * for the vDSO; `BAD_STATE` for a process without an address space, and a VMO that is not cached;
   * `NO_MEMORY` where nothing is mapped; `OUT_OF_RANGE` beyond the VMO's end
   */
  writeMemory(address: bigint, bytes: Bytes): number {
    checkU64("address", address);
    const checked = checkBytes("bytes", bytes);
    const count = this.native.processWriteMemory(this.context.id, this.value, address, checked);
    return checkStatus("zx_process_write_memory", count);
  }

  /**
   * `zx_task_suspend`: all threads stop, as {@link Thread.suspend} stops one, also those that are
   * started meanwhile. The process itself shows no signal. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process;
   * `NOT_SUPPORTED` for a context
   */
  suspend(): SuspendToken {
    const token = this.native.taskSuspend(this.context.id, this.value);
    return new SuspendToken(this.context, checkStatus("zx_task_suspend", token));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_TASK_STATS`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
   */
  taskStats(): TaskStats {
    const view = this.record(INFO_TASK_STATS);
    return jsonable({
      mappedBytes: view.getBigUint64(0, true),
      privateBytes: view.getBigUint64(8, true),
      sharedBytes: view.getBigUint64(16, true),
      scaledSharedBytes: view.getBigUint64(24, true),
    });
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_PROCESS_MAPS`: {@link Process.maps} as Zircon's record has
   * it, with what takes up room. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
   */
  mapsInfo(): MapsInfo[] {
    return this.records(INFO_PROCESS_MAPS, MAPS_SIZE).map(readMapsInfo);
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_PROCESS_VMOS`: all VMOs that the process has handles to, then
   * all that it maps, as often as it does. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
   */
  vmos(): VmoInfo[] {
    return this.records(INFO_PROCESS_VMOS, VMO_INFO_SIZE).map(readVmoInfo);
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_PROCESS_HANDLE_STATS`: how many handles of each type the
   * process has; types without any are left out. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  handleStats(): Readonly<Partial<Record<ObjectTypeName | "Unknown", number>>> {
    const view = this.record(INFO_PROCESS_HANDLE_STATS);
    const counts = Array.from({ length: HANDLE_TYPES }, (_, type) => ({
      type,
      count: view.getUint32(type * 4, true),
    }));
    const found = counts.filter(({ count }) => count > 0);
    return Object.fromEntries(found.map(({ type, count }) => [objectTypeName(type), count]));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_HANDLE_TABLE`. Needs INSPECT, MANAGE_PROCESS and
   * MANAGE_THREAD.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  handleTable(): HandleTableEntry[] {
    return this.records(INFO_HANDLE_TABLE, HANDLE_SIZE).map((view) =>
      jsonable({
        type: view.getUint32(0, true) as ObjectType,
        value: view.getUint32(4, true),
        rights: view.getUint32(8, true),
        koid: view.getBigUint64(16, true),
        relatedKoid: view.getBigUint64(24, true),
      }),
    );
  }

  /**
   * `ZX_PROP_PROCESS_VDSO_BASE_ADDRESS`; 0 without one. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getVdsoBase(): bigint {
    return this.getProperty(PROP_VDSO_BASE_ADDRESS);
  }

  /**
   * `ZX_PROP_PROCESS_DEBUG_ADDR`: where the dynamic linker keeps its list of modules; 0 if it has
   * not told. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getDebugAddress(): bigint {
    return this.getProperty(PROP_DEBUG_ADDR);
  }

  /**
   * Sets `ZX_PROP_PROCESS_DEBUG_ADDR`. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`
   */
  setDebugAddress(address: bigint): void {
    this.setProperty(PROP_DEBUG_ADDR, checkU64("address", address));
  }

  /**
   * `ZX_PROP_PROCESS_BREAK_ON_LOAD`: not 0 if the process is to stop at each load of a module. Needs
   * GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getBreakOnLoad(): bigint {
    return this.getProperty(PROP_BREAK_ON_LOAD);
  }

  /**
   * Sets `ZX_PROP_PROCESS_BREAK_ON_LOAD`. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  setBreakOnLoad(value: bigint): void {
    this.setProperty(PROP_BREAK_ON_LOAD, checkU64("value", value));
  }
}

function bytesOf(operation: string, packed: Uint8Array | number): Uint8Array {
  if (typeof packed === "number") {
    checkStatus(operation, packed);
    return new Uint8Array();
  }
  return packed;
}
