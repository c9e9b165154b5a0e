import { DISPOSE } from "../base/dispose.js";
import { jsonOf } from "../base/json.js";
import { closeHandles } from "../fidl/handles.js";
import type { ProcessStartData as Data } from "../fidl/libraries/fuchsia-process.js";
import type { ValueOf } from "../fidl/type.js";
import type { Channel } from "../handles/channel.js";
import { Process } from "../handles/process.js";
import type { Thread } from "../handles/thread.js";
import type { Vmar } from "../handles/vmar.js";

/**
 * A process that a Launcher has built and not started: there to be inspected, and to be started with
 * {@link ProcessStartData.start}. It owns its handles; a process that is not started dies with them.
 */
export class ProcessStartData implements Disposable {
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
  /** The channel end that the process gets as its first argument, with its messages. */
  readonly bootstrap: Channel;
  /** Where the vDSO is mapped: the second argument. */
  readonly vdsoBase: bigint;
  /** Where the ELF file is loaded: of a dynamic executable, its linker. */
  readonly base: bigint;

  /** @internal */
  constructor(data: ValueOf<typeof Data>) {
    this.process = data.process;
    this.rootVmar = data.rootVmar;
    this.thread = data.thread;
    this.entry = data.entry;
    this.stack = data.stack;
    this.bootstrap = data.bootstrap;
    this.vdsoBase = data.vdsoBase;
    this.base = data.base;
  }

  /**
   * `zx_process_start`. All handles but the process's, which goes to the caller, are closed.
   *
   * @throws {@link ZxError} as {@link Process.start}. All handles are closed then, and the process
   * dies.
   */
  start(): Process {
    const { process, thread, entry, stack, bootstrap, vdsoBase } = this;
    try {
      process.start(thread, entry, stack, bootstrap, vdsoBase);
      return new Process(process.context, process.take());
    } finally {
      this.dispose();
    }
  }

  /** Closes the handles; a process that was not started dies. */
  dispose(): void {
    closeHandles([this.process, this.rootVmar, this.thread, this.bootstrap]);
  }

  /** What it holds: numbers as JSON can have them, and what its handles are to. */
  toJSON(): object {
    return jsonOf(this);
  }

  /** Same as {@link ProcessStartData.dispose}. */
  [DISPOSE](): void {
    this.dispose();
  }
}
