import type { ExceptionChannel } from "../handles/exception-channel.js";
import type { Job } from "../handles/job.js";
import type { Process } from "../handles/process.js";
import { ExceptionType } from "../zx/exception.js";
import type { Debuggee } from "./debuggee.js";

/**
 * Offers a debugger the processes that are started in a job from now on, until what it returns is
 * closed.
 *
 * @param known the koid of one that is debugged anyway
 */
export function followJob(job: Job, debuggee: Debuggee, known: bigint): ExceptionChannel {
  const channel = job.createExceptionChannel({ debugger: true });
  void follow(channel, debuggee, known);
  return channel;
}

/** The process with a koid in a job or below, if there is one. It belongs to the caller. */
export function findProcess(job: Job, koid: bigint): Process | undefined {
  if (job.processes().includes(koid)) return job.getChild(koid) as Process;
  for (const child of job.children()) {
    const below = job.getChild(child) as Job;
    try {
      const found = findProcess(below, koid);
      if (found !== undefined) return found;
    } finally {
      below.close();
    }
  }
  return undefined;
}

async function follow(channel: ExceptionChannel, debuggee: Debuggee, known: bigint) {
  for await (const { type, process, exception } of channel) {
    try {
      if (type === ExceptionType.PROCESS_STARTING && process !== known) {
        void debuggee.offer(exception.getProcess());
      }
    } finally {
      exception.close();
    }
  }
}
