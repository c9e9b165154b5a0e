import { ZirconiaError } from "../base/errors.js";
import { statusName, ZxStatus } from "../base/status.js";

/**
 * Why a FIDL message or connection failed. What a message can have wrong:
 *
 * - `TooShort`, `TrailingBytes`: fewer or more bytes than it describes
 * - `MissingHandle`, `TrailingHandles`: fewer or more handles than it describes
 * - `Padding`: padding that is not zero
 * - `Presence`: a marker that says neither present nor absent
 * - `Absent`: something absent that must be present
 * - `TooLong`: a string or vector over its bound
 * - `TooDeep`: more than 32 levels out of line
 * - `Utf8`: a string that is no UTF-8
 * - `Bool`: a boolean that is neither 0 nor 1
 * - `UnknownMember`: an unknown member of a strict enum, bits or union
 * - `Envelope`: an envelope whose counts are not its content's
 * - `HandleType`, `HandleRights`: a handle of another type, or with fewer rights, than declared
 * - `Magic`, `Ordinal`, `TransactionId`: a header that does not belong here
 * - `TooLarge`, `TooManyHandles`: more than a channel takes
 *
 * And a connection: `Closed` by the other end, with the status of its epitaph or `PEER_CLOSED`;
 * `Channel` for another failure of the channel, and for more events than a client keeps; `Timeout`
 * of a call.
 */
export type FidlErrorKind =
  | "TooShort"
  | "TrailingBytes"
  | "MissingHandle"
  | "TrailingHandles"
  | "Padding"
  | "Presence"
  | "Absent"
  | "TooLong"
  | "TooDeep"
  | "Utf8"
  | "Bool"
  | "UnknownMember"
  | "Envelope"
  | "HandleType"
  | "HandleRights"
  | "Magic"
  | "Ordinal"
  | "TransactionId"
  | "TooLarge"
  | "TooManyHandles"
  | "Closed"
  | "Channel"
  | "Timeout";

/** A FIDL message or connection failed. */
export class FidlError extends ZirconiaError {
  static {
    this.prototype.name = "FidlError";
  }

  /** What is wrong. */
  readonly kind: FidlErrorKind;
  /** Where in a received message, in bytes. */
  readonly offset?: number;

  /** @internal */
  constructor(
    kind: FidlErrorKind,
    message: string,
    options: ErrorOptions & { offset?: number; status?: number } = {},
  ) {
    const { offset, status = ZxStatus.INVALID_ARGS } = options;
    super(message, status, options);
    this.kind = kind;
    if (offset !== undefined) {
      this.offset = offset;
    }
  }
}

/** The error for a client's channel whose other end is gone. */
export function closedError(protocol: string, status: number, cause?: unknown): FidlError {
  const message = `A FIDL client's channel to the protocol ${protocol} was closed: ${statusName(status)}`;
  return new FidlError("Closed", message, { status, ...(cause === undefined ? {} : { cause }) });
}
