import { jsonable } from "../base/json.js";
import { statusCode } from "../base/status.js";
import type { Target } from "../base/target.js";
import { WireReader } from "../base/wire.js";

/** What the loader, or after it the dynamic linker, fails with. */
export interface CheckFailure {
  /** The variant of {@link ProcessBuilderError}: `ElfParse`, `ElfLoad`. */
  readonly kind: string;
  /** The variant of the error within, if there is one: `InvalidFileHeader`, `VmarMap`. */
  readonly cause: string | undefined;
  /** The name of the status: `ZX_ERR_ACCESS_DENIED`. */
  readonly code: string;
  /** The status: a number below 0. */
  readonly status: number;
}

/**
 * What Fuchsia makes of a file: it would load it, and nothing tells that the file is made for another
 * system; it would load it, but the file is plainly made for another system; it would not load it.
 */
export type CheckVerdict = "fuchsia" | "foreign" | "broken";

/** One thing that is wrong with a file. */
export interface CheckFinding {
  /** An error makes a build fail; a warning is what only a dynamic linker or nobody would meet. */
  readonly severity: "error" | "warning";
  /** What it is about, in kebab case: `writable-code`. */
  readonly code: string;
  /** Where the field at fault begins in the file, in bytes. It may lie beyond the end. */
  readonly offset: bigint;
  /** The field's name in the ELF specification, or the tag of a dynamic entry. */
  readonly field: string;
  /** What would have been accepted. */
  readonly expected: string;
  /** What the file holds. */
  readonly actual: string;
  /** What is wrong, in words: the loader's if it has some. */
  readonly message: string;
  /** Set if the file does not run for it. */
  readonly failure: CheckFailure | undefined;
}

/** What Fuchsia makes of a file. */
export interface CheckReport {
  /** The processor that the file was checked for. */
  readonly target: Target;
  /**
   * `broken` if a finding is a failure: Fuchsia does not load it, whatever dynamic linker and
   * libraries there are. `foreign` if something tells that it is made for another system, and nothing
   * that it is Fuchsia's; those findings have codes that begin with `foreign-`. Else `fuchsia`.
   */
  readonly verdict: CheckVerdict;
  /** Whether the verdict is `fuchsia`. */
  readonly ok: boolean;
  /**
   * The dynamic linker that it asks for, if a loader service can be asked for it; `undefined` for a
   * static file too. It may be empty, or have a NUL in it: no loader service has it then.
   */
  readonly interpreter: string | undefined;
  /** Errors in the order in which the loader would meet them, then warnings. */
  readonly findings: readonly CheckFinding[];
  /** At most 16 findings of a kind are listed: how many more there are, by code. */
  readonly omitted: Readonly<Record<string, bigint>>;
}

/** The report that the binding packed. */
export function unpackReport(packed: Uint8Array): CheckReport {
  const reader = new WireReader(packed);
  const target = reader.text() as Target;
  const verdict = reader.text() as CheckVerdict;
  const hasInterpreter = reader.u8() !== 0;
  const interpreter = reader.text();
  const findings = Array.from({ length: reader.u32() }, () => readFinding(reader));
  const omitted = Array.from({ length: reader.u32() }, () => [reader.text(), reader.u64()]);
  return jsonable({
    target,
    verdict,
    ok: verdict === "fuchsia",
    interpreter: hasInterpreter ? interpreter : undefined,
    findings,
    omitted: jsonable(Object.fromEntries(omitted) as Record<string, bigint>),
  });
}

// Properties are read in the order in which they are written.
function readFinding(reader: WireReader): CheckFinding {
  return jsonable({
    severity: reader.u8() === 0 ? "warning" : "error",
    code: reader.text(),
    offset: reader.u64(),
    field: reader.text(),
    expected: reader.text(),
    actual: reader.text(),
    message: reader.text(),
    failure: reader.u8() === 0 ? undefined : readFailure(reader),
  });
}

function readFailure(reader: WireReader): CheckFailure {
  const kind = reader.text();
  const cause = reader.text() || undefined;
  const status = reader.u32() | 0;
  return { kind, cause, code: statusCode(status), status };
}
