import { ZirconiaError } from "../base/errors.js";

/** Does what a process refuses that has died meanwhile: whether it was done. */
export function unlessDead(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof ZirconiaError) return false;
    throw error;
  }
}
