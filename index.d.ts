import { Writable, Readable } from 'node:stream';

/** A handle to one of two ends. */
declare class PeerHandle extends Handle {
    /**
     * `zx_object_signal_peer`: clears, then sets signals of the other end. Needs SIGNAL_PEER.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for signals that are
     * neither the user's nor an event pair's SIGNALED; `PEER_CLOSED`
     */
    signalPeer(clear: number, set: number): void;
}

/** What a channel transports: up to 65,536 bytes and 64 handles. */
interface ChannelMessage {
    readonly bytes: Uint8Array;
    /** They belong to the reader. */
    readonly handles: readonly Handle[];
}
/** One end of a channel: messages of bytes and handles, in order. */
declare class Channel extends PeerHandle {
    /**
     * `zx_channel_write`. Needs WRITE, and TRANSFER on the handles. The handles are consumed on every
     * outcome.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for the channel; `OUT_OF_RANGE` beyond
     * 65,536 bytes or 64 handles; per handle `BAD_HANDLE`, `ACCESS_DENIED`, `NOT_SUPPORTED` for the
     * channel itself; `PEER_CLOSED`
     */
    write(bytes: Uint8Array, handles?: readonly Handle[]): void;
    /**
     * `zx_channel_read`. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` without a message,
     * `PEER_CLOSED` if none can come
     */
    read(): ChannelMessage;
}

/** A record of the kernel's debug log. */
interface LogRecord {
    /** Its number, from 0. */
    readonly sequence: bigint;
    /** In nanoseconds of the kernel's monotonic clock. */
    readonly timestamp: bigint;
    /** The koid of the process that wrote it. */
    readonly process: bigint;
    /** The koid of the thread that wrote it; 0 for the host. */
    readonly thread: bigint;
    /** `DEBUGLOG_*` severity. */
    readonly severity: number;
    /** At most 216 bytes. */
    readonly data: Uint8Array;
}
/** A handle to the kernel's one debug log, with a place in it to read from. */
declare class DebugLog extends Handle {
    /**
     * `zx_debuglog_write`; 216 bytes are kept. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    write(data: string | Uint8Array): void;
    /**
     * `zx_debuglog_read`: the next record of this handle. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` at the end
     */
    read(): LogRecord;
}

/** An event: SIGNALED and the user's signals, to be set and waited for. */
declare class Event extends Handle {
}
/** One end of an event pair. When one end is gone, PEER_CLOSED is set on the other. */
declare class EventPair extends PeerHandle {
}

/** `zx_info_socket_t`, in bytes. */
interface SocketInfo {
    /** Creation options. */
    readonly options: number;
    /** What can be buffered for reading. */
    readonly receiveBufferMax: bigint;
    /** What is buffered for reading. */
    readonly receiveBufferSize: bigint;
    /** What can be read at once. */
    readonly receiveBufferAvailable: bigint;
    /** What the peer can buffer. */
    readonly transmitBufferMax: bigint;
    /** What the peer has buffered. */
    readonly transmitBufferSize: bigint;
}
declare const DISPOSITIONS: readonly ["keep", "disabled", "enabled"];
/** What happens to writing at one end of a socket. */
type SocketDisposition = (typeof DISPOSITIONS)[number];
/** One end of a socket: a stream of bytes in both directions. */
declare class Socket extends PeerHandle {
    /**
     * `zx_socket_write`: how many bytes were taken, which may be fewer than given. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED`; `BAD_STATE` when writing
     * is disabled; `SHOULD_WAIT` when full
     */
    write(bytes: Uint8Array): number;
    /**
     * `zx_socket_read` of at most `max` bytes; with `peek` they stay. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; when empty `SHOULD_WAIT`, `BAD_STATE` if
     * the peer has disabled writing, `PEER_CLOSED` if it is gone
     */
    read(max?: number, options?: {
        peek?: boolean;
    }): Uint8Array;
    /**
     * `zx_socket_set_disposition`: disables or enables writing at this end and at its peer. Needs
     * MANAGE_SOCKET.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for enabling an end whose
     * peer still has data to read from before
     */
    setDisposition(own: SocketDisposition, peer?: SocketDisposition): void;
    /**
     * `zx_object_get_info` with `ZX_INFO_SOCKET`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): SocketInfo;
}

/** One line of an address space: a VMAR, or a mapping in it. */
type MappingInfo = {
    /** Nesting: 0 for the root VMAR. */
    readonly depth: number;
    /** The first address. */
    readonly base: bigint;
    /** Bytes. */
    readonly size: bigint;
} & ({
    readonly type: "vmar";
    readonly koid: bigint;
    /** `ZX_VM_CAN_MAP_*` bits. */
    readonly canMap: number;
} | {
    readonly type: "mapping";
    /** The VMO's koid. */
    readonly vmo: bigint;
    /** The VMO's name. */
    readonly name: string;
    /** Where in the VMO the mapping begins, in bytes. */
    readonly vmoOffset: bigint;
    /** `ZX_VM_PERM_*` bits: 1 read, 2 write, 4 execute. */
    readonly permissions: number;
});
declare const REGISTERS: readonly ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags", "fsBase", "gsBase"];
/** The general registers of x86-64. */
type GeneralRegisters = Readonly<Record<(typeof REGISTERS)[number], bigint>>;
/** What is left of a process that died of an exception. */
interface CrashReport {
    /** One line: `FATAL_PAGE_FAULT in hello/initial-thread at pc 0x…, address 0x0`. */
    readonly summary: string;
    /** The process's koid. */
    readonly process: bigint;
    readonly processName: string;
    /** The koid of the thread that raised the exception. */
    readonly thread: bigint;
    readonly threadName: string;
    /** `ZX_EXCP_*` */
    readonly exception: number;
    /** The exception's name less its `ZX_EXCP_`. */
    readonly exceptionName: string;
    /** The processor's vector. */
    readonly vector: bigint;
    /** The processor's error code. */
    readonly errorCode: bigint;
    /** The address that could not be accessed, for page faults; else 0. */
    readonly faultAddress: bigint;
    /** `ZX_EXCP_POLICY_CODE_*`, for policy errors. */
    readonly synthCode: number;
    /** Belongs to `synthCode`. */
    readonly synthData: number;
    readonly registers: GeneralRegisters;
    /** The address space at that moment. */
    readonly maps: readonly MappingInfo[];
}

/** Options of VMARs and mappings (`zx_vm_option_t`). */
declare const VmOptions: Readonly<{
    readonly PERM_READ: number;
    readonly PERM_WRITE: number;
    readonly PERM_EXECUTE: number;
    readonly COMPACT: number;
    readonly SPECIFIC: number;
    readonly SPECIFIC_OVERWRITE: number;
    readonly CAN_MAP_SPECIFIC: number;
    readonly CAN_MAP_READ: number;
    readonly CAN_MAP_WRITE: number;
    readonly CAN_MAP_EXECUTE: number;
    readonly MAP_RANGE: number;
    readonly REQUIRE_NON_RESIZABLE: number;
    readonly ALLOW_FAULTS: number;
    readonly OFFSET_IS_UPPER_LIMIT: number;
}>;
/** `zx_info_vmar_t` */
interface VmarInfo {
    /** The first address. */
    readonly base: bigint;
    /** Bytes. */
    readonly size: bigint;
}
/** A range of a process's address space. Offsets are in bytes from its base, sizes in bytes. */
declare class Vmar extends Handle {
    /**
     * `zx_object_get_info` with `ZX_INFO_VMAR`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): VmarInfo;
    /**
     * `zx_vmar_allocate`: a child VMAR and its base. Needs the rights of the `CAN_MAP_*` options.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `BAD_STATE` if this VMAR
     * is destroyed; `NO_MEMORY` where there is no room
     */
    allocate(options: number, offset: bigint, size: bigint): {
        vmar: Vmar;
        base: bigint;
    };
    /**
     * `zx_vmar_map`: the address where the VMO appears. The VMO needs MAP, and both need the rights
     * of the `PERM_*` options.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `NOT_SUPPORTED`;
     * `BUFFER_TOO_SMALL` beyond the VMO's end; `BAD_STATE`; `NO_MEMORY`
     */
    map(options: number, offset: bigint, vmo: Vmo, vmoOffset: bigint, length: bigint): bigint;
    /**
     * `zx_vmar_unmap`: removes mappings and whole child VMARs in a range.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS`; `BAD_STATE`; `ACCESS_DENIED` for the
     * vDSO's code
     */
    unmap(address: bigint, length: bigint): void;
    /**
     * `zx_vmar_protect`: new permissions for a range that mappings fill.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `BAD_STATE`; `NOT_FOUND`
     * for a hole
     */
    protect(options: number, address: bigint, length: bigint): void;
    /**
     * `zx_vmar_destroy`: everything in it goes.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `BAD_STATE` if it is destroyed already
     */
    destroy(): void;
}

/** A job, process or thread. */
declare class Task extends Handle {
    /**
     * `zx_task_kill`. TERMINATED follows once nothing of it runs any more; killing the dead does
     * nothing. Needs DESTROY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `WRONG_TYPE` for a thread
     */
    kill(): void;
}
/** `zx_info_process_t` */
interface ProcessInfo {
    /** 0 until the process has ended. */
    readonly returnCode: bigint;
    /** In nanoseconds of the monotonic clock; 0 before the start. */
    readonly startTime: bigint;
    readonly started: boolean;
    readonly exited: boolean;
}
/** A process. */
declare class Process extends Task {
    /**
     * `zx_object_get_info` with `ZX_INFO_PROCESS`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): ProcessInfo;
    /**
     * Resolves once the process is dead. Needs WAIT and INSPECT.
     *
     * @throws as {@link Handle.waitOne}
     */
    exited(options?: WaitOptions): Promise<ProcessInfo>;
    /**
     * `zx_object_get_info` with `ZX_INFO_PROCESS_THREADS`: koids, oldest first. Needs ENUMERATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    threads(): bigint[];
    /**
     * The address space, as `ZX_INFO_PROCESS_MAPS` tells it. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
     */
    maps(): MappingInfo[];
    /**
     * What a process has left that died of an exception; `undefined` for any other. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    crashReport(): CrashReport | undefined;
    /**
     * `zx_thread_create`; 31 bytes of the name are kept. Needs MANAGE_THREAD.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` in a dead process
     */
    createThread(name: string): Thread;
    /**
     * `zx_process_start`: the first thread begins at `entry`. Needs WRITE on process and thread, and
     * TRANSFER on `arg1`, which moves into the process and is consumed on every outcome.
     *
     * @throws {@link ZxError} `NOT_SUPPORTED` on the null machine; `BAD_HANDLE`; `ACCESS_DENIED`;
     * `BAD_STATE` for a process that was started or is dead
     */
    start(thread: Thread, entry: bigint, stack: bigint, arg1: Handle, arg2: bigint): void;
}
/** `zx_info_thread_t` */
interface ThreadInfo {
    /** `ZX_THREAD_STATE_*` */
    readonly state: number;
}
/** A thread. */
declare class Thread extends Task {
    /**
     * `zx_object_get_info` with `ZX_INFO_THREAD`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): ThreadInfo;
}
/** `zx_info_job_t` */
interface JobInfo {
    /** 0 until the job has ended. */
    readonly returnCode: bigint;
    readonly exited: boolean;
}
/** What a job's policy decides about (`ZX_POL_*`). */
declare const PolicyCondition: Readonly<{
    readonly BadHandle: 0;
    readonly WrongObject: 1;
    readonly VmarWx: 2;
    readonly NewAny: 3;
    readonly NewVmo: 4;
    readonly NewChannel: 5;
    readonly NewEvent: 6;
    readonly NewEventpair: 7;
    readonly NewPort: 8;
    readonly NewSocket: 9;
    readonly NewFifo: 10;
    readonly NewTimer: 11;
    readonly NewProcess: 12;
    readonly NewProfile: 13;
    readonly NewPager: 14;
    readonly AmbientMarkVmoExec: 15;
    readonly NewIob: 16;
    readonly NewSampler: 17;
}>;
/** The name of a policy's condition. */
type PolicyConditionName = keyof typeof PolicyCondition;
declare const ACTIONS: readonly ["allow", "deny", "allowException", "denyException", "kill"];
/** What happens when a policy's condition is met. */
type PolicyAction = (typeof ACTIONS)[number];
/** One entry of a policy. */
interface PolicyEntry {
    readonly condition: PolicyConditionName;
    readonly action: PolicyAction;
    /** Whether jobs below may change it; `false` by default. */
    readonly canOverride?: boolean;
}
/** A job: a group of processes and further jobs. */
declare class Job extends Task {
    /**
     * `zx_job_create`: a child job. Needs MANAGE_JOB or WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` 32 levels below the root;
     * `BAD_STATE` below a killed job
     */
    createJob(): Job;
    /**
     * `zx_process_create`: a process without threads, and its root VMAR. Needs MANAGE_PROCESS or
     * WRITE, and a context whose policy allows NEW_PROCESS.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for options; `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE`
     * in a killed job
     */
    createProcess(name: string, options?: number): {
        process: Process;
        rootVmar: Vmar;
    };
    /**
     * `zx_job_set_policy`, for processes and jobs that are created in this job from now on. In mode
     * `relative` entries that a job above has fixed are left as they are. Needs SET_POLICY.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for no entries or more than 32; `BAD_HANDLE`;
     * `ACCESS_DENIED`; `BAD_STATE` for a job that has children; in mode `absolute` `ALREADY_EXISTS`
     * for a conflict with what a job above has fixed
     */
    setPolicy(mode: "relative" | "absolute", entries: readonly PolicyEntry[]): void;
    /**
     * `zx_object_get_info` with `ZX_INFO_JOB`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): JobInfo;
    /**
     * `zx_object_get_info` with `ZX_INFO_JOB_CHILDREN`: koids, oldest first. Needs ENUMERATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    children(): bigint[];
    /**
     * `zx_object_get_info` with `ZX_INFO_JOB_PROCESSES`: koids, oldest first. Needs ENUMERATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    processes(): bigint[];
}

/** A kernel's monotonic clock, which also drives deadlines. */
declare class KernelClock {
    #private;
    /** Whether it runs as the host's does, or moves only when told. */
    readonly kind: "system" | "virtual";
    /** The time in nanoseconds, above 0 from the start. */
    now(): bigint;
    /**
     * Moves a virtual clock on, and lets deadlines pass.
     *
     * @param nanoseconds 0 or more
     * @throws {@link ZxError} `NOT_SUPPORTED` for the system's clock
     */
    advance(nanoseconds: bigint): void;
}

/** The name of an object type. */
type ObjectTypeName = keyof typeof ObjectType;
/** The types of kernel objects (`zx_obj_type_t`, zircon/types.h). */
declare const ObjectType: Readonly<{
    readonly Process: 1;
    readonly Thread: 2;
    readonly Vmo: 3;
    readonly Channel: 4;
    readonly Event: 5;
    readonly Port: 6;
    readonly Log: 12;
    readonly Socket: 14;
    readonly Resource: 15;
    readonly EventPair: 16;
    readonly Job: 17;
    readonly Vmar: 18;
    readonly Fifo: 19;
    readonly Timer: 22;
    readonly SuspendToken: 27;
    readonly Exception: 29;
    readonly Clock: 30;
    readonly Stream: 31;
}>;
/** The number of an object type. */
type ObjectType = (typeof ObjectType)[ObjectTypeName];
/** The name of an object type; `Unknown` for a number without one. */
declare function objectTypeName(type: number): ObjectTypeName | "Unknown";

/** Something that happened in the kernel. Koids name processes, threads and other objects. */
type TraceEvent = {
    readonly type: "syscallEnter";
    readonly process: bigint;
    readonly thread: bigint;
    readonly number: bigint;
    /** The name less its `zx_`; `undefined` for a number that the process's ABI lacks. */
    readonly name: string | undefined;
    /** The eight argument registers. */
    readonly args: readonly bigint[];
} | {
    readonly type: "syscallExit";
    readonly process: bigint;
    readonly thread: bigint;
    /** The result register. */
    readonly value: bigint;
} | {
    readonly type: "syscallNotImplemented";
    readonly process: bigint;
    readonly thread: bigint;
    readonly name: string;
} | {
    readonly type: "map";
    readonly process: bigint;
    readonly base: bigint;
    readonly length: bigint;
    /** 1 read, 2 write, 4 execute. */
    readonly permissions: number;
    readonly vmo: bigint;
} | {
    readonly type: "unmap";
    readonly process: bigint;
    readonly base: bigint;
    readonly length: bigint;
} | {
    readonly type: "protect";
    readonly process: bigint;
    readonly base: bigint;
    readonly length: bigint;
    readonly permissions: number;
} | {
    readonly type: "message";
    /** The end that the message can be read from. */
    readonly channel: bigint;
    readonly bytes: Uint8Array;
    readonly handles: readonly bigint[];
} | {
    readonly type: "signal";
    readonly object: bigint;
    readonly objectType: ObjectTypeName | "Unknown";
    readonly before: number;
    readonly after: number;
} | {
    readonly type: "processStart";
    readonly process: bigint;
    readonly thread: bigint;
    readonly entry: bigint;
    readonly stack: bigint;
} | {
    readonly type: "exception";
    readonly process: bigint;
    readonly thread: bigint;
    /** `ZX_EXCP_*` */
    readonly exception: number;
    readonly pc: bigint;
    readonly faultAddress: bigint;
} | {
    readonly type: "processExit";
    readonly process: bigint;
    readonly returnCode: bigint;
};
/** An event and when it happened. */
type TraceRecord = TraceEvent & {
    /** In nanoseconds of the kernel's monotonic clock. */
    readonly time: bigint;
};

declare const TARGETS: readonly ["x86-64", "aarch64", "riscv64"];
/** The processor that processes are built for. */
type Target = (typeof TARGETS)[number];
/** What a kernel is made of. */
interface KernelOptions {
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
    /** Gets what happens in the kernel, in batches. */
    trace?: (records: TraceRecord[]) => void;
}
/** How many objects of a type there are, and handles to them. */
interface TypeStats {
    readonly objects: number;
    readonly handles: number;
}
/** What exists in a kernel. */
interface KernelStats {
    /** Types without objects are left out. */
    readonly types: Readonly<Partial<Record<ObjectTypeName, TypeStats>>>;
    /** Objects of all types. */
    readonly objects: number;
    /** Handles to all of them, those in messages included. */
    readonly handles: number;
    /** Waits that have not ended, the host's and the guests'. */
    readonly waits: number;
    /** Guest processes that run. */
    readonly running: number;
}
/**
 * A simulated Zircon kernel. Two of them share nothing.
 *
 * Node stays alive while a wait is pending or a guest runs; a kernel alone does not keep it.
 */
declare class Kernel implements Disposable, AsyncDisposable {
    #private;
    /** Whether guests can run. */
    readonly machine: "native" | "null";
    /** The processor that processes are built for. */
    readonly target: Target;
    /** The monotonic clock. */
    readonly clock: KernelClock;
    /** The process of JavaScript itself: whoever no other context is named for. */
    readonly host: Context;
    /**
     * @throws {@link ZirconiaError} `NOT_SUPPORTED` if the native machine is asked for where it
     * cannot run
     */
    constructor(options?: KernelOptions);
    /** The root of all jobs: one and the same handle each time, which is not to be closed. */
    get rootJob(): Job;
    /** The monotonic clock in nanoseconds. */
    now(): bigint;
    /** {@link Context.createVmo} of the host. */
    createVmo(size: bigint, options?: number): Vmo;
    /** {@link Context.vmoFromBytes} of the host. */
    vmoFromBytes(bytes: Uint8Array, options?: VmoFromBytesOptions): Vmo;
    /** {@link Context.vmoFromFile} of the host. */
    vmoFromFile(path: string | URL): Promise<Vmo>;
    /** {@link Context.systemVdso} of the host. */
    systemVdso(): Vmo;
    /** {@link Context.createChannel} of the host. */
    createChannel(): [Channel, Channel];
    /** {@link Context.createSocket} of the host. */
    createSocket(): [Socket, Socket];
    /** {@link Context.createEvent} of the host. */
    createEvent(): Event;
    /** {@link Context.createEventPair} of the host. */
    createEventPair(): [EventPair, EventPair];
    /** {@link Context.debugLog} of the host. */
    debugLog(): DebugLog;
    /** What exists right now. */
    stats(): KernelStats;
    /** Hands the records that have gathered to {@link KernelOptions.trace}, without delay. */
    flushTrace(): void;
    /**
     * Ends the kernel: guests are killed, pending waits reject with `CANCELED`, and every handle is
     * invalid from now on. Does nothing the second time.
     */
    dispose(): void;
    /** Same as {@link Kernel.dispose}. */
    [Symbol.dispose](): void;
    /** Kills the guests, waits until none of them runs any more, and disposes of the kernel. */
    [Symbol.asyncDispose](): Promise<void>;
}

/** What a VMO of the host's bytes is like. */
interface VmoFromBytesOptions {
    /** Its name; 31 bytes of UTF-8 are kept. */
    name?: string;
    /** The rights of its handle: by default those of a file, which are the VMO's own less WRITE, and EXECUTE. */
    rights?: number;
}
/**
 * A process that is played by JavaScript: a table of handles, and the policy of a job, which judge
 * what is done through it. There is {@link Kernel.host}, and there are further
 * {@link ProcessContext}s.
 */
declare class Context {
    readonly kernel: Kernel;
    /** The koid of the context's process. */
    get koid(): bigint;
    /**
     * `zx_vmo_create`: zero-filled, of `size` bytes rounded up to pages.
     *
     * @param options bits of {@link VmoOptions}
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `INVALID_ARGS`; `NOT_SUPPORTED`;
     * `OUT_OF_RANGE`; `NO_MEMORY`
     */
    createVmo(size: bigint, options?: number): Vmo;
    /**
     * A VMO with a copy of these bytes.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for rights beyond the VMO's own and EXECUTE; `NO_MEMORY`
     */
    vmoFromBytes(bytes: Uint8Array, options?: VmoFromBytesOptions): Vmo;
    /**
     * A VMO with the content of a file of the host, as a file server hands it out: it can be read,
     * mapped and executed, not written. It is named after the file.
     *
     * @throws Node's error if the file cannot be read; {@link ZxError} `NO_MEMORY`
     */
    vmoFromFile(path: string | URL): Promise<Vmo>;
    /**
     * The system's vDSO image, as it is handed down from process to process.
     *
     * @throws {@link ZxError} `NO_MEMORY`
     */
    systemVdso(): Vmo;
    /**
     * `zx_channel_create`: both ends.
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createChannel(): [Channel, Channel];
    /**
     * `zx_socket_create` in stream mode: both ends.
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createSocket(): [Socket, Socket];
    /**
     * `zx_event_create`
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createEvent(): Event;
    /**
     * `zx_eventpair_create`: both ends.
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createEventPair(): [EventPair, EventPair];
    /**
     * `zx_debuglog_create`, readable: begins with the oldest record that is kept.
     *
     * @throws {@link ZxError} `NO_MEMORY`
     */
    debugLog(): DebugLog;
}
/** What a further context is like. */
interface ProcessContextOptions {
    /** The job that its process is in, and whose policy it gets. Borrowed. */
    job: Job;
    /** The name of its process; 31 bytes of UTF-8 are kept. */
    name?: string;
}
/**
 * A further process that is played by JavaScript, in a job of its own.
 *
 * Disposing of it ends the process: its handles are closed.
 */
declare class ProcessContext extends Context implements Disposable {
    /**
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` for a job handle with neither
     * MANAGE_PROCESS nor WRITE; `BAD_STATE` in a killed job
     */
    constructor(kernel: Kernel, options: ProcessContextOptions);
    /** Ends the process. Its handles are closed; waits through them end with `CANCELED`. */
    dispose(): void;
    /** Same as {@link ProcessContext.dispose}. */
    [Symbol.dispose](): void;
}

/** What a handle allows its holder to do (zircon/rights.h): bits, to be combined with `|`. */
declare const Rights: Readonly<{
    readonly NONE: 0;
    readonly DUPLICATE: number;
    readonly TRANSFER: number;
    readonly READ: number;
    readonly WRITE: number;
    readonly EXECUTE: number;
    readonly MAP: number;
    readonly GET_PROPERTY: number;
    readonly SET_PROPERTY: number;
    readonly ENUMERATE: number;
    readonly DESTROY: number;
    readonly SET_POLICY: number;
    readonly GET_POLICY: number;
    readonly SIGNAL: number;
    readonly SIGNAL_PEER: number;
    readonly WAIT: number;
    readonly INSPECT: number;
    readonly MANAGE_JOB: number;
    readonly MANAGE_PROCESS: number;
    readonly MANAGE_THREAD: number;
    readonly APPLY_PROFILE: number;
    readonly MANAGE_SOCKET: number;
    readonly OP_CHILDREN: number;
    readonly RESIZE: number;
    readonly ATTACH_VMO: number;
    readonly MANAGE_VMO: number;
    /** In a request: the rights of the handle at hand. */
    readonly SAME_RIGHTS: 2147483648;
    /** TRANSFER, DUPLICATE, WAIT, INSPECT. */
    readonly BASIC: 49155;
    /** READ, WRITE. */
    readonly IO: 12;
    /** GET_PROPERTY, SET_PROPERTY. */
    readonly PROPERTY: 192;
    /** GET_POLICY, SET_POLICY. */
    readonly POLICY: 3072;
}>;
/** Rights that are combined: a number of 32 bits. */
type Rights = number;

/** When a wait ends that no signal ends. */
interface WaitOptions {
    /** Absolute, in nanoseconds of the kernel's monotonic clock; never, by default. */
    deadline?: bigint;
    /** From now on, in milliseconds of the kernel's monotonic clock; not with `deadline`. */
    timeout?: number;
    /** Aborts the wait. */
    signal?: AbortSignal;
}
/** `zx_info_handle_basic_t` */
interface HandleBasicInfo {
    /** The object's koid. */
    readonly koid: bigint;
    /** The handle's rights. */
    readonly rights: Rights;
    /** The object's type. */
    readonly type: ObjectType;
    /** The koid of the peer, parent or owner; 0 for none. */
    readonly relatedKoid: bigint;
}
/**
 * A handle: an object, and rights to it, in the table of a {@link Context}.
 *
 * Handles stay until they are closed, moved away, or their context or kernel is disposed of; being
 * forgotten does not close them. Every use after that fails with `ZX_ERR_BAD_HANDLE`.
 */
declare class Handle implements Disposable {
    #private;
    /** The context whose table holds the handle, and on whose behalf it is used. */
    readonly context: Context;
    /** Takes over the handle with this raw value in the context's table. */
    constructor(context: Context, value: number);
    /** The kernel of the object. */
    get kernel(): Kernel;
    /** The raw value in the context's table; 0 once the handle is closed or moved. */
    get value(): number;
    /** Whether the handle was neither closed nor moved. */
    get isValid(): boolean;
    /** The object's id: unique in its kernel. */
    get koid(): bigint;
    /** The koid of the peer, parent or owner; 0 for none. */
    get relatedKoid(): bigint;
    /** What the handle allows. */
    get rights(): Rights;
    /** The object's type. */
    get objectType(): ObjectType;
    /**
     * `zx_object_get_info` with `ZX_INFO_HANDLE_BASIC`. Needs no right.
     *
     * @throws {@link ZxError} `BAD_HANDLE`
     */
    basicInfo(): HandleBasicInfo;
    /**
     * `zx_object_get_info` with `ZX_INFO_HANDLE_COUNT`: how many handles the object has. Needs
     * INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    handleCount(): number;
    /**
     * `ZX_PROP_NAME`: empty for types without names. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getName(): string;
    /**
     * Sets `ZX_PROP_NAME`; 31 bytes of UTF-8 are kept. Needs SET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`; `NOT_SUPPORTED` for types without names
     */
    setName(name: string): void;
    /**
     * `zx_handle_duplicate`: a second handle, with these rights or fewer. Needs DUPLICATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for rights not held
     */
    duplicate(rights?: Rights): this;
    /**
     * `zx_handle_replace`: the same object through a new handle, with these rights or fewer. This
     * handle is gone afterwards, also on an error.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for rights not held
     */
    replace(rights: Rights): this;
    /**
     * Moves the handle into the table of another context of the same kernel. Needs TRANSFER. On an
     * error it stays where it is.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a disposed context
     */
    transferTo(context: Context): this;
    /**
     * `zx_object_signal`: clears, then sets signals. Needs SIGNAL.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for signals that are
     * neither the user's nor an event's SIGNALED
     */
    signal(clear: number, set: number): void;
    /**
     * `zx_object_wait_one`: resolves with all signals once one of `signals` is set. Needs WAIT.
     *
     * A pending wait keeps Node alive.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `TIMED_OUT`; `CANCELED` if the handle is
     * closed or moved meanwhile. The last two tell the signals in `observed`.
     * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
     */
    waitOne(signals: number, options?: WaitOptions): Promise<number>;
    /** `zx_handle_close`. Does nothing if the handle is closed or moved already. */
    close(): void;
    /** Same as {@link Handle.close}. */
    dispose(): void;
    /** Same as {@link Handle.close}. */
    [Symbol.dispose](): void;
    /** A handle object of the same class. */
    private sibling;
}

/** Options of {@link Context.createVmo}. */
declare const VmoOptions: Readonly<{
    /** The VMO can be resized. */
    readonly RESIZABLE: number;
}>;
/** Options of {@link Vmo.createChild}. */
declare const VmoChildOptions: Readonly<{
    /** Copy-on-write, as if copied now. */
    readonly SNAPSHOT: number;
    /** The child can be resized. */
    readonly RESIZABLE: number;
    /** Copy-on-write; pages are taken when the child writes at the latest. */
    readonly SNAPSHOT_AT_LEAST_ON_WRITE: number;
    /** The child's handle cannot write. */
    readonly NO_WRITE: number;
}>;
/** `zx_info_vmo_t` */
interface VmoInfo {
    readonly koid: bigint;
    readonly name: string;
    /** In bytes, whole pages. */
    readonly size: bigint;
    /** 0 for none. */
    readonly parentKoid: bigint;
    readonly children: number;
    readonly mappings: number;
    /** `ZX_INFO_VMO_*` */
    readonly flags: number;
    /** Bytes that take up room on the host. */
    readonly committedBytes: bigint;
    /** Rights of the handle asked through. */
    readonly handleRights: number;
}
/** Memory that can be read, written and mapped. Sizes and offsets are in bytes. */
declare class Vmo extends Handle {
    /**
     * `zx_vmo_read`: `length` bytes from `offset` on. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists
     */
    read(offset: bigint, length: number): Uint8Array;
    /**
     * `zx_vmo_write`: copies the bytes to `offset`. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists;
     * `NO_MEMORY`
     */
    write(offset: bigint, bytes: Uint8Array): void;
    /**
     * `zx_vmo_get_size`: whole pages. Needs no right.
     *
     * @throws {@link ZxError} `BAD_HANDLE`
     */
    getSize(): bigint;
    /**
     * `zx_vmo_set_size`, rounded up to pages. Needs WRITE and RESIZE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `UNAVAILABLE` for a VMO of fixed size;
     * `OUT_OF_RANGE`; `NO_MEMORY`
     */
    setSize(size: bigint): void;
    /**
     * `ZX_PROP_VMO_CONTENT_SIZE`: how many of the bytes are content. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getContentSize(): bigint;
    /**
     * `zx_vmo_create_child`: a copy-on-write child. Needs DUPLICATE and READ.
     *
     * @param options `SNAPSHOT` or `SNAPSHOT_AT_LEAST_ON_WRITE`, and other {@link VmoChildOptions}
     * @param offset where in this VMO the child begins: a multiple of the page size
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `NOT_SUPPORTED` for other
     * kinds of children; `OUT_OF_RANGE`; `NO_MEMORY`
     */
    createChild(options: number, offset: bigint, size: bigint): Vmo;
    /**
     * `zx_vmo_replace_as_executable` without a resource: the same VMO through a handle that has
     * EXECUTE. This handle is gone afterwards, also on an error.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` by the policy AMBIENT_MARK_VMO_EXEC
     */
    replaceAsExecutable(): Vmo;
    /**
     * `zx_object_get_info` with `ZX_INFO_VMO`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): VmoInfo;
}

/** The processor that an ELF file's header names; `undefined` if Fuchsia runs on no such. */
declare function elfTarget(bytes: Uint8Array): Target | undefined;
/** Segment types (`p_type`) that the loader knows. */
declare const SegmentType: Readonly<{
    /** `PT_NULL` */
    readonly Unused: 0;
    /** `PT_LOAD` */
    readonly Load: 1;
    /** `PT_DYNAMIC` */
    readonly Dynamic: 2;
    /** `PT_INTERP` */
    readonly Interp: 3;
    /** `PT_GNU_STACK` */
    readonly GnuStack: 1685382481;
}>;
/** `Elf64_Ehdr`, with the names of the ELF specification less their `e_`. */
interface Elf64FileHeader {
    /** `e_ident`: magic, class, data encoding, version, OS ABI, ABI version. */
    readonly ident: {
        readonly magic: number;
        readonly class: number;
        readonly data: number;
        readonly version: number;
        readonly osabi: number;
        readonly abiversion: number;
    };
    readonly type: number;
    readonly machine: number;
    readonly version: number;
    /** The entry point's address before relocation. */
    readonly entry: bigint;
    readonly phoff: bigint;
    readonly shoff: bigint;
    readonly flags: number;
    readonly ehsize: number;
    readonly phentsize: number;
    readonly phnum: number;
    readonly shentsize: number;
    readonly shnum: number;
    readonly shstrndx: number;
}
/** `Elf64_Phdr`, with the names of the ELF specification less their `p_`. */
interface Elf64ProgramHeader {
    readonly type: number;
    readonly flags: number;
    readonly offset: bigint;
    readonly vaddr: bigint;
    readonly paddr: bigint;
    readonly filesz: bigint;
    readonly memsz: bigint;
    readonly align: bigint;
}
/** The headers of an ELF file that Fuchsia's loader accepts. Objects are made when asked for. */
declare class Elf64Headers {
    #private;
    /**
     * Reads and checks the headers of the file in `bytes`, for `x86-64` by default.
     *
     * @throws {@link ElfParseError}
     */
    static fromBytes(bytes: Uint8Array, target?: Target): Elf64Headers;
    /**
     * Reads and checks the headers of the file in `vmo`, for its kernel's target. Needs READ.
     *
     * @throws {@link ElfParseError}
     */
    static fromVmo(vmo: Vmo): Elf64Headers;
    /** The file header. */
    get fileHeader(): Elf64FileHeader;
    /** How many program headers there are. */
    get programHeaderCount(): number;
    /** All program headers, in table order. */
    get programHeaders(): Elf64ProgramHeader[];
    /** The program headers of one type, in table order. */
    programHeadersWithType(type: number): Elf64ProgramHeader[];
}

/** A process ready to start: all of it is there to be inspected. It owns its handles. */
declare class BuiltProcess implements Disposable {
    /** The process. */
    readonly process: Process;
    /** The root of its address space. */
    readonly rootVmar: Vmar;
    /** Its initial thread. */
    readonly thread: Thread;
    /** The address where the thread will start. */
    readonly entry: bigint;
    /** Its initial stack pointer. */
    readonly stack: bigint;
    /** The lowest address of its stack. */
    readonly stackBase: bigint;
    /** Its stack. */
    readonly stackVmo: Vmo;
    /** The channel end that the process gets as its first argument, with its messages. */
    readonly bootstrap: Channel;
    /** Where the vDSO is mapped: the second argument. */
    readonly vdsoBase: bigint;
    /** Where the executable is loaded. */
    readonly elfBase: bigint;
    /** The headers of the main executable. */
    readonly elfHeaders: Elf64Headers;
    /**
     * Starts the process. All handles but the process's are closed.
     *
     * @throws {@link ProcessBuilderError} `ProcessStart`, on the null machine with `NOT_SUPPORTED`.
     * All handles are closed then, and the process dies.
     */
    start(): Process;
    /** Closes the handles; a process that was not started dies. */
    dispose(): void;
    /** Same as {@link BuiltProcess.dispose}. */
    [Symbol.dispose](): void;
}

/** What the loader, or after it the dynamic linker, fails with. */
interface CheckFailure {
    /** The variant of {@link ProcessBuilderError}: `ElfParse`, `ElfLoad`. */
    readonly kind: string;
    /** The variant of the error within, if there is one: `InvalidFileHeader`, `VmarMap`. */
    readonly cause: string | undefined;
    /** The name of the status: `ZX_ERR_ACCESS_DENIED`. */
    readonly code: string;
    /** The status: a number below 0. */
    readonly status: number;
}
/** One thing that is wrong with a file. */
interface CheckFinding {
    /** An error makes a build fail; a warning is what only a dynamic linker or nobody would meet. */
    readonly severity: "error" | "warning";
    /** What it is about, in kebab case: `writable-code`. */
    readonly code: string;
    /** Where the field at fault begins in the file, in bytes. It may lie beyond the end. */
    readonly offset: bigint;
    /** The field's name in the ELF specification, or the tag of a dynamic entry. */
    readonly field: string;
    /** What would have been accepted. */
    readonly expected: string;
    /** What the file holds. */
    readonly actual: string;
    /** What is wrong, in words: the loader's if it has some. */
    readonly message: string;
    /** Set if the file does not run for it. */
    readonly failure: CheckFailure | undefined;
}
/** What Fuchsia makes of a file. */
interface CheckReport {
    /** The processor that the file was checked for. */
    readonly target: Target;
    /** Whether Fuchsia loads it, given its dynamic linker and libraries: no finding is a failure. */
    readonly ok: boolean;
    /** The dynamic linker that it asks for; `undefined` for a static file, and for a bad name. */
    readonly interpreter: string | undefined;
    /** Errors in the order in which the loader would meet them, then warnings. */
    readonly findings: readonly CheckFinding[];
    /** At most 16 findings of a kind are listed: how many more there are, by code. */
    readonly omitted: Readonly<Record<string, bigint>>;
}

/** How files are checked. */
interface CheckOptions {
    /** The processor to load for; by default the one that the file names, or else `x86-64`. */
    target?: Target;
}
/** How many files are checked. */
interface CheckFilesOptions extends CheckOptions {
    /** How many at a time; 4 by default, which is how many Node reads at once. */
    jobs?: number;
}
/** A file and what became of it. */
type CheckRecord = {
    readonly file: string;
    readonly report: CheckReport;
    readonly error?: undefined;
} | {
    readonly file: string;
    readonly report?: undefined;
    /** Why it could not be read, as Node makes such errors. */
    readonly error: NodeJS.ErrnoException;
};
/**
 * Says whether Fuchsia would load a file, and everything that is wrong with it: the rules for
 * headers, and a dry build under the rights that the kernel gives a loader.
 *
 * No more of the file is read than is looked at, on Node's thread pool.
 *
 * @throws an error with `code` and `path`, as those of `node:fs`, if the file cannot be read; `EINVAL`
 * for what is not a regular file
 */
declare function checkFile(path: string | URL, options?: CheckOptions): Promise<CheckReport>;
/** {@link checkFile} for a file whose bytes are at hand. */
declare function checkBytes(bytes: Uint8Array, options?: CheckOptions): CheckReport;
/**
 * {@link checkFile} for many files, several at a time; records come in the order of the files. A
 * file that cannot be read is a record with an error and stops nothing.
 */
declare function checkFiles(files: Iterable<string | URL> | AsyncIterable<string | URL>, options?: CheckFilesOptions): AsyncGenerator<CheckRecord, void, undefined>;

/** What all errors of this package have that stand for a status of Zircon. */
declare class ZirconiaError extends Error {
    /** The name of the status: `ZX_ERR_NOT_FOUND`. */
    readonly code: string;
    /** The status: a number below 0. */
    readonly status: number;
    constructor(message: string, status: number, options?: ErrorOptions);
}
/** A system call failed. */
declare class ZxError extends ZirconiaError {
    /** The system call: `zx_channel_write`. */
    readonly operation: string;
    /** For a wait that timed out or was cancelled: the signals at that moment. */
    readonly observed?: number;
    constructor(operation: string, status: number, observed?: number);
}
/** Which rule an ELF file breaks. */
type ElfParseErrorKind = "ReadError" | "ParseError" | "InvalidFileHeader" | "InvalidProgramHeader" | "MultipleHeaders";
/** An ELF file's headers were refused. */
declare class ElfParseError extends ZirconiaError {
    /** Which rule the file breaks. */
    readonly kind: ElfParseErrorKind;
    /** Where the field at fault begins in the file, in bytes. */
    readonly offset?: bigint;
    /** The field at fault, as the ELF specification names it. */
    readonly field?: string;
    /** What would have been accepted. */
    readonly expected?: string;
    /** What the file holds. */
    readonly actual?: string;
}
/** Why an ELF file was not loaded. */
type ElfLoadErrorKind = "NothingToLoad" | "VmarAllocate" | "VmarMap" | "VmoCowClone" | "VmoCreate" | "VmoWrite" | "GetVmoName" | "SetVmoName" | "InvalidSegment" | "NamePrefixTooLong";
/** An ELF file's segments could not be loaded. */
declare class ElfLoadError extends ZirconiaError {
    /** What failed. */
    readonly kind: ElfLoadErrorKind;
}
/** Why a bootstrap message cannot be built. */
type ProcessargsErrorKind = "TryFromInt" | "SizeTooLarge" | "TooManyHandles";
/** A bootstrap message cannot be built. */
declare class ProcessargsError extends ZirconiaError {
    /** Which limit is exceeded. */
    readonly kind: ProcessargsErrorKind;
}
/** Why bytes are no bootstrap message. */
type MessageDecodeErrorKind = "TooLarge" | "TooManyHandles" | "TooShort" | "Protocol" | "Version" | "OffsetOutside" | "Misplaced" | "HandleCount" | "HandleInfo" | "MissingNul" | "TrailingBytes";
/** Bytes are no bootstrap message. */
declare class MessageDecodeError extends ZirconiaError {
    /** What is wrong. */
    readonly kind: MessageDecodeErrorKind;
    /** Where the part at fault is in the message, in bytes. */
    readonly offset: number;
    /** A field of the header, `handle_info`, or `message`. */
    readonly field: string;
}
/** Why there can be no such stack. */
type StackErrorKind = "SizeOverflow" | "NameTooLong" | "PointerOverflow";
/** There can be no such stack. */
declare class StackError extends ZirconiaError {
    /** What is wrong. */
    readonly kind: StackErrorKind;
}
/** The variants of {@link ProcessBuilderError}. */
type ProcessBuilderErrorKind = "InvalidArg" | "BadHandle" | "CreateProcess" | "CreateThread" | "ProcessStart" | "ElfParse" | "ElfLoad" | "ProcessArgs" | "GenericStatus" | "InvalidInterpHeader" | "LoaderMissing" | "LoadDynamicLinker" | "LoadDynamicLinkerTimeout" | "WriteBootstrapMessage" | "DestroyReservationVMAR" | "DuplicateHandle" | "Stack";
/**
 * A process could not be built. `cause` is the {@link ElfParseError}, {@link ElfLoadError} or
 * {@link ProcessargsError} within, if there is one.
 */
declare class ProcessBuilderError extends ZirconiaError {
    /** The variant. */
    readonly kind: ProcessBuilderErrorKind;
}

/** The name of a type of startup handles. */
type HandleTypeName = keyof typeof HandleType;
/** What a startup handle is for (`PA_*`, zircon/processargs.h). */
declare const HandleType: Readonly<{
    readonly ProcessSelf: 1;
    readonly ThreadSelf: 2;
    readonly DefaultJob: 3;
    readonly RootVmar: 4;
    readonly LoadedVmar: 5;
    readonly LdsvcLoader: 16;
    readonly VdsoVmo: 17;
    readonly StackVmo: 19;
    readonly ExecutableVmo: 20;
    readonly BootdataVmo: 26;
    readonly BootfsVmo: 27;
    readonly KernelFileVmo: 28;
    readonly ComponentConfigVmo: 29;
    readonly NamespaceDirectory: 32;
    readonly FileDescriptor: 48;
    readonly Lifecycle: 58;
    readonly DirectoryRequest: 59;
    readonly EscrowedDictionary: 60;
    readonly LogSink: 61;
    readonly Resource: 63;
    readonly ClockUtc: 64;
    readonly MmioResource: 80;
    readonly IrqResource: 81;
    readonly IoportResource: 82;
    readonly SmcResource: 83;
    readonly SystemResource: 84;
    readonly User0: 240;
    readonly User1: 241;
    readonly User2: 242;
}>;
/** The number of a type of startup handles. */
type HandleType = (typeof HandleType)[HandleTypeName];
/** The name of a type of startup handles. */
declare function handleTypeName(type: HandleType): HandleTypeName;
/** Which rule a number breaks that is no {@link HandleInfo}. */
type HandleInfoErrorKind = "UnknownHandleType" | "InvalidHandleInfo";
/** A number is no {@link HandleInfo}. */
declare class HandleInfoError extends ZirconiaError {
    /** Which rule the number breaks. */
    readonly kind: HandleInfoErrorKind;
    /** The number. */
    readonly raw: number;
    constructor(kind: HandleInfoErrorKind, raw: number);
}
/** A startup handle's type and argument: `PA_HND(type, arg)`. */
declare class HandleInfo {
    /** What the handle is for. */
    readonly type: HandleType;
    /** Which one of its type it is; the type says what that means. 0 to 65535. */
    readonly arg: number;
    /**
     * @throws TypeError `ERR_INVALID_ARG_VALUE` for an unknown type; RangeError `ERR_OUT_OF_RANGE`
     * for an argument beyond 16 bits.
     */
    constructor(type: HandleType, arg?: number);
    /** The name of the type. */
    get typeName(): HandleTypeName;
    /** The number in a bootstrap message: the type in bits 0 to 7, the argument in bits 16 to 31. */
    get raw(): number;
    /**
     * The info that a number in a bootstrap message stands for.
     *
     * @throws {@link HandleInfoError} for an unknown type or bits between type and argument.
     */
    static fromRaw(raw: number): HandleInfo;
    /** `FileDescriptor(1)` */
    toString(): string;
}

/**
 * Asks a loader service for the dynamic linker that an executable's PT_INTERP names
 * (src/lib/process_builder, `get_dynamic_linker`). Channel and executable are borrowed, and of one
 * context; nothing is in flight on the channel afterwards unless this fails.
 *
 * @throws {@link ProcessBuilderError} `GenericStatus` if PT_INTERP cannot be read;
 * `InvalidInterpHeader` if it names nothing; then as the loader service answers: see
 * {@link ProcessBuilder.build}
 */
declare function getDynamicLinker(loader: Channel, executable: Vmo, interp: Pick<Elf64ProgramHeader, "offset" | "filesz">): Promise<Vmo>;

/** A handle for a new process, and what it is for. */
interface StartupHandle {
    readonly handle: Handle;
    readonly info: HandleInfo;
}
/** What a bootstrap message tells a new process. */
interface MessageContents {
    /** Command line arguments, the program's name first. */
    readonly args: readonly string[];
    /** Environment, `KEY=VALUE` by convention. */
    readonly environmentVars: readonly string[];
    /** Where the directories of the namespace go; the index is the argument of their handles. */
    readonly namespacePaths: readonly string[];
    /** Handles, in the order in which the process receives them. */
    readonly handles: readonly StartupHandle[];
}
/** The contents of a message, without its handles themselves. */
interface DecodedMessage {
    readonly args: readonly string[];
    readonly environmentVars: readonly string[];
    readonly namespacePaths: readonly string[];
    /** What each handle is for, in the order of the handles. */
    readonly handleInfos: readonly HandleInfo[];
}
/** A bootstrap message: what to write to the bootstrap channel. */
declare class Message {
    readonly bytes: Uint8Array;
    /** They still belong to whoever built the message. */
    readonly handles: readonly Handle[];
    /**
     * Builds a message.
     *
     * @throws {@link ProcessargsError} over 64 handles or 65,536 bytes
     */
    constructor(contents: MessageContents);
    /**
     * Bytes in the message with these contents.
     *
     * @throws {@link ProcessargsError} as the constructor does
     */
    static calculateSize(contents: MessageContents): number;
}
/**
 * The contents of a bootstrap message of these bytes that came with `handleCount` handles. Bytes
 * that are not UTF-8 become U+FFFD.
 *
 * @throws {@link MessageDecodeError}
 */
declare function decodeMessage(bytes: Uint8Array, handleCount: number): DecodedMessage;
/**
 * The size in bytes of the stack on which the dynamic linker can read a message with these
 * contents and `extraHandles` more: whole pages.
 *
 * @throws {@link ProcessargsError} if there can be no such message
 */
declare function calculateInitialLinkerStackSize(contents: MessageContents, extraHandles: number): bigint;

/** The facts about a computer that decide which binary fits it. */
interface Host {
    readonly platform: string;
    readonly arch: string;
    /** The C library; `undefined` where the platform has only one. */
    readonly libc: "gnu" | "musl" | "msvc" | undefined;
    /** A binary to load in place of the usual ones: `NAPI_RS_NATIVE_LIBRARY_PATH`. */
    readonly libraryPath: string | undefined;
}
/** One place a binary was looked for, and why it could not be had from there. */
interface LoadAttempt {
    readonly specifier: string;
    readonly error: unknown;
}
/** No binary could be loaded; `cause` is the error of the attempt that came closest. */
declare class NativeBindingError extends Error {
    readonly code = "ERR_ZIRCONIA_NATIVE_BINDING";
    /** The platform tuple a binary was wanted for, as in `linux-x64-gnu`. */
    readonly tuple: string;
    /** Every place looked at, in order. */
    readonly attempts: readonly LoadAttempt[];
    constructor(host: Host, attempts: readonly LoadAttempt[]);
}

/** The dynamic linker that an executable asks for. */
interface PlannedLinker {
    /** What PT_INTERP says. */
    readonly name: string;
    /** The file that has it; `undefined` if there is none. */
    readonly path: string | undefined;
}

/** A register at a program's first instruction; all others are 0. */
interface PlannedRegister {
    /** The register's name on the machine. */
    readonly name: string;
    /** What is in it. */
    readonly role: "entry" | "stack" | "bootstrap" | "vdso";
    /** Its value; `undefined` for the bootstrap handle's, which the kernel chooses at the start. */
    readonly value: bigint | undefined;
}

/** What a launch is to be like. */
interface PlanOptions {
    /** The processor to launch on; by default the one that the executable names, or else `x86-64`. */
    target?: Target;
    /** The process's name; the file's by default. */
    name?: string;
    /** Arguments after the name. */
    args?: readonly string[];
    /** Environment variables: by name, or as `KEY=VALUE`. */
    env?: Readonly<Record<string, string>> | readonly string[];
    /** Where the namespace's directories go. */
    namespace?: readonly string[];
    /** Further startup handles; the plan makes something to stand for each. */
    handles?: readonly HandleInfo[];
    /** Directories of the host in which the dynamic linker is looked for. */
    libraryPath?: readonly string[];
    /** The least size of the initial stack in bytes. */
    minStackSize?: bigint;
}
/** A handle in a bootstrap message. */
interface PlannedHandle {
    /** What it is for. */
    readonly info: HandleInfo;
    readonly objectType: ObjectTypeName | "Unknown";
    readonly koid: bigint;
    /** The object's name; empty if it has none. */
    readonly name: string;
    /** Bits of {@link Rights}. */
    readonly rights: number;
}
/** A bootstrap message, as the process will read it. */
interface PlannedMessage {
    readonly bytes: Uint8Array;
    readonly contents: DecodedMessage;
    readonly handles: readonly PlannedHandle[];
}
/** The initial stack. */
interface PlannedStack {
    /** The lowest address. */
    readonly base: bigint;
    /** Bytes. */
    readonly size: bigint;
    /** The name of its VMO, which says how the size came about. */
    readonly name: string;
}
/** A launch up to the first instruction. Where it fails, the plan has what was reached. */
interface LaunchPlan {
    /** The process's name. */
    readonly name: string;
    readonly target: Target;
    /** Whether the process could be built, or else why not. */
    readonly verdict: {
        readonly ok: true;
        readonly error?: undefined;
    } | {
        readonly ok: false;
        readonly error: ProcessBuilderError;
    };
    /** The dynamic linker; `undefined` if none was asked for. */
    readonly linker: PlannedLinker | undefined;
    /** The address space: every VMAR, and every mapping in them. */
    readonly maps: readonly MappingInfo[];
    /** The linker's message if there is one, and the main one. None of a launch that fails. */
    readonly messages: readonly PlannedMessage[];
    readonly stack: PlannedStack | undefined;
    /** None of a launch that fails. */
    readonly registers: readonly PlannedRegister[];
}
/**
 * Builds a process for an executable as `run` would, on a kernel of its own that runs nothing, and
 * tells all there is to see. The same input gives the same plan everywhere.
 *
 * @param executable a file's path, or its bytes
 * @throws Node's error if the executable, or a linker that exists, cannot be read. What Fuchsia would
 * fail with is no exception but the plan's verdict.
 */
declare function planLaunch(executable: string | URL | Uint8Array, options?: PlanOptions): Promise<LaunchPlan>;

/** A namespace entry: a path, and the client end of a directory. */
interface NamespaceEntry {
    readonly path: string;
    readonly directory: Handle;
}
/** What a {@link ProcessBuilder} begins with. */
interface ProcessBuilderOptions {
    /** The process's name; 31 bytes of UTF-8 are kept. */
    name: string;
    /** The job of the process. Borrowed; its context is the caller, whose policy counts. */
    job: Job;
    /** The executable. Consumed. It needs READ, MAP, EXECUTE and DUPLICATE, and GET_PROPERTY. */
    executable: Vmo;
    /** The vDSO, if not the system's. Consumed. */
    vdso?: Vmo;
    /** Options of `zx_process_create`. */
    options?: number;
    /**
     * Which generation of `process_builder` to be like: `2019` differs in the order of handles, in
     * the linker's message, in what becomes of `VdsoVmo` handles, and in some texts.
     */
    compat?: "2019" | "newest";
}
/**
 * Builds a process as Fuchsia's `process_builder` does.
 *
 * Handles that are given to a builder belong to it from then on; if the call fails they are closed.
 * The process exists from the constructor on, not started, and dies with the builder.
 */
declare class ProcessBuilder implements Disposable {
    #private;
    /**
     * @throws {@link ProcessBuilderError} `BadHandle`, `CreateProcess`, `CreateThread`,
     * `DuplicateHandle`
     */
    constructor(options: ProcessBuilderOptions);
    /**
     * The loader service for a dynamic executable: a client end of `fuchsia.ldsvc.Loader`. Replaces
     * and closes any earlier one.
     *
     * @throws {@link ProcessBuilderError} `BadHandle`
     */
    setLoaderService(loader: Channel): this;
    /** The vDSO to map instead of the system's. Replaces and closes any earlier one. */
    setVdsoVmo(vdso: Vmo): this;
    /** Appends arguments; the program's name comes first. */
    addArguments(args: readonly string[]): this;
    /** Appends environment variables, `KEY=VALUE` by convention. */
    addEnvironmentVariables(variables: readonly string[]): this;
    /** The least size of the initial stack in bytes; the last call counts. */
    setMinStackSize(size: bigint): this;
    /**
     * Adds startup handles. `LdsvcLoader` and `VdsoVmo(0)` go where their setters put them.
     *
     * @throws {@link ProcessBuilderError} `BadHandle`; `InvalidArg` for types that are added
     * automatically or by {@link ProcessBuilder.addNamespaceEntries}. Nothing is added then, and all
     * handles are closed.
     */
    addHandles(handles: readonly StartupHandle[]): this;
    /**
     * Adds namespace entries, numbered on from those before.
     *
     * @throws {@link ProcessBuilderError} `InvalidArg` beyond 65,535 entries; `BadHandle`. Nothing is
     * added then, and all handles are closed.
     */
    addNamespaceEntries(entries: readonly NamespaceEntry[]): this;
    /**
     * Loads everything into the process and writes its bootstrap messages. Consumes the builder,
     * whatever comes of it. A dynamic executable's linker comes from the loader service, which has
     * 30 seconds of the kernel's clock to answer.
     *
     * @throws {@link ProcessBuilderError}
     */
    build(): Promise<BuiltProcess>;
    /**
     * A further handle to the process, through which it can be watched while it is built, and looked
     * at when that fails: it lives as long as the handle.
     *
     * @throws {@link ZxError} `BAD_STATE` once the builder is consumed
     */
    duplicateProcess(): Process;
    /** Closes what the builder owns. Does nothing once it is consumed. */
    dispose(): void;
    /** Same as {@link ProcessBuilder.dispose}. */
    [Symbol.dispose](): void;
}

/** Where a program's output goes: `buffer` keeps it for the result. */
type OutputOption = "buffer" | "inherit" | "ignore" | Writable;
/** How {@link run} runs a program. */
interface RunOptions {
    /** The kernel to run in. By default one of its own, which is disposed of afterwards. */
    kernel?: Kernel;
    /** The process's name; by default the basename of the file, or of its VMO's name. */
    name?: string;
    /** Environment variables: by name, or as `KEY=VALUE`. None by default: the host's are not passed. */
    env?: Readonly<Record<string, string>> | readonly string[];
    /** File descriptor 0: `inherit` for this process's own. By default there is none: `ignore`. */
    stdin?: "ignore" | "inherit" | Readable;
    /** What file descriptor 0 holds; not with `stdin`. */
    input?: string | Uint8Array;
    /** File descriptor 1; `buffer` by default. */
    stdout?: OutputOption;
    /** File descriptor 2; `buffer` by default. */
    stderr?: OutputOption;
    /** Milliseconds after which the program is killed. */
    timeout?: number;
    /** Kills the program. */
    signal?: AbortSignal;
    /** Further startup handles. Consumed. */
    handles?: readonly StartupHandle[];
    /** The least size of the initial stack in bytes. */
    minStackSize?: bigint;
    /** How output is decoded; `buffer` leaves it as bytes. `utf8` by default. */
    encoding?: "utf8" | "latin1" | "buffer";
    /** Whether a program that fails makes {@link run} reject; `true` by default. */
    reject?: boolean;
}

/** How a program ended. */
interface RunResult<Output extends string | Uint8Array = string> {
    /** The program's name and arguments, for people to read. */
    readonly command: string;
    /** The return code as a number, where that is exact. */
    readonly exitCode: number | bigint;
    /** The return code: a signed 64-bit number. Below 0 the kernel may have chosen it. */
    readonly returnCode: bigint;
    /** What the program wrote to file descriptor 1; empty unless `stdout` was `buffer`. */
    readonly stdout: Output;
    /** What the program wrote to file descriptor 2; empty unless `stderr` was `buffer`. */
    readonly stderr: Output;
    /** From the call to the end of the program. */
    readonly durationMs: number;
    /** Whether it was not successful. */
    readonly failed: boolean;
    /** Whether it was killed because of `timeout`. */
    readonly timedOut: boolean;
    /** Whether it was killed because of `signal`. */
    readonly isCanceled: boolean;
    /** What is left of a program that died of an exception. */
    readonly crashReport: CrashReport | undefined;
    /** One line about how it ended. */
    readonly message: string;
}
/** A program failed. Has all that a {@link RunResult} has. */
declare class RunError<Output extends string | Uint8Array = string> extends Error implements RunResult<Output> {
    /** `ETIMEDOUT`, `ABORT_ERR`, or `ERR_ZIRCONIA_RUN` for a program that failed by itself. */
    readonly code: "ETIMEDOUT" | "ABORT_ERR" | "ERR_ZIRCONIA_RUN";
    readonly command: string;
    readonly exitCode: number | bigint;
    readonly returnCode: bigint;
    readonly stdout: Output;
    readonly stderr: Output;
    readonly durationMs: number;
    readonly failed: boolean;
    readonly timedOut: boolean;
    readonly isCanceled: boolean;
    readonly crashReport: CrashReport | undefined;
}

/**
 * Runs a static executable natively, and resolves with how it ended.
 *
 * It gets its name as its first argument, and stream sockets as file descriptors. It runs in a job
 * of its own, which is killed when the program has ended, at a timeout and at an abort.
 *
 * @param file the executable: a file's path, bytes, or a VMO that has DUPLICATE and whatever a
 * {@link ProcessBuilder} needs, which is borrowed and decides the kernel
 * @param args arguments after the name
 * @throws {@link RunError} unless `reject` is `false`: for a return code other than 0, a crash, a
 * timeout, an abort
 * @throws {@link ProcessBuilderError} if the process cannot be built or started: `ProcessStart` with
 * `NOT_SUPPORTED` where guests cannot run
 */
declare function run(file: string | URL | Uint8Array | Vmo, args: readonly string[] | undefined, options: RunOptions & {
    encoding: "buffer";
}): Promise<RunResult<Uint8Array>>;
declare function run(file: string | URL | Uint8Array | Vmo, args?: readonly string[], options?: RunOptions): Promise<RunResult>;

/**
 * Signals of objects (zircon/types.h): bits, to be combined with `|`. Bits 3 and up mean different
 * things on different types of objects.
 */
declare const Signals: Readonly<{
    readonly NONE: 0;
    readonly READABLE: number;
    readonly WRITABLE: number;
    readonly PEER_CLOSED: number;
    /** Events and event pairs. */
    readonly SIGNALED: number;
    /** The handle that was waited on was closed: in the result of a wait only. */
    readonly HANDLE_CLOSED: number;
    /** Jobs, processes, threads: dead. */
    readonly TASK_TERMINATED: number;
    readonly VMO_ZERO_CHILDREN: number;
    readonly THREAD_RUNNING: number;
    readonly THREAD_SUSPENDED: number;
    readonly JOB_NO_JOBS: number;
    readonly JOB_NO_PROCESSES: number;
    readonly SOCKET_PEER_WRITE_DISABLED: number;
    readonly SOCKET_WRITE_DISABLED: number;
    readonly SOCKET_READ_THRESHOLD: number;
    readonly SOCKET_WRITE_THRESHOLD: number;
    readonly CLOCK_STARTED: number;
    readonly CLOCK_UPDATED: number;
    /** The eight signals that users may set and clear on any waitable object. */
    readonly USER_ALL: 4278190080;
    readonly USER_0: number;
    readonly USER_1: number;
    readonly USER_2: number;
    readonly USER_3: number;
    readonly USER_4: number;
    readonly USER_5: number;
    readonly USER_6: number;
    readonly USER_7: 2147483648;
}>;
/** Signals that are combined: a number of 32 bits. */
type Signals = number;

/**
 * The stack pointer with which a thread starts whose stack has `size` bytes from `base` on, for
 * `x86-64` by default.
 *
 * @throws {@link StackError} if the stack's end does not fit in 64 bits
 */
declare function computeInitialStackPointer(base: bigint, size: bigint, target?: Target): bigint;

/**
 * The status codes of Zircon (zircon/errors.h), by name less the `ZX_ERR_`.
 *
 * @see {@link statusName}
 */
declare const ZxStatus: Readonly<{
    readonly OK: 0;
    readonly INTERNAL: -1;
    readonly NOT_SUPPORTED: -2;
    readonly NO_RESOURCES: -3;
    readonly NO_MEMORY: -4;
    readonly INTERNAL_INTR_RETRY: -6;
    readonly INVALID_ARGS: -10;
    readonly BAD_HANDLE: -11;
    readonly WRONG_TYPE: -12;
    readonly BAD_SYSCALL: -13;
    readonly OUT_OF_RANGE: -14;
    readonly BUFFER_TOO_SMALL: -15;
    readonly BAD_STATE: -20;
    readonly TIMED_OUT: -21;
    readonly SHOULD_WAIT: -22;
    readonly CANCELED: -23;
    readonly PEER_CLOSED: -24;
    readonly NOT_FOUND: -25;
    readonly ALREADY_EXISTS: -26;
    readonly ALREADY_BOUND: -27;
    readonly UNAVAILABLE: -28;
    readonly ACCESS_DENIED: -30;
    readonly IO: -40;
    readonly IO_REFUSED: -41;
    readonly IO_DATA_INTEGRITY: -42;
    readonly IO_DATA_LOSS: -43;
    readonly IO_NOT_PRESENT: -44;
    readonly IO_OVERRUN: -45;
    readonly IO_MISSED_DEADLINE: -46;
    readonly IO_INVALID: -47;
    readonly BAD_PATH: -50;
    readonly NOT_DIR: -51;
    readonly NOT_FILE: -52;
    readonly FILE_BIG: -53;
    readonly NO_SPACE: -54;
    readonly NOT_EMPTY: -55;
    readonly STOP: -60;
    readonly NEXT: -61;
    readonly ASYNC: -62;
    readonly PROTOCOL_NOT_SUPPORTED: -70;
    readonly ADDRESS_UNREACHABLE: -71;
    readonly ADDRESS_IN_USE: -72;
    readonly NOT_CONNECTED: -73;
    readonly CONNECTION_REFUSED: -74;
    readonly CONNECTION_RESET: -75;
    readonly CONNECTION_ABORTED: -76;
    readonly INTERNAL_INTR_KILLED: -502;
}>;
/** The name of a status less its `ZX_ERR_`; `Unknown zircon status code: N` for any other. */
declare function statusName(status: number): string;

export { BuiltProcess, Channel, Context, DebugLog, Elf64Headers, ElfLoadError, ElfParseError, Event, EventPair, Handle, HandleInfo, HandleInfoError, HandleType, Job, Kernel, KernelClock, Message, MessageDecodeError, NativeBindingError, ObjectType, PeerHandle, PolicyCondition, Process, ProcessBuilder, ProcessBuilderError, ProcessContext, ProcessargsError, Rights, RunError, SegmentType, Signals, Socket, StackError, Task, Thread, VmOptions, Vmar, Vmo, VmoChildOptions, VmoOptions, ZirconiaError, ZxError, ZxStatus, calculateInitialLinkerStackSize, checkBytes, checkFile, checkFiles, computeInitialStackPointer, decodeMessage, elfTarget, getDynamicLinker, handleTypeName, objectTypeName, planLaunch, run, statusName };
export type { ChannelMessage, CheckFailure, CheckFilesOptions, CheckFinding, CheckOptions, CheckRecord, CheckReport, CrashReport, DecodedMessage, Elf64FileHeader, Elf64ProgramHeader, ElfLoadErrorKind, ElfParseErrorKind, GeneralRegisters, HandleBasicInfo, HandleInfoErrorKind, HandleTypeName, JobInfo, KernelOptions, KernelStats, LaunchPlan, LoadAttempt, LogRecord, MappingInfo, MessageContents, MessageDecodeErrorKind, NamespaceEntry, ObjectTypeName, OutputOption, PlanOptions, PlannedHandle, PlannedLinker, PlannedMessage, PlannedRegister, PlannedStack, PolicyAction, PolicyConditionName, PolicyEntry, ProcessBuilderErrorKind, ProcessBuilderOptions, ProcessContextOptions, ProcessInfo, ProcessargsErrorKind, RunOptions, RunResult, SocketDisposition, SocketInfo, StackErrorKind, StartupHandle, Target, ThreadInfo, TraceEvent, TraceRecord, TypeStats, VmarInfo, VmoFromBytesOptions, VmoInfo, WaitOptions };
