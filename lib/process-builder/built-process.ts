import type { NativeBuiltProcess } from "../../native.cjs";
import { DISPOSE } from "../base/dispose.js";
import { check } from "../base/errors.js";
import { jsonOf } from "../base/json.js";
import { Channel } from "../handles/channel.js";
import { Process } from "../handles/process.js";
import { Thread } from "../handles/thread.js";
import { Vmar } from "../handles/vmar.js";
import { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { Elf64Headers } from "./elf-headers.js";

/** A process ready to start: all of it is there to be inspected. It owns its handles. */
export class BuiltProcess implements Disposable {
  /** The process. */
  readonly process: Process;
  /** The root of its address space. */
  readonly rootVmar: Vmar;
  /** Its initial thread. */
  readonly thread: Thread;
  /** The address where the thread will start: in the dynamic linker, if the executable has one. */
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
  /** The base address of what is loaded: of a dynamic executable, its dynamic linker. */
  readonly elfBase: bigint;
  /** The headers of the executable itself. */
  readonly elfHeaders: Elf64Headers;

  /** @internal */
  constructor(context: Context, built: NativeBuiltProcess) {
    const [process, rootVmar, thread, stackVmo, bootstrap] = built.handles;
    this.process = new Process(context, process!);
    this.rootVmar = new Vmar(context, rootVmar!);
    this.thread = new Thread(context, thread!);
    this.stackVmo = new Vmo(context, stackVmo!);
    this.bootstrap = new Channel(context, bootstrap!);
    const [entry, stack, stackBase, vdsoBase, elfBase] = built.addresses;
    this.entry = entry!;
    this.stack = stack!;
    this.stackBase = stackBase!;
    this.vdsoBase = vdsoBase!;
    this.elfBase = elfBase!;
    this.elfHeaders = new Elf64Headers(built.elfHeaders);
  }

  /**
   * Starts the process. All handles but the process's are closed.
   *
   * @throws {@link ProcessBuilderError} `ProcessStart`, on the null machine with `NOT_SUPPORTED`.
   * All handles are closed then, and the process dies. `cause` is the {@link HostError}, if it is
   * this computer that lets nothing start
   */
  start(): Process {
    const { process, thread, bootstrap, entry, stack, vdsoBase } = this;
    const { context } = process;
    const [own, first, arg1] = [process, thread, bootstrap].map((handle) => handle.take());
    this.dispose();
    const ended = context.loop.step("start");
    const started = context.native.startBuilt(
      context.id,
      own!,
      first!,
      arg1!,
      entry,
      stack,
      vdsoBase,
    );
    ended();
    context.loop.refresh();
    return new Process(
      context,
      check(started, () => context.loop.refusal()),
    );
  }

  /** Closes the handles; a process that was not started dies. */
  dispose(): void {
    const { process, rootVmar, thread, stackVmo, bootstrap } = this;
    for (const handle of [process, rootVmar, thread, stackVmo, bootstrap]) {
      handle.close();
    }
  }

  /** What it holds: numbers as JSON can have them, and what its handles are to. */
  toJSON(): object {
    return jsonOf(this);
  }

  /** Same as {@link BuiltProcess.dispose}. */
  [DISPOSE](): void {
    this.dispose();
  }
}
