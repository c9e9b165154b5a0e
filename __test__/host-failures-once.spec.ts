import { constants } from "node:os";

import { refusedOnceTest, refuseEachOnce } from "./support/denied.js";
import { Call } from "./support/linux-calls.js";

const { EAGAIN, EMFILE, ENOBUFS, ENOMEM, EPERM } = constants.errno;

/** Of files, which several may see: V8 makes no such mapping, and does not live without its own. */
const MAP_SHARED = "3:f:1";

/** What is refused, and what fails of it, at one time or another. */
const CALLS: readonly [title: string, rules: readonly string[], steps: readonly string[]][] = [
  [
    "memfd",
    [`${EMFILE}:${Call.MEMFD_CREATE}`],
    ["helper's program", "control area", "memory of a VMO"],
  ],
  ["write to a memfd", [`${ENOMEM}:${Call.PWRITEV}`], ["memory of a VMO"]],
  ["pidfd", [`${EMFILE}:${Call.PIDFD_OPEN}`], ["helper process", "guest process"]],
  ["duplicate", [`${EMFILE}:${Call.DUP2}`], ["helper process", "guest process"]],
  ["pair of sockets", [`${EMFILE}:${Call.SOCKETPAIR}`], ["socket"]],
  ["mapping", [`${ENOMEM}:${Call.MMAP}:${MAP_SHARED}`], ["control area", "mapping"]],
  ["message", [`${ENOBUFS}:${Call.SENDMSG}`], ["socket", "guest process", "message to a guest"]],
  ["message's receipt", [`${ENOBUFS}:${Call.RECVMSG}`], ["socket", "message to a guest"]],
  [
    "clone",
    [Call.CLONE, Call.CLONE3].map((number) => `${EAGAIN}:${number}`),
    ["helper process", "guest process", "thread of the host", "thread of a guest"],
  ],
  ["filter", [`${EPERM}:${Call.SECCOMP}`], ["seccomp listener", "guest process"]],
];

for (const [title, rules, steps] of CALLS) {
  refusedOnceTest(`whichever ${title} fails, who needs it is told, and no other`, async (t) => {
    const all = await refuseEachOnce(rules);
    t.log(`${all.length - 1} failed`);
    t.deepEqual(all.at(-1), ["0", "0"]);
    for (const step of steps) {
      t.true(
        all.flat().some((end) => end.startsWith(`HostError: ${step}: `)),
        step,
      );
    }
  });
}
