/** What the counters are called, where they count. */
export const COUNTERS = "zirconiaCoverage";

/** What an instrumented copy tells of itself. */
export interface Instrumentation {
  /** How many counters there are. */
  readonly counters: number;
  /** Texts and numbers that the sources name: some of them are what inputs are compared with. */
  readonly words: readonly string[];
}

/** The file that has it, in the directory of the copy. */
export const INSTRUMENTATION = "instrumentation.json";

/** Makes the counters that instrumented code counts in, before any is loaded. */
export function makeCounters(count: number): Uint8Array {
  const counters = new Uint8Array(count);
  Object.assign(globalThis, { [COUNTERS]: counters });
  return counters;
}
