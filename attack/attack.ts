import type { Kernel } from "../index.js";

/** What an attack works with. */
export interface Stage {
  /** A kernel of its own, in which one program has run. */
  readonly kernel: Kernel;
  /** The path of a C program of this directory, compiled. */
  readonly program: (name: string) => string;
}

/** What an attack came to. */
export interface Outcome {
  /** What the guest got, for people. */
  readonly got: string;
  /** What of the promise did not hold, if anything. */
  readonly broken?: string | undefined;
}

/** Something that a guest, or whoever runs it, may try, and what is promised all the same. */
export interface Attack {
  readonly name: string;
  /** What the guest does. */
  readonly what: string;
  readonly promise: string;
  /** Mebibytes that Node's resident memory may grow by meanwhile; 256 by default. */
  readonly memory?: number;
  /** Whether making it takes this Node's time: then the delay of its event loop is its own doing. */
  readonly keepsNodeBusy?: boolean;
  attempt(stage: Stage): Promise<Outcome>;
}

/** Joins what did not hold. */
export function broken(...faults: readonly (string | false | undefined)[]): string | undefined {
  const all = faults.filter((fault) => typeof fault === "string");
  return all.length === 0 ? undefined : all.join("; ");
}
