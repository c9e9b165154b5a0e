import { checkStatus } from "../base/errors.js";
import { checkU32 } from "../base/validate.js";
import { Handle } from "./handle.js";

/** A handle to one of two ends. */
export class PeerHandle extends Handle {
  /**
   * `zx_object_signal_peer`: clears, then sets signals of the other end. Needs SIGNAL_PEER.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for signals that are
   * neither the user's nor an event pair's SIGNALED; `PEER_CLOSED`
   */
  signalPeer(clear: number, set: number): void {
    checkU32("clear", clear);
    checkU32("set", set);
    const status = this.native.objectSignalPeer(this.context.id, this.value, clear, set);
    checkStatus("zx_object_signal_peer", status);
  }
}
