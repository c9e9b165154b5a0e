import { Channel } from "../handles/channel.js";
import type { WaitOptions } from "../zx/wait-options.js";

/** A channel on which somebody waits for another, who counts himself: Node does not stay alive for it. */
export class BackgroundChannel extends Channel {
  override waitOne(signals: number, options: WaitOptions = {}): Promise<number> {
    return this.waitFor(signals, options, false);
  }
}
