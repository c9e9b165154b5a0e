import type { HandleInfoErrorKind } from "../base/error-kinds.js";
import { VariantError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkInteger, checkU32, invalidType, invalidValue } from "../base/validate.js";

/** What a startup handle is for (`PA_*`, zircon/processargs.h). */
export const HandleType = Object.freeze({
  ProcessSelf: 0x01,
  ThreadSelf: 0x02,
  DefaultJob: 0x03,
  RootVmar: 0x04,
  LoadedVmar: 0x05,
  LdsvcLoader: 0x10,
  VdsoVmo: 0x11,
  StackVmo: 0x13,
  ExecutableVmo: 0x14,
  BootdataVmo: 0x1a,
  BootfsVmo: 0x1b,
  KernelFileVmo: 0x1c,
  ComponentConfigVmo: 0x1d,
  NamespaceDirectory: 0x20,
  FileDescriptor: 0x30,
  Lifecycle: 0x3a,
  DirectoryRequest: 0x3b,
  EscrowedDictionary: 0x3c,
  LogSink: 0x3d,
  Resource: 0x3f,
  ClockUtc: 0x40,
  MmioResource: 0x50,
  IrqResource: 0x51,
  IoportResource: 0x52,
  SmcResource: 0x53,
  SystemResource: 0x54,
  User0: 0xf0,
  User1: 0xf1,
  User2: 0xf2,
} as const);

/** The name of a type of startup handles. */
export type HandleTypeName = keyof typeof HandleType;

/** The number of a type of startup handles. */
export type HandleType = (typeof HandleType)[HandleTypeName];

const NAMES = new Map<number, HandleTypeName>(
  Object.entries(HandleType).map(([name, number]) => [number, name as HandleTypeName]),
);

/** The name of a type of startup handles. */
export function handleTypeName(type: HandleType): HandleTypeName {
  return NAMES.get(type)!;
}

/** A number is no {@link HandleInfo}. */
export class HandleInfoError extends VariantError<HandleInfoErrorKind> {
  static {
    this.prototype.name = "HandleInfoError";
  }

  /** The number. */
  readonly raw: number;

  constructor(kind: HandleInfoErrorKind, raw: number) {
    const hex = `0x${raw.toString(16)}`;
    super(
      kind,
      kind === "UnknownHandleType"
        ? `Unknown handle type for HandleInfo: ${hex}`
        : `Invalid value for HandleInfo: ${hex}`,
      ZxStatus.INVALID_ARGS,
    );
    this.raw = raw;
  }
}

/**
 * A startup handle's type and argument: `PA_HND(type, arg)`.
 *
 * @example
 * ```ts
 * import { HandleInfo, HandleType } from "zirconia";
 *
 * const stdout = new HandleInfo(HandleType.FileDescriptor, 1);
 * console.log(stdout.raw, HandleInfo.fromRaw(stdout.raw).typeName);
 * ```
 */
export class HandleInfo {
  /** What the handle is for. */
  readonly type: HandleType;
  /** Which one of its type it is; the type says what that means. 0 to 65535. */
  readonly arg: number;

  /**
   * @throws TypeError `ERR_INVALID_ARG_VALUE` for an unknown type; RangeError `ERR_OUT_OF_RANGE`
   * for an argument beyond 16 bits.
   */
  constructor(type: HandleType, arg = 0) {
    if (!NAMES.has(type)) {
      throw invalidValue("type", "is not a HandleType", type);
    }
    this.type = type;
    this.arg = checkInteger("arg", arg, 0xffff);
  }

  /** The name of the type. */
  get typeName(): HandleTypeName {
    return handleTypeName(this.type);
  }

  /** The number in a bootstrap message: the type in bits 0 to 7, the argument in bits 16 to 31. */
  get raw(): number {
    return (this.type | (this.arg << 16)) >>> 0;
  }

  /**
   * The info that a number in a bootstrap message stands for.
   *
   * @throws {@link HandleInfoError} for an unknown type or bits between type and argument.
   */
  static fromRaw(raw: number): HandleInfo {
    checkU32("raw", raw);
    if ((raw & 0xff00) !== 0) {
      throw new HandleInfoError("InvalidHandleInfo", raw);
    }
    const type = raw & 0xff;
    if (!NAMES.has(type)) {
      throw new HandleInfoError("UnknownHandleType", raw);
    }
    return new HandleInfo(type as HandleType, raw >>> 16);
  }

  /** With the type's name. */
  toJSON(): { type: HandleTypeName; arg: number; raw: number } {
    return { type: this.typeName, arg: this.arg, raw: this.raw };
  }

  /** `FileDescriptor(1)` */
  toString(): string {
    return `${this.typeName}(${this.arg})`;
  }
}

/**
 * Checks an info, or the number that stands for one.
 *
 * @throws {@link HandleInfoError} for another number
 */
export function checkHandleInfo(name: string, value: unknown): HandleInfo {
  return value instanceof HandleInfo ? value : HandleInfo.fromRaw(rawHandleInfo(name, value));
}

/** The number of an info; a number stays what it is. */
export function rawHandleInfo(name: string, value: unknown): number {
  if (value instanceof HandleInfo) {
    return value.raw;
  }
  if (typeof value !== "number") {
    throw invalidType(name, "an instance of HandleInfo or a number", value);
  }
  return checkU32(name, value);
}
