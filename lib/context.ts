import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { checkStatus } from "./errors.js";
import type { EventLoop } from "./event-loop.js";
import { Channel } from "./handles/channel.js";
import { DebugLog } from "./handles/debug-log.js";
import { Event, EventPair } from "./handles/event.js";
import { Handle } from "./handles/handle.js";
import { Socket } from "./handles/socket.js";
import { checkHandle } from "./handles/take.js";
import { Job, Process, Thread } from "./handles/task.js";
import { Vmar } from "./handles/vmar.js";
import { Vmo } from "./handles/vmo.js";
import type { Kernel } from "./kernel.js";
import type { NativeBinding } from "./native-loader.js";
import { ObjectType } from "./object-type.js";
import { encode } from "./strings.js";
import { checkBytes, checkOptions, checkString, checkU32, checkU64 } from "./validate.js";

type NativeKernel = InstanceType<NativeBinding["NativeKernel"]>;

/** VMO defaults less WRITE, with EXECUTE: what a file server hands out. */
const FILE_RIGHTS = 0xd0f7;

const LOG_READABLE = 0x4000_0000;

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
]);

const pair = new Uint32Array(2);

/** What a VMO of the host's bytes is like. */
export interface VmoFromBytesOptions {
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
export class Context {
  readonly kernel: Kernel;
  /** @internal */
  readonly loop: EventLoop;
  /** The koid, as the binding takes it. @internal */
  readonly id: number;

  /** @internal */
  constructor(kernel: Kernel, loop: EventLoop, id: number) {
    this.kernel = kernel;
    this.loop = loop;
    this.id = id;
  }

  /** The koid of the context's process. */
  get koid(): bigint {
    return BigInt(this.id);
  }

  /** @internal */
  get native(): NativeKernel {
    return this.loop.native;
  }

  /**
   * `zx_vmo_create`: zero-filled, of `size` bytes rounded up to pages.
   *
   * @param options bits of {@link VmoOptions}
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `INVALID_ARGS`; `NOT_SUPPORTED`;
   * `OUT_OF_RANGE`; `NO_MEMORY`
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
  vmoFromBytes(bytes: Uint8Array, options: VmoFromBytesOptions = {}): Vmo {
    const checked = checkBytes("bytes", bytes);
    checkOptions(options, ["name", "rights"]);
    const { name = "", rights = FILE_RIGHTS } = options;
    const encodedName = encode(checkString("options.name", name));
    checkU32("options.rights", rights);
    const vmo = this.native.vmoFromBytes(this.id, checked, encodedName, rights);
    return new Vmo(this, checkStatus("zx_vmo_create", vmo));
  }

  /**
   * A VMO with the content of a file of the host, as a file server hands it out: it can be read,
   * mapped and executed, not written. It is named after the file.
   *
   * @throws Node's error if the file cannot be read; {@link ZxError} `NO_MEMORY`
   */
  async vmoFromFile(path: string | URL): Promise<Vmo> {
    const bytes = await readFile(path);
    const name = basename(path instanceof URL ? decodeURIComponent(path.pathname) : path);
    return this.vmoFromBytes(bytes, { name });
  }

  /**
   * The system's vDSO image, as it is handed down from process to process.
   *
   * @throws {@link ZxError} `NO_MEMORY`
   */
  systemVdso(): Vmo {
    return new Vmo(this, checkStatus("zx_vmo_create", this.native.systemVdso(this.id)));
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
   * `zx_socket_create` in stream mode: both ends.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
   */
  createSocket(): [Socket, Socket] {
    checkStatus("zx_socket_create", this.native.socketCreate(this.id, 0, pair));
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
   * `zx_debuglog_create`, readable: begins with the oldest record that is kept.
   *
   * @throws {@link ZxError} `NO_MEMORY`
   */
  debugLog(): DebugLog {
    const log = this.native.debuglogCreate(this.id, LOG_READABLE);
    return new DebugLog(this, checkStatus("zx_debuglog_create", log));
  }

  /**
   * The object for a handle that has come into this context's table.
   *
   * @internal
   */
  adopt(value: number): Handle {
    const Class = CLASSES.get(new Handle(this, value).objectType) ?? Handle;
    return new Class(this, value);
  }
}

/** What a further context is like. */
export interface ProcessContextOptions {
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
export class ProcessContext extends Context implements Disposable {
  /**
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` for a job handle with neither
   * MANAGE_PROCESS nor WRITE; `BAD_STATE` in a killed job
   */
  constructor(kernel: Kernel, options: ProcessContextOptions) {
    checkOptions(options, ["job", "name"]);
    const { name = "context" } = options;
    const job = checkHandle("options.job", options.job, Job);
    const encodedName = encode(checkString("options.name", name));
    const { native, loop, id } = job.context;
    // A job of another kernel means nothing in this one.
    const value = job.kernel === kernel ? job.value : 0;
    super(
      kernel,
      loop,
      checkStatus("zx_process_create", native.contextCreate(id, value, encodedName)),
    );
  }

  /** Ends the process. Its handles are closed; waits through them end with `CANCELED`. */
  dispose(): void {
    // It may have died with its job.
    this.native.contextClose(this.id);
  }

  /** Same as {@link ProcessContext.dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
