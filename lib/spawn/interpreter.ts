import { ZxStatus } from "../base/status.js";
import { decode } from "../base/strings.js";
import { SpawnError } from "./spawn-error.js";

const RESOLVE = "#!resolve ";
/** Bytes of an executable that are looked at: a directive, and as much as may follow it. */
export const HEAD_SIZE = RESOLVE.length + 2048;

const NEWLINE = 0x0a;
/** Blanks, the interpreter, blanks, and all that follows as one argument. */
const SPEC = /^[ \t]*([^ \t]+)[ \t]*(.*)$/s;

/** What a `#!` line says. */
export type Directive =
  | { readonly kind: "resolve"; readonly name: string }
  | {
      readonly kind: "interpret";
      readonly interpreter: Uint8Array;
      readonly argument: Uint8Array | undefined;
    };

/**
 * Reads the `#!` line at the beginning of an executable. It ends with a newline or a NUL.
 *
 * @throws {@link SpawnError} `OUT_OF_RANGE` if it does not end here; `INVALID_ARGS` for a line
 * without an interpreter
 */
export function readDirective(head: Uint8Array): Directive {
  const end = head.findIndex((byte) => byte === NEWLINE || byte === 0);
  if (end < 0) {
    throw new SpawnError(ZxStatus.OUT_OF_RANGE, "the executable's #! line is too long");
  }
  // One character for each byte, whatever they mean.
  const line = Buffer.from(head.subarray(0, end)).toString("latin1");
  if (line.startsWith(RESOLVE)) {
    return { kind: "resolve", name: decode(head.subarray(RESOLVE.length, end)) };
  }
  const [, interpreter, argument = ""] = SPEC.exec(line.slice(2)) ?? [];
  if (interpreter === undefined) {
    throw new SpawnError(ZxStatus.INVALID_ARGS, "the executable's #! line names no interpreter");
  }
  return {
    kind: "interpret",
    interpreter: Buffer.from(interpreter, "latin1"),
    argument: argument === "" ? undefined : Buffer.from(argument, "latin1"),
  };
}
