import { ZxStatus } from "../base/status.js";
import type { LockType } from "./node.js";
import { refusal } from "./refusal.js";

interface Waiter {
  readonly owner: object;
  readonly type: LockType;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The advisory locks on one file: many to read, or one to write. Each owner has one at most, and who
 * waits gets it in turn.
 */
export class AdvisoryLocks {
  readonly #held = new Map<object, LockType>();
  #waiting: Waiter[] = [];

  /** Whether nobody holds one or waits. */
  get isIdle(): boolean {
    return this.#held.size === 0 && this.#waiting.length === 0;
  }

  /** Locks as {@link AdvisoryLocks.acquire} does, or gives up what the owner has. @throws likewise */
  async change(owner: object, type: LockType | undefined, wait: boolean): Promise<void> {
    if (type === undefined) {
      this.release(owner);
    } else {
      await this.acquire(owner, type, wait);
    }
  }

  /**
   * Locks, in place of the lock that the owner has.
   *
   * @throws `ZirconiaError` `BAD_STATE` if others are in the way and it does not wait;
   * `CANCELED` if it is released while it waits
   */
  async acquire(owner: object, type: LockType, wait: boolean): Promise<void> {
    const isFree = this.#isFree(owner, type);
    if (!isFree && !wait) {
      throw refusal(ZxStatus.BAD_STATE);
    }
    if (isFree) {
      this.#held.set(owner, type);
      this.#grant();
      return;
    }
    this.#held.delete(owner);
    const granted = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ owner, type, resolve, reject });
    });
    this.#grant();
    await granted;
  }

  /** Gives up what an owner has, or waits for. */
  release(owner: object): void {
    this.#held.delete(owner);
    const mine = this.#waiting.filter((waiter) => waiter.owner === owner);
    this.#waiting = this.#waiting.filter((waiter) => waiter.owner !== owner);
    mine.forEach(({ reject }) => reject(refusal(ZxStatus.CANCELED)));
    this.#grant();
  }

  #isFree(owner: object, type: LockType): boolean {
    return [...this.#held].every(
      ([other, held]) => other === owner || (held === "read" && type === "read"),
    );
  }

  #grant(): void {
    for (
      let next = this.#waiting[0];
      next !== undefined && this.#isFree(next.owner, next.type);
      next = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#held.set(next.owner, next.type);
      next.resolve();
    }
  }
}
