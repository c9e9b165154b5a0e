import { checkStatus } from "../base/errors.js";
import { checkBytes, checkU32, invalidValue } from "../base/validate.js";
import { PeerHandle } from "./peer.js";

/** Bytes of elements that a fifo holds in each direction, at most. */
const MAX_BYTES = 4096;

// Room for every fifo; what is read is copied out before anything else can run.
const elementsRead = new Uint8Array(MAX_BYTES);

/**
 * One end of a fifo: elements of one size, in both directions. The size is not told by a fifo; each
 * call says it again.
 */
export class Fifo extends PeerHandle {
  /**
   * `zx_fifo_write`: how many elements were taken, which may be fewer than given. Needs WRITE.
   *
   * @param elementSize bytes of an element
   * @param elements elements one after the other, all of them whole
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED`; `OUT_OF_RANGE` for elements
   * of another size than the fifo's, and for none; `SHOULD_WAIT` without room
   */
  write(elementSize: number, elements: Uint8Array): number {
    checkU32("elementSize", elementSize);
    const checked = checkBytes("elements", elements);
    if (checked.length % elementSize > 0) {
      const { length } = checked;
      throw invalidValue("elements.length", `must be a multiple of ${elementSize}`, length);
    }
    const count = this.native.fifoWrite(this.context.id, this.value, elementSize, checked);
    return checkStatus("zx_fifo_write", count);
  }

  /**
   * `zx_fifo_read` of at most `max` elements: their bytes, one after the other. Needs READ.
   *
   * @param elementSize bytes of an element
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` for elements of another
   * size than the fifo's, and for none; when empty `SHOULD_WAIT`, `PEER_CLOSED` if the peer is gone
   */
  read(elementSize: number, max = MAX_BYTES): Uint8Array {
    checkU32("elementSize", elementSize);
    checkU32("max", max);
    const { native, context, value } = this;
    const size = native.fifoRead(context.id, value, elementSize, max, elementsRead);
    return elementsRead.slice(0, checkStatus("zx_fifo_read", size));
  }
}
