import {
  HandleInfo,
  HandleType,
  type Kernel,
  type Process,
  ProcessBuilder,
  Signals,
  type Thread,
  ThreadState,
  type Vmo,
  type WaitOptions,
} from "../../index.js";
import { until } from "./holdings.js";
import { guestBytes } from "./native.js";

const PAGE = 4096n;
/** Bytes that a thread has in the VMO. */
const LINE = 64n;
const COUNT = 0n;
const REQUEST = 8n;
/** The request that ends a thread. */
const END = 2n ** 64n - 1n;

/** What the guest `threads spin` returns when it is told to end. */
export const RETURN_CODE = 5n;

/** A guest whose threads count in a VMO, which the test has too (guest/programs/src/bin/threads). */
export class Spinners implements Disposable {
  readonly process: Process;
  /** The initial thread, which waits in the kernel. */
  readonly initial: Thread;
  /** The threads that count. */
  readonly threads: readonly Thread[];
  readonly #vmo: Vmo;
  #requests = 0n;

  private constructor(process: Process, vmo: Vmo, threads: readonly Thread[]) {
    const [initial, ...others] = threads;
    this.process = process;
    this.initial = initial!;
    this.threads = others;
    this.#vmo = vmo;
  }

  /** Starts one, and waits until its initial thread waits and its others, 7 at most, count. */
  static async start(kernel: Kernel, count: number): Promise<Spinners> {
    const vmo = kernel.createVmo(PAGE);
    const indexes = Array.from({ length: count }, (_, index) => index);
    for (const index of indexes) write(vmo, index, REQUEST, 1n);
    const executable = kernel.vmoFromBytes(guestBytes("threads"), { name: "threads" });
    const builder = new ProcessBuilder({ name: "threads", job: kernel.rootJob, executable });
    builder
      .addArguments(["threads", "spin", `${count}`])
      .addHandles([{ handle: vmo.duplicate(), info: new HandleInfo(HandleType.User0, 0) }]);
    const process = (await builder.build()).start();
    for (const index of indexes) await answered(vmo, index);
    const threads = process.threads().map((koid) => process.getChild(koid));
    await until(() => threads[0]!.info().state === ThreadState.BlockedWaitOne);
    return new Spinners(process, vmo, threads);
  }

  /** How far the threads have counted. */
  counts(): bigint[] {
    return this.threads.map((_, index) => {
      const bytes = this.#vmo.read(LINE * BigInt(index) + COUNT, 8);
      return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    });
  }

  /** Asks a thread for an answer, which it gives by itself. */
  request(index: number): void {
    write(this.#vmo, index, REQUEST, (this.#requests += 2n));
  }

  /** Waits for the answer. */
  async answered(index: number, options?: WaitOptions): Promise<void> {
    await answered(this.#vmo, index, options);
  }

  /** Waits until a thread runs. */
  async run(index: number): Promise<void> {
    this.request(index);
    await this.answered(index);
  }

  /** Tells a thread to end. */
  end(index: number): void {
    write(this.#vmo, index, REQUEST, END);
  }

  /** Tells the initial thread to end the process. */
  exit(): void {
    this.#vmo.signal(0, Signals.USER_7);
  }

  dispose(): void {
    for (const handle of [this.process, this.initial, ...this.threads, this.#vmo]) handle.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function write(vmo: Vmo, index: number, word: bigint, value: bigint): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  vmo.write(LINE * BigInt(index) + word, bytes);
}

async function answered(vmo: Vmo, index: number, options?: WaitOptions): Promise<void> {
  const signal = Signals.USER_0 << index;
  await vmo.waitOne(signal, options);
  vmo.signal(signal, 0);
}
