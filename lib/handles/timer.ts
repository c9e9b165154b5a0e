import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkI64 } from "../base/validate.js";
import { Handle } from "./handle.js";

const INFO_TIMER = 25;

/** On which side of its deadline a timer may fire, in the order of `ZX_TIMER_SLACK_*`. */
export const SLACK_MODES = ["center", "early", "late"] as const;

/** On which side of its deadline a timer may fire. */
export type TimerSlackMode = (typeof SLACK_MODES)[number];

/** The clocks that timers follow, in the order of `zx_clock_t`. */
export const TIMER_CLOCKS = ["monotonic", "boot"] as const;

/** The clock that a timer follows. */
export type TimerClock = (typeof TIMER_CLOCKS)[number];

/** What a timer is like. */
export interface TimerOptions {
  /** `center` by default. */
  slackMode?: TimerSlackMode;
  /** `monotonic` by default; the boot clock is the same here. */
  clock?: TimerClock;
}

/** `zx_info_timer_t`, in nanoseconds. */
export interface TimerInfo {
  readonly slackMode: TimerSlackMode;
  readonly clock: TimerClock;
  /** What it is set to; 0 once it has fired or is cancelled. */
  readonly deadline: bigint;
  /** The slack that counts: at least that of the policy. */
  readonly slack: bigint;
}

/** A timer: SIGNALED from its deadline on. It does not keep Node alive. */
export class Timer extends Handle {
  /**
   * `zx_timer_set`: SIGNALED at `deadline`, at once if that is past. An earlier setting is
   * forgotten. Needs WRITE.
   *
   * @param deadline absolute, in nanoseconds of the kernel's monotonic clock
   * @param slack how far from it the timer may fire, in nanoseconds; this kernel never makes use of
   * that
   * @throws {@link ZxError} `OUT_OF_RANGE` for a slack below 0; `BAD_HANDLE`; `ACCESS_DENIED`
   */
  set(deadline: bigint, slack = 0n): void {
    checkI64("deadline", deadline);
    checkI64("slack", slack);
    const status = this.native.timerSet(this.context.id, this.value, deadline, slack);
    checkStatus("zx_timer_set", status);
  }

  /**
   * `zx_timer_cancel`: it will not fire, and is not SIGNALED. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  cancel(): void {
    checkStatus("zx_timer_cancel", this.native.timerCancel(this.context.id, this.value));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_TIMER`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): TimerInfo {
    const view = this.record(INFO_TIMER);
    return jsonable({
      slackMode: SLACK_MODES[view.getUint32(0, true)]!,
      clock: TIMER_CLOCKS[view.getUint32(4, true)]!,
      deadline: view.getBigInt64(8, true),
      slack: view.getBigInt64(16, true),
    });
  }
}
