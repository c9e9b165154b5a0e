import type { ExceptionChannel } from "../handles/exception-channel.js";
import type { Job } from "../handles/job.js";
import { ExceptionType } from "../zx/exception.js";
import type { Debuggee } from "./debuggee.js";

/**
 * Debugs processes that are started in a job from now on, until what it returns is closed.
 *
 * @param known the koid of one that is debugged anyway
 */
export function followJob(job: Job, debuggee: Debuggee, known: bigint): ExceptionChannel {
  const channel = job.createExceptionChannel({ debugger: true });
  void follow(channel, debuggee, known);
  return channel;
}

async function follow(channel: ExceptionChannel, debuggee: Debuggee, known: bigint) {
  for await (const { type, process, exception } of channel) {
    try {
      if (type === ExceptionType.PROCESS_STARTING && process !== known) {
        debuggee.add(exception.getProcess(), "start");
      }
    } finally {
      exception.close();
    }
  }
}
