import { checkStatus } from "../base/errors.js";
import { checkI64 } from "../base/validate.js";
import { Handle } from "./handle.js";

const valueRead = new BigUint64Array(1);

/** A number of 64 bits: COUNTER_POSITIVE above 0, else COUNTER_NON_POSITIVE. */
export class Counter extends Handle {
  /**
   * `zx_counter_add`. Needs READ and WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` for a sum of more than 64
   * bits, which leaves the counter as it was
   */
  add(amount: bigint): void {
    checkI64("amount", amount);
    const status = this.native.counterAdd(this.context.id, this.value, amount);
    checkStatus("zx_counter_add", status);
  }

  /**
   * `zx_counter_read`. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  read(): bigint {
    const status = this.native.counterRead(this.context.id, this.value, valueRead);
    checkStatus("zx_counter_read", status);
    return BigInt.asIntN(64, valueRead[0]!);
  }

  /**
   * `zx_counter_write`. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  write(value: bigint): void {
    checkI64("value", value);
    const status = this.native.counterWrite(this.context.id, this.value, value);
    checkStatus("zx_counter_write", status);
  }
}
