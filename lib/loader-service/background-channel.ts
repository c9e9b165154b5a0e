import { checkStatus } from "../errors.js";
import { WAIT_PENDING } from "../event-loop.js";
import { Channel } from "../handles/channel.js";
import { type WaitOptions, waitLimits } from "../wait-options.js";

/** A channel on which somebody waits for another, who counts himself: Node does not stay alive for it. */
export class BackgroundChannel extends Channel {
  override async waitOne(signals: number, options: WaitOptions = {}): Promise<number> {
    const { native, id, loop } = this.context;
    const { deadline, signal } = waitLimits(options, () => native.now());
    const operation = "zx_object_wait_one";
    return loop.wait({
      operation,
      signal,
      keepAlive: false,
      start: (token) => {
        const observed = native.objectWaitOne(id, this.value, signals, deadline, token);
        return checkStatus(operation, observed) === WAIT_PENDING ? undefined : observed;
      },
      completed: ({ observed }) => observed,
    });
  }
}
