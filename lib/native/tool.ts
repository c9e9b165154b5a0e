import { createRequire } from "node:module";

import { checkBinary } from "./binary.js";
import {
  currentHost,
  NativeBindingError,
  type LoadAttempt,
  platformTuple,
} from "./native-loader.js";

/**
 * The path of the program that cargo starts, which is where the binary is.
 *
 * @throws {@link NativeBindingError} if it is not there, or not whole
 */
export function findTool(): string {
  const require = createRequire(import.meta.filename);
  const host = currentHost();
  const tuple = platformTuple(host);
  const attempts: LoadAttempt[] = [];
  for (const specifier of [`#tool/${tuple}`, `zirconia-${tuple}/zirconia-cargo.${tuple}`]) {
    try {
      const path = require.resolve(specifier);
      checkBinary(path);
      return path;
    } catch (error) {
      attempts.push({ specifier, error });
    }
  }
  throw new NativeBindingError(host, attempts);
}
