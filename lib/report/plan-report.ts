import type { LaunchPlan } from "../plan/plan.js";
import type { ReportDocument } from "./document.js";
import { refusedEnd } from "./end.js";
import { reportedLaunch } from "./launch.js";

/** A plan as a report. */
export function planDocument(plan: LaunchPlan): ReportDocument {
  const { name, target, verdict, messages } = plan;
  const executable = name.slice(name.lastIndexOf("/") + 1);
  return {
    schemaVersion: 1,
    command: messages.at(-1)?.contents.args.join(" ") ?? name,
    target,
    launch: reportedLaunch({ ...plan, executable, error: verdict.error }),
    end: verdict.ok
      ? { kind: "planned", message: "the process can be started", log: "" }
      : refusedEnd(verdict.error),
  };
}
