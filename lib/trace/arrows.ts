import type { TraceRecord } from "../native/trace-record.js";

type Written = Extract<TraceRecord, { type: "bytesWritten" }>;
type Read = Extract<TraceRecord, { type: "bytesRead" }>;

/** A write of which something has not been read yet. */
interface Write {
  readonly id: number;
  /** Positions. */
  readonly begin: bigint;
  readonly end: bigint;
}

/** A write that a read has taken from: all that was left of it, or not yet. */
interface Taken {
  readonly id: number;
  readonly isAll: boolean;
}

/** Ends of sockets and fifos whose writes are kept: nobody need read what is written. */
const MAX_ENDS = 4096;

/** Which writes of sockets and fifos the reads take from. */
export class ByteArrows {
  /** By the end that they are read from, oldest first. */
  readonly #unread = new Map<bigint, Write[]>();
  #last = 0;

  /** A number for a write. */
  written({ to, position, length }: Written): number {
    const id = ++this.#last;
    const write = { id, begin: position, end: position + length };
    const writes = this.#unread.get(to);
    if (writes === undefined) {
      this.#unread.set(to, [write]);
    } else {
      writes.push(write);
    }
    if (this.#unread.size > MAX_ENDS) {
      const [oldest] = this.#unread.keys();
      this.#unread.delete(oldest!);
    }
    return id;
  }

  /** The writes that a read takes from, oldest first. */
  read({ object, position, length }: Read): Taken[] {
    const writes = this.#unread.get(object) ?? [];
    const end = position + length;
    const left = writes.findIndex((write) => write.end > end);
    // At once: there may be as many as bytes.
    const whole = writes.splice(0, left < 0 ? writes.length : left);
    const taken: Taken[] = whole.map(({ id }) => ({ id, isAll: true }));
    if (writes[0] === undefined) {
      this.#unread.delete(object);
    } else if (writes[0].begin < end) {
      taken.push({ id: writes[0].id, isAll: false });
    }
    return taken;
  }

  /** Records are missing: what was written may have been read. */
  forget(): void {
    this.#unread.clear();
  }
}
