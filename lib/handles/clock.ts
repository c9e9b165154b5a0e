import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkChoice, checkI32, checkI64, checkOptions, checkU64 } from "../base/validate.js";
import { WireReader } from "../base/wire.js";
import { Handle } from "./handle.js";

/** Options of {@link Context.createClock} (`ZX_CLOCK_OPT_*`). */
export const ClockOptions = Object.freeze({
  /** The clock never goes back. */
  MONOTONIC: 1 << 0,
  /** It never jumps either. */
  CONTINUOUS: 1 << 1,
  /** It starts as a copy of its reference. */
  AUTO_START: 1 << 2,
  /** Its reference is the boot clock, which is the monotonic clock here. */
  BOOT: 1 << 3,
  /** It can be mapped: see {@link Vmar.mapClock}. */
  MAPPABLE: 1 << 4,
} as const);

/**
 * A line: what is shown when the reference shows `reference` is
 * `(reference - referenceOffset) * syntheticTicks / referenceTicks + syntheticOffset`.
 */
export interface ClockTransformation {
  readonly referenceOffset: bigint;
  readonly syntheticOffset: bigint;
  readonly syntheticTicks: number;
  readonly referenceTicks: number;
}

/** `zx_clock_details_v1_t` */
export interface ClockDetails {
  /** Bits of {@link ClockOptions}. */
  readonly options: number;
  /** What the clock never shows less than, in nanoseconds. */
  readonly backstop: bigint;
  /** From ticks of the reference. */
  readonly fromTicks: ClockTransformation;
  /** From nanoseconds of the reference. */
  readonly fromNanoseconds: ClockTransformation;
  /** The estimated error in nanoseconds; 2^64 - 1 if unknown. */
  readonly errorBound: bigint;
  /** When the details were asked for, in ticks. */
  readonly queryTicks: bigint;
  /** When the clock was last set, in ticks. */
  readonly lastValueUpdateTicks: bigint;
  /** When its rate was last changed, in ticks. */
  readonly lastRateAdjustUpdateTicks: bigint;
  /** When its error bound was last changed, in ticks. */
  readonly lastErrorBoundsUpdateTicks: bigint;
  /** Counts the updates. */
  readonly generation: number;
}

/** A change of a clock: at least one of these. */
export interface ClockUpdate {
  /** Sets it, in nanoseconds. */
  value?: bigint;
  /** Makes it run faster than its reference, in millionths: -1000 to 1000. */
  rateAdjust?: number;
  /** The estimated error in nanoseconds. */
  errorBound?: bigint;
  /** The moment of the reference, in nanoseconds, for which value or rate count; now by default. */
  reference?: bigint;
  /**
   * By the rules of `zx_clock_update_args_v1_t`, which knows no `reference`, or of
   * `zx_clock_update_args_v2_t`, by which a running monotonic clock is set for a moment only; `v2` by
   * default.
   */
  version?: "v1" | "v2";
}

const KEYS = ["value", "rateAdjust", "errorBound", "reference", "version"] as const;
const VERSIONS = ["v1", "v2"] as const;

/** Room for the details. */
const details = new Uint8Array(128);

/**
 * A clock of the user's: a line over the monotonic clock. STARTED once it runs; UPDATED is shown to
 * those who wait at the moment of a change.
 */
export class Clock extends Handle {
  /**
   * `zx_clock_read`, in nanoseconds: its backstop until it is started. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  read(): bigint {
    checkStatus("zx_clock_read", this.native.clockRead(this.context.id, this.value, details));
    return new WireReader(details).i64();
  }

  /**
   * `zx_clock_get_details`. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  details(): ClockDetails {
    const status = this.native.clockGetDetails(this.context.id, this.value, details);
    checkStatus("zx_clock_get_details", status);
    const reader = new WireReader(details);
    return jsonable({
      options: Number(reader.u64()),
      backstop: reader.i64(),
      fromTicks: readLine(reader),
      fromNanoseconds: readLine(reader),
      errorBound: reader.u64(),
      queryTicks: reader.i64(),
      lastValueUpdateTicks: reader.i64(),
      lastRateAdjustUpdateTicks: reader.i64(),
      lastErrorBoundsUpdateTicks: reader.i64(),
      generation: reader.u32(),
    });
  }

  /**
   * `zx_clock_update`. The first update, which has to set the clock, starts it. Needs WRITE.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for no change, a rate beyond 1000 millionths, and what the
   * clock's options or the version forbid; `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a clock
   * that is neither started nor set
   */
  update(update: ClockUpdate): void {
    checkOptions(update, KEYS, "update");
    const { value, rateAdjust, errorBound, reference, version = "v2" } = update;
    const number = VERSIONS.indexOf(checkChoice("update.version", version, VERSIONS)) + 1;
    const status = this.native.clockUpdate(
      this.context.id,
      this.value,
      number,
      optional(value, (given) => checkI64("update.value", given)),
      optional(rateAdjust, (given) => checkI32("update.rateAdjust", given)),
      optional(errorBound, (given) => checkU64("update.errorBound", given)),
      optional(reference, (given) => checkI64("update.reference", given)),
    );
    checkStatus("zx_clock_update", status);
  }
}

function optional<T>(value: T | undefined, check: (value: T) => T): T | undefined {
  return value === undefined ? undefined : check(value);
}

function readLine(reader: WireReader): ClockTransformation {
  return jsonable({
    referenceOffset: reader.i64(),
    syntheticOffset: reader.i64(),
    syntheticTicks: reader.u32(),
    referenceTicks: reader.u32(),
  });
}
