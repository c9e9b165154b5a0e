import { native } from "./native.js";

/** One thing that native execution needs of the computer. */
export interface Check {
  /** What: a few lower-case words, the same on every computer. */
  readonly name: string;
  /** Whether it is as it should be. */
  readonly ok: boolean;
  /** Whether nothing runs without it; otherwise something is slower or missing. */
  readonly required: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do about it, if it is not ok. */
  readonly remedy?: string;
}

/** Looks at everything that native execution needs. Starts a guest process for a moment. */
export function probe(): Check[] {
  return native.probe();
}
