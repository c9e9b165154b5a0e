import { Abort } from "../base/abort.js";
import { statusOf } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { Exception } from "../handles/exception.js";
import type { SuspendToken } from "../handles/suspend-token.js";
import { type Thread, ThreadState } from "../handles/thread.js";
import { ExceptionChannelType } from "../zx/exception.js";
import type { GeneralRegisters } from "../zx/general-registers.js";
import { Signals } from "../zx/signals.js";
import type { Place } from "./relocate.js";
import type { Stop } from "./stop.js";

/** The flag of a thread that stops behind each instruction. */
const TRAP = 0x100n;
const ALL_BUT_TRAP = ~TRAP;

/** General registers that are changed in place. */
export type Changeable = { -readonly [name in keyof GeneralRegisters]: bigint };

/** What a debugger wants of a thread. */
export interface Action {
  readonly steps: boolean;
  /** Whether whoever else handles exceptions is to be asked about the one that it has stopped for. */
  readonly passes: boolean;
  /** The addresses in which it steps on: from the first, to before the second. */
  readonly range?: readonly [first: bigint, end: bigint];
}

/**
 * Where in the program a thread is that may execute an instruction elsewhere.
 *
 * @param isSure whether it has been sent there, and has had no time to be anywhere else
 */
type PlaceOf = (rip: bigint, isSure: boolean) => Place | undefined;

/** It just goes on. */
export const CONTINUE: Action = { steps: false, passes: false };

/** A thread of a program that is debugged. It owns its handle, and what keeps it where it is. */
export class DebuggedThread {
  readonly koid: bigint;
  /** That in hexadecimal. */
  readonly digits: string;
  readonly thread: Thread;
  /** Why it has stopped, if there is more to it than that it was told to. */
  stop: Stop | undefined;
  /** Whether the debugger knows of that. */
  isReported = false;
  /** Where it was when it stopped. */
  stoppedAt: bigint | undefined;
  /** Whether it has stopped before an instruction that it was to execute elsewhere. */
  wasElsewhere = false;
  /** What it does, while it runs. */
  action: Action | undefined;
  #exception: Exception | undefined;
  #isStarting = false;
  #isFirst = true;
  #token: SuspendToken | undefined;
  #isSuspended = false;
  #steps = false;
  #registers: Changeable | undefined;
  /** Whether those that are known are not the thread's yet. */
  #isMoved = false;
  readonly #placeOf: PlaceOf;
  /** Whether it executes an instruction elsewhere when it goes on. */
  #isSent = false;
  /** Whether it has executed that instruction, and no other. */
  #hasJustBeenSent = false;
  #arrived: Abort | undefined;
  #halting: Promise<void> | undefined;

  constructor(koid: bigint, thread: Thread, placeOf: PlaceOf) {
    this.koid = koid;
    this.digits = koid.toString(16);
    this.thread = thread;
    this.#placeOf = placeOf;
  }

  /** Whether it is where its state can be read, and stays there. */
  get isStopped(): boolean {
    return this.#exception !== undefined || this.#isSuspended;
  }

  /** Whether it has not made its first instruction. */
  get isStarting(): boolean {
    return this.#isStarting;
  }

  /**
   * General registers of a thread that has stopped. That it steps is not seen in them, and that it
   * executes an instruction elsewhere is over once they are read.
   */
  get registers(): GeneralRegisters {
    if (this.#registers === undefined) {
      const registers: Changeable = this.thread.readState();
      if (this.#steps) registers.rflags &= ALL_BUT_TRAP;
      this.#registers = registers;
      const place = this.#placeOf(registers.rip, this.#hasJustBeenSent);
      if (place !== undefined) this.#return(place);
    }
    return this.#registers!;
  }

  #return({ address, isBehind }: Place): void {
    this.jumpTo(address);
    if (isBehind) return;
    this.wasElsewhere = true;
    // It has been told of the breakpoint that is there.
    this.stoppedAt = address;
  }

  /** Changes them to others, which belong to it from now on. */
  setRegisters(registers: Changeable): void {
    this.#registers = undefined;
    this.#isMoved = false;
    if (this.#steps) registers.rflags |= TRAP;
    this.thread.writeState(registers);
  }

  /** Has it go on elsewhere. Nobody else sees that before it does. */
  jumpTo(rip: bigint): void {
    void this.registers;
    this.#registers!.rip = rip;
    this.#isMoved = true;
  }

  /** Has it execute the instruction that it is at elsewhere. */
  sendTo(slot: bigint): void {
    this.jumpTo(slot);
    this.#isSent = true;
  }

  /**
   * It waits for the answer to an exception.
   *
   * @param isFirst whether debuggers are asked first, and may be asked again
   */
  hold(exception: Exception, isStarting: boolean, isFirst = true): void {
    this.#exception = exception;
    this.#isStarting = isStarting;
    this.#isFirst = isFirst;
    this.#registers = undefined;
    this.#isMoved = false;
    // Suspended it would stay where it is when that has been answered.
    this.#token?.close();
    this.#token = undefined;
    this.#arrived?.abort();
  }

  /** Stops it, and resolves once it has. */
  halt(): Promise<void> {
    this.#halting ??= this.#halt().finally(() => (this.#halting = undefined));
    return this.#halting;
  }

  async #halt(): Promise<void> {
    if (this.isStopped) return;
    try {
      this.#token ??= this.thread.suspend();
    } catch (error) {
      // It is dead, which is told elsewhere.
      if (statusOf(error) !== ZxStatus.BAD_STATE) throw error;
      return;
    }
    const { state, exceptionChannel } = this.thread.info();
    if (state === ThreadState.BlockedException) {
      // One that is ours is on its way.
      this.#isSuspended = exceptionChannel !== ExceptionChannelType.DEBUGGER;
      if (this.#isSuspended) return;
    }
    this.#arrived = new Abort();
    const { signal } = this.#arrived;
    try {
      const stopped = Signals.THREAD_SUSPENDED | Signals.TASK_TERMINATED;
      await this.thread.waitOne(stopped, { signal });
      this.#isSuspended = this.#token !== undefined;
    } catch (error) {
      // Its handle is closed when its process is dead.
      if (!signal.aborted && statusOf(error) !== ZxStatus.CANCELED) throw error;
    } finally {
      this.#arrived = undefined;
    }
  }

  /** Lets it go on. */
  resume(action: Action): void {
    const passes = action.passes && this.stop?.kind === "exception";
    this.action = action;
    this.stop = undefined;
    this.isReported = false;
    this.stoppedAt = undefined;
    this.wasElsewhere = false;
    this.#hasJustBeenSent = this.#isSent && action.steps;
    this.#isSent = false;
    if (this.#isMoved) this.setRegisters(this.#registers!);
    this.#registers = undefined;
    this.setStep(action.steps);
    const exception = this.#exception;
    this.#exception = undefined;
    this.#isStarting = false;
    this.#isSuspended = false;
    const token = this.#token;
    this.#token = undefined;
    if (exception !== undefined) {
      if (passes) {
        if (this.#isFirst) exception.setSecondChance(true);
        exception.close();
      } else {
        exception.resume();
      }
    }
    token?.close();
  }

  /** Whether it stops behind each instruction. */
  setStep(steps: boolean): void {
    if (steps === this.#steps) return;
    this.thread.writeSingleStep(steps);
    this.#steps = steps;
  }

  /** Gives up all that is held of it. */
  close(): void {
    this.#exception?.close();
    this.#exception = undefined;
    this.#token?.close();
    this.#token = undefined;
    this.thread.close();
  }
}
