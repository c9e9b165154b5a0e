import { ZirconiaError } from "../base/errors.js";

/**
 * Does what the kernel refuses for a process that has died meanwhile, or that is not what it says it is.
 *
 * @returns whether it was done
 */
export function unlessRefused(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof ZirconiaError) return false;
    throw error;
  }
}
