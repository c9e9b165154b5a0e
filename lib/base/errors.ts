import { isNativeError } from "node:util/types";

import type { NativeError } from "../../native.cjs";
import type { Handle } from "../handles/handle.js";
import type { Context } from "../kernel/context.js";
import type {
  ElfLoadErrorKind,
  ElfParseErrorKind,
  MessageDecodeErrorKind,
  ProcessargsErrorKind,
  ProcessBuilderErrorKind,
  StackErrorKind,
} from "./error-kinds.js";
import { jsonOf } from "./json.js";
import { statusCode, statusName, ZxStatus } from "./status.js";

/** What all errors of this package have that stand for a status of Zircon. */
export class ZirconiaError extends Error {
  static {
    this.prototype.name = "ZirconiaError";
  }

  /** The name of the status: `ZX_ERR_NOT_FOUND`; `ZX_ERR_UNKNOWN` if it has none. */
  readonly code: string;
  /** The status: a number below 0. */
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.code = statusCode(status);
    this.status = status;
  }

  /** All of it, with numbers and causes as JSON can have them. */
  toJSON(): object {
    return jsonOf(this);
  }
}

/** The status that an error stands for: `INTERNAL` for one that is none of ours. */
export function statusOf(error: unknown): number {
  return error instanceof ZirconiaError ? error.status : ZxStatus.INTERNAL;
}

/** What else is known of a system call that failed. */
export interface ZxErrorDetails {
  readonly observed?: number | undefined;
  readonly pending?: readonly number[] | undefined;
  /** For people. */
  readonly reason?: string;
  readonly cause?: Error | undefined;
}

/** A system call failed. */
export class ZxError extends ZirconiaError {
  static {
    this.prototype.name = "ZxError";
  }

  /** The system call: `zx_channel_write`. */
  readonly operation: string;
  /** For a wait that timed out or was cancelled: the signals at that moment. */
  readonly observed?: number;
  /** The same for each item, of a wait on several. */
  readonly pending?: readonly number[];

  constructor(operation: string, status: number, details: ZxErrorDetails = {}) {
    const { observed, pending, reason, cause } = details;
    const why = reason === undefined ? "" : `: ${reason}`;
    const options = cause === undefined ? undefined : { cause };
    super(`${operation}: ${statusName(status)}${why}`, status, options);
    this.operation = operation;
    Object.assign(this, compact({ observed, pending }));
  }
}

/**
 * A handle of one context was given to another, to which it means nothing until it is moved:
 * {@link Handle.transferTo}. The status is `BAD_HANDLE`.
 */
export class ForeignHandleError extends ZxError {
  static {
    this.prototype.name = "ForeignHandleError";
  }

  /** @internal */
  constructor(name: string, handle: Handle, context: Context) {
    const other = handle.kernel === context.kernel ? "" : " of another kernel";
    const reason = `${name} is of ${handle.context.describe()}${other}, not of ${context.describe()}`;
    super("zx_handle_transfer", ZxStatus.BAD_HANDLE, { reason });
  }
}

/**
 * This computer does not let programs run, or has failed one that ran. The status is the nearest to
 * `errno`: `NO_MEMORY` and `NO_RESOURCES` where something has run out, `ACCESS_DENIED` where it is
 * forbidden, `NOT_SUPPORTED` where there is no such thing, `IO`, `INTERNAL` for any other. Without one,
 * `NOT_SUPPORTED` for what is lacking, `TIMED_OUT` for what has not ended, `PEER_CLOSED` for what has
 * ended too early.
 */
export class HostError extends ZirconiaError {
  static {
    this.prototype.name = "HostError";
  }

  /** What was being done: a few words, the same on every computer. */
  readonly step: string;
  /** Linux's error number, as in `os.constants.errno`, if a system call has failed. */
  readonly errno?: number;
  /** What to do about it. */
  readonly remedy: string;

  /** @internal */
  constructor(step: string, message: string, status: number, remedy: string, errno?: number) {
    super(message, status);
    this.step = step;
    this.remedy = remedy;
    Object.assign(this, compact({ errno }));
  }
}

/** What errors have that come in variants, as enums of Rust do. */
export class VariantError<Kind extends string> extends ZirconiaError {
  /** The variant. */
  readonly kind: Kind;

  constructor(kind: Kind, message: string, status: number, options?: ErrorOptions) {
    super(message, status, options);
    this.kind = kind;
  }
}

/** An ELF file's headers were refused. */
export class ElfParseError extends VariantError<ElfParseErrorKind> {
  static {
    this.prototype.name = "ElfParseError";
  }

  /** Where the field at fault begins in the file, in bytes. */
  readonly offset?: bigint;
  /** The field at fault, as the ELF specification names it. */
  readonly field?: string;
  /** What would have been accepted. */
  readonly expected?: string;
  /** What the file holds. */
  readonly actual?: string;

  constructor(
    kind: ElfParseErrorKind,
    message: string,
    status: number,
    detail: Partial<Pick<ElfParseError, "offset" | "field" | "expected" | "actual">> = {},
  ) {
    super(kind, message, status);
    const { offset, field, expected, actual } = detail;
    Object.assign(this, compact({ offset, field, expected, actual }));
  }
}

/** An ELF file's segments could not be loaded. */
export class ElfLoadError extends VariantError<ElfLoadErrorKind> {
  static {
    this.prototype.name = "ElfLoadError";
  }
}

/** A bootstrap message cannot be built. */
export class ProcessargsError extends VariantError<ProcessargsErrorKind> {
  static {
    this.prototype.name = "ProcessargsError";
  }
}

/** Bytes are no bootstrap message. */
export class MessageDecodeError extends VariantError<MessageDecodeErrorKind> {
  static {
    this.prototype.name = "MessageDecodeError";
  }

  /** Where the part at fault is in the message, in bytes. */
  readonly offset: number;
  /** A field of the header, `handle_info`, or `message`. */
  readonly field: string;

  constructor(
    kind: MessageDecodeErrorKind,
    message: string,
    status: number,
    offset: number,
    field: string,
  ) {
    super(kind, message, status);
    this.offset = offset;
    this.field = field;
  }
}

/** There can be no such stack. */
export class StackError extends VariantError<StackErrorKind> {
  static {
    this.prototype.name = "StackError";
  }
}

/**
 * A process could not be built. `cause` is the {@link ElfParseError}, {@link ElfLoadError} or
 * {@link ProcessargsError} within, if there is one.
 */
export class ProcessBuilderError extends VariantError<ProcessBuilderErrorKind> {
  static {
    this.prototype.name = "ProcessBuilderError";
  }
}

/** The class for what the native binding reports, with its causes; the last one's is `cause`. */
export function fromNative(
  [error, ...causes]: readonly NativeError[],
  cause?: ZirconiaError,
): ZirconiaError {
  if (error === undefined) {
    return new ZirconiaError("Unknown error", ZxStatus.INTERNAL);
  }
  const { family, variant, message, status, offset, field } = error;
  switch (family) {
    case "ElfParse":
      return new ElfParseError(variant as ElfParseErrorKind, message, status, error);
    case "ElfLoad":
      return new ElfLoadError(variant as ElfLoadErrorKind, message, status);
    case "Processargs":
      return new ProcessargsError(variant as ProcessargsErrorKind, message, status);
    case "Decode": {
      const kind = variant as MessageDecodeErrorKind;
      return new MessageDecodeError(kind, message, status, Number(offset), field ?? "message");
    }
    case "Host":
      return new HostError(variant, message, status, error.remedy ?? "", error.errno);
    case "Stack":
      return new StackError(variant as StackErrorKind, message, status);
    default: {
      const inner = causes.length === 0 ? cause : fromNative(causes, cause);
      const options = inner === undefined ? undefined : { cause: inner };
      return new ProcessBuilderError(variant as ProcessBuilderErrorKind, message, status, options);
    }
  }
}

/** What the native binding reports of the computer, if it does. */
export function hostError(errors: readonly NativeError[] | null): HostError | undefined {
  return errors === null ? undefined : (fromNative(errors) as HostError);
}

/** Throws if the native binding reports an error. `why` is asked for the cause of one without. */
export function check<T>(
  result: T,
  why?: () => HostError | undefined,
): Exclude<T, readonly NativeError[]> {
  if (Array.isArray(result)) {
    throw fromNative(result as readonly NativeError[], why?.());
  }
  return result as Exclude<T, readonly NativeError[]>;
}

/** The value of a system call; below 0 it is a status, and an error. */
export function checkStatus(operation: string, value: number): number {
  if (value < 0) {
    throw new ZxError(operation, value);
  }
  return value;
}

/** The error for what a kernel's end has ended; `cause` is what that was met with. */
export function kernelDisposed(cause?: unknown): ZirconiaError {
  const options = cause === undefined ? {} : { cause };
  return new ZirconiaError("The kernel was disposed of", ZxStatus.CANCELED, options);
}

/** The error for what was aborted, as Node makes them. */
export function abortError(reason: unknown): Error {
  const error = new Error("The operation was aborted", { cause: reason });
  error.name = "AbortError";
  return Object.assign(error, { code: "ABORT_ERR" });
}

/** What a failure says to people, in lines: what has happened, and what to do about it. */
export function explain(error: unknown): string[] {
  const message = isNativeError(error) ? error.message : String(error);
  const advice = error instanceof HostError ? [error.remedy] : [];
  return [...message.split("\n"), ...advice];
}

function compact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
