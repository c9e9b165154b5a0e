import type { DebuggedProcess } from "./debugged-process.js";
import { CONTINUE, type DebuggedThread } from "./debugged-thread.js";
import { imageOf, isLibrary } from "./image.js";
import { executableOf, librariesOf } from "./libraries.js";

/**
 * Brings a process that begins to its program's first instruction: of one that is linked dynamically,
 * once its linker is done.
 */
export class Beginning {
  readonly #process: DebuggedProcess;
  /** Where the program begins, once that is known. */
  #entry: bigint | undefined;

  constructor(process: DebuggedProcess) {
    this.#process = process;
  }

  /** Whether a linker is still to tell where its list is, and stops then; or it has not begun. */
  get isLinking(): boolean {
    return this.#entry === undefined;
  }

  /** Lets a thread that has stopped go on, unless it has arrived, or comes to something else first. */
  goesOn(thread: DebuggedThread): boolean {
    const { memory } = this.#process;
    if (thread.isStarting) {
      const { rip } = thread.registers;
      // A linker stops for debuggers once it has told them of its list.
      if (!isLibrary(this.#process, imageOf(this.#process, rip))) this.#runTo(rip);
    } else if (thread.registers.rip === this.#entry && thread.stop?.kind === "breakpoint") {
      memory.removeBreakpoint(this.#entry, "server");
      thread.stop = { kind: "attached" };
      return false;
    } else if (this.#entry === undefined) {
      const image = executableOf(this.#process);
      if (image === undefined) return false;
      this.#process.startupLibraries = new Set(
        librariesOf(this.#process).map(({ entry }) => entry),
      );
      this.#process.followLibraries();
      if (!this.#runTo(image.entry)) return false;
    } else if (thread.stop?.kind !== "libraries") {
      return false;
    }
    this.#process.resume(thread, CONTINUE);
    return true;
  }

  /** Has it stop at an address: whether it can. */
  #runTo(address: bigint): boolean {
    const stops = this.#process.memory.follow(address);
    if (stops) this.#entry = address;
    return stops;
  }
}
