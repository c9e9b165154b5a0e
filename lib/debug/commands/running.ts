import type { Command, Commands, Conversation, Order } from "../conversation.js";
import type { Report } from "../debuggee.js";
import type { DebuggedProcess } from "../debugged-process.js";
import { type Action, CONTINUE, type DebuggedThread } from "../debugged-thread.js";
import { numberOf } from "../hex.js";
import { ProtocolError } from "../protocol-error.js";
import { wordsOf } from "../stop.js";
import { stopReply } from "../stop-reply.js";
import { type ThreadId, threadId, type Wanted } from "../thread-id.js";

/** Letting threads run, and asking why they have stopped. */
export const RUNNING_COMMANDS: Commands = {
  "?": (_, conversation) => {
    const { last } = conversation;
    return last === undefined ? "W00" : stopReply(conversation, last);
  },
  "vAttach;": async (koid, conversation) => {
    const report = await conversation.debuggee.attach(numberOf(koid));
    return told(conversation, report);
  },
  "vCont?": () => "vCont;c;C;s;S;t;r",
  "vCont;": (argument, conversation) => {
    if (conversation.ordered?.text !== argument) {
      conversation.ordered = { text: argument, orders: argument.split(";").map(orderOf) };
    }
    const { orders } = conversation.ordered;
    return resume(conversation, (process, thread) => {
      const order = orders.find(({ id }) => id === undefined || names(id, process, thread));
      return order?.action;
    });
  },
  c: only((argument) => actionOf(argument === "" ? "c" : "")),
  s: only((argument) => actionOf(argument === "" ? "s" : "")),
  C: only((signal) => actionOf(`C${signal}`)),
  S: only((signal) => actionOf(`S${signal}`)),
};

/** All threads go on with an action that the argument says: of one that steps, that one alone. */
function only(read: (argument: string) => Action): Command {
  return (argument, conversation) => {
    const action = read(argument);
    const { thread: selected } = conversation;
    return resume(conversation, (_, thread) => {
      if (thread === selected) return action;
      return action.steps ? undefined : CONTINUE;
    });
  };
}

function resume(
  conversation: Conversation,
  plan: (process: DebuggedProcess, thread: DebuggedThread) => Action | undefined,
): Promise<string> {
  return conversation.debuggee.resume(plan).then((report) => told(conversation, report));
}

/** What a debugger is told of a report, which it has then seen. */
function told(conversation: Conversation, report: Report): string {
  conversation.last = report;
  if (report.kind === "stop") {
    conversation.select(report.thread);
    const { stop } = report.thread;
    // lldb has it in the reply.
    const words = conversation.isLldb ? undefined : wordsOf(stop);
    if (words !== undefined) conversation.say(`${words}\n`);
  }
  return stopReply(conversation, report);
}

function orderOf(text: string): Order {
  const [what = "", id] = text.split(":");
  return {
    // What is to stop has stopped.
    action: what === "t" ? undefined : actionOf(what),
    id: id === undefined ? undefined : threadId(id),
  };
}

function actionOf(text: string): Action {
  const rest = text.slice(1);
  switch (text[0]) {
    case "c":
      return CONTINUE;
    case "s":
      return { steps: true, passes: false };
    case "C":
      return { steps: false, passes: numberOf(rest) !== 0n };
    case "S":
      return { steps: true, passes: numberOf(rest) !== 0n };
    case "r": {
      const [first, end] = rest.split(",");
      return { steps: true, passes: false, range: [numberOf(first), numberOf(end)] };
    }
    default:
      throw new ProtocolError("a thread can be continued, stepped or stopped");
  }
}

function names({ process, thread }: ThreadId, its: DebuggedProcess, one: DebuggedThread): boolean {
  return (process === undefined || isOf(process, its.koid)) && isOf(thread, one.koid);
}

function isOf(wanted: Wanted, koid: bigint): boolean {
  return typeof wanted === "string" || wanted === koid;
}
