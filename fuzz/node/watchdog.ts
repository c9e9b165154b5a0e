import { writeFileSync, writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** Milliseconds that an input may take. */
const PATIENCE = 20_000;
const STDERR = 2;

/** What is shared: the number of the input that is being taken, its length, its bytes. */
interface Shared {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
}

/** Ends the process if an input takes too long, and leaves the input behind. */
export class Watchdog {
  readonly #shared: Shared;

  /** @param artifact where to leave it */
  constructor(maxInput: number, artifact: string) {
    const buffer = new SharedArrayBuffer(8 + maxInput);
    this.#shared = share(buffer);
    new Worker(new URL(import.meta.url), { workerData: { buffer, artifact } }).unref();
  }

  /** An input begins. */
  begin(input: Uint8Array): void {
    const { words, bytes } = this.#shared;
    bytes.set(input);
    Atomics.store(words, 1, input.length);
    Atomics.add(words, 0, 1);
  }
}

function share(buffer: SharedArrayBuffer): Shared {
  return { words: new Int32Array(buffer, 0, 2), bytes: new Uint8Array(buffer, 8) };
}

if (!isMainThread) {
  const { buffer, artifact } = workerData as { buffer: SharedArrayBuffer; artifact: string };
  const { words, bytes } = share(buffer);
  let last = -1;
  setInterval(() => {
    const now = Atomics.load(words, 0);
    if (now === last) {
      try {
        writeFileSync(artifact, bytes.slice(0, Atomics.load(words, 1)));
        // The streams of a worker need the thread that is busy.
        writeSync(STDERR, `no end after ${PATIENCE} ms: ${artifact}\n`);
      } finally {
        process.kill(process.pid, "SIGKILL");
      }
    }
    last = now;
  }, PATIENCE);
}
