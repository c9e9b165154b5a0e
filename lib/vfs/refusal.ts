import { ZirconiaError } from "../base/errors.js";

/** The error for a request that fails with a status. */
export function refusal(status: number): ZirconiaError {
  return new ZirconiaError("fuchsia.io request refused", status);
}
