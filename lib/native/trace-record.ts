import type { ObjectTypeName } from "../zx/object-type.js";

/** An object that something in the trace names. */
export interface TracedObject {
  /** Its koid; 0 for a handle that names nothing. */
  readonly koid: bigint;
  /** Its type; `Unknown` for a handle that names nothing. */
  readonly type: ObjectTypeName | "Unknown";
}

/** A handle on its way in a message. */
export interface TracedHandle extends TracedObject {
  /** The koid of the object's peer, parent or owner; 0 for none. */
  readonly relatedKoid: bigint;
  /** Bits of `Rights`. */
  readonly rights: number;
}

/** What one argument of a system call leads to. */
export interface TracedArgument {
  /** Which argument, from 0. */
  readonly index: number;
  /** The objects behind its handles, in order. */
  readonly objects: readonly TracedObject[];
  /** What it points to: the first 256 bytes at most. */
  readonly bytes: Uint8Array;
}

/** Something that happened in the kernel. Koids name processes, threads and other objects. */
export type TraceEvent =
  | {
      readonly type: "syscallEnter";
      readonly process: bigint;
      readonly thread: bigint;
      readonly number: bigint;
      /** The name less its `zx_`; `undefined` for a number that the process's ABI lacks. */
      readonly name: string | undefined;
      /** The eight argument registers. */
      readonly args: readonly bigint[];
      /** What arguments that go into the call lead to. */
      readonly known: readonly TracedArgument[];
    }
  | {
      /** The call waits: it returns later, or never. */
      readonly type: "syscallBlocked";
      readonly process: bigint;
      readonly thread: bigint;
    }
  | {
      readonly type: "syscallExit";
      readonly process: bigint;
      readonly thread: bigint;
      /** The result register. */
      readonly value: bigint;
      /** What the call has written. */
      readonly known: readonly TracedArgument[];
    }
  | {
      readonly type: "syscallNotImplemented";
      readonly process: bigint;
      readonly thread: bigint;
      readonly name: string;
    }
  | {
      readonly type: "map";
      readonly process: bigint;
      readonly base: bigint;
      readonly length: bigint;
      /** The VMAR that it is in. */
      readonly vmar: bigint;
      /** 1 read, 2 write, 4 execute. */
      readonly permissions: number;
      readonly vmo: bigint;
      readonly vmoName: string;
      /** Where in the VMO the mapping begins, in bytes. */
      readonly vmoOffset: bigint;
    }
  | {
      readonly type: "unmap";
      readonly process: bigint;
      readonly base: bigint;
      readonly length: bigint;
    }
  | {
      readonly type: "protect";
      readonly process: bigint;
      readonly base: bigint;
      readonly length: bigint;
      readonly permissions: number;
    }
  | {
      /** A thread accessed what was not real yet: from now on this range of the mapping is. */
      readonly type: "pageFault";
      readonly process: bigint;
      readonly thread: bigint;
      readonly address: bigint;
      readonly base: bigint;
      readonly length: bigint;
    }
  | {
      /** Memory was committed or given back. */
      readonly type: "memory";
      /** Bytes of the pages of VMOs that are committed now, in the whole kernel. */
      readonly bytes: bigint;
    }
  | {
      readonly type: "message";
      /** Who wrote it. */
      readonly process: bigint;
      /** The writing thread; 0 for a context of JavaScript. */
      readonly thread: bigint;
      /** Its own in this kernel: `messageRead` has it too. */
      readonly id: bigint;
      /** The end that it was written to. */
      readonly from: bigint;
      /** The end that it can be read from. */
      readonly to: bigint;
      readonly bytes: Uint8Array;
      readonly handles: readonly TracedHandle[];
    }
  | {
      /** A message was read, or answered a call that waited. */
      readonly type: "messageRead";
      /** Who has it now. */
      readonly process: bigint;
      /** The reading thread; 0 for a context of JavaScript. */
      readonly thread: bigint;
      readonly id: bigint;
      /** The end that it came out of. */
      readonly channel: bigint;
    }
  | {
      /** Bytes went into a socket or a fifo. */
      readonly type: "bytesWritten";
      /** Who wrote them. */
      readonly process: bigint;
      /** The writing thread; 0 for a context of JavaScript. */
      readonly thread: bigint;
      readonly objectType: "Socket" | "Fifo";
      /** The end that they were written to. */
      readonly from: bigint;
      /** The end that they can be read from. */
      readonly to: bigint;
      /** How many bytes had gone there before. */
      readonly position: bigint;
      readonly length: bigint;
    }
  | {
      /** Bytes came out of a socket or a fifo; of a datagram also those that are lost. */
      readonly type: "bytesRead";
      /** Who read them. */
      readonly process: bigint;
      /** The reading thread; 0 for a context of JavaScript. */
      readonly thread: bigint;
      readonly objectType: "Socket" | "Fifo";
      /** The end that they came out of. */
      readonly object: bigint;
      /** How many bytes had come out of it before, as in `bytesWritten`. */
      readonly position: bigint;
      readonly length: bigint;
    }
  | {
      readonly type: "signal";
      readonly object: bigint;
      readonly objectType: ObjectTypeName | "Unknown";
      readonly before: number;
      readonly after: number;
    }
  | {
      readonly type: "processCreate";
      readonly process: bigint;
      readonly name: string;
      readonly job: bigint;
    }
  | {
      readonly type: "processStart";
      readonly process: bigint;
      /** The first thread. */
      readonly thread: bigint;
      readonly threadName: string;
      readonly entry: bigint;
      readonly stack: bigint;
    }
  | {
      /** A further thread was started. */
      readonly type: "threadStart";
      readonly process: bigint;
      readonly thread: bigint;
      readonly name: string;
      readonly entry: bigint;
      readonly stack: bigint;
    }
  | {
      /** A thread is dead; the call that it was in does not return. */
      readonly type: "threadExit";
      readonly process: bigint;
      readonly thread: bigint;
    }
  | {
      /** A thread had an exception, which ends its process unless somebody handles it. */
      readonly type: "exception";
      readonly process: bigint;
      readonly thread: bigint;
      /** `ZX_EXCP_*` */
      readonly exception: number;
      /** The exception's name less its `ZX_EXCP_`. */
      readonly exceptionName: string;
      readonly pc: bigint;
      readonly faultAddress: bigint;
    }
  | {
      /** JavaScript begins with a step: reads a file, builds, starts, answers a request. */
      readonly type: "stepBegin";
      /** Its own in this kernel. Steps may overlap. */
      readonly id: bigint;
      /** `build`; of a request that is answered, the protocol and its method. */
      readonly name: string;
      /** With what; the empty string if the name says it. */
      readonly details: string;
    }
  | {
      /** It is done with a step, well or not. */
      readonly type: "stepEnd";
      readonly id: bigint;
    }
  | { readonly type: "processExit"; readonly process: bigint; readonly returnCode: bigint }
  | {
      /** Here records are missing for which there was no room. */
      readonly type: "dropped";
      /** How many. */
      readonly count: number;
    };

/** How much of a trace is kept until it is taken, and what becomes of the rest. */
export interface TraceBuffer {
  /**
   * Bytes, from 4096 to 2^31 - 1; 2^20 by default. A record has about a hundred, and what it tells of
   * messages and memory.
   */
  readonly capacity?: number;
  /**
   * `wait`, the default, holds a guest back before its next system call or page fault while the buffer is full. What
   * no guest does by itself has as much room again, and is dropped beyond that; `drop` drops whatever
   * does not fit. A `dropped` record stands in the place of those that are missing.
   */
  readonly overflow?: "wait" | "drop";
}

/** An event and when it happened. */
export type TraceRecord = TraceEvent & {
  /** In nanoseconds of the kernel's monotonic clock. */
  readonly time: bigint;
  /** The thread of a program in whose system call it happened; 0 if in none. */
  readonly caller: bigint;
};
