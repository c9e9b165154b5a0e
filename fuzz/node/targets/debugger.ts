/** Requests of debuggers: each line of an input is a packet, or bytes as they are behind a NUL. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

import { Kernel, ProcessBuilder, run } from "../../../index.js";
import { packet, RemoteClient } from "../../../__test__/support/remote-client.js";
import { debugServer } from "../../../lib/debug/index.js";
import type { Target } from "../target.js";

const PROGRAM = fileURLToPath(import.meta.resolve("#guests/hello"));
/** Turns of the event loop that the server gets after each packet. */
const TURNS = 4;
/** Turns after which what is left is a leak. */
const MAX_TURNS = 100_000;

const directory = mkdtempSync(join(tmpdir(), "zirconia-fuzz-"));
process.on("exit", () => rmSync(directory, { recursive: true }));
const path = join(directory, "socket");

const kernel = new Kernel();
const runs = kernel.machine === "native";
const executable = await kernel.vmoFromFile(PROGRAM);
// What is made when it is first asked for, and then kept.
const root = kernel.rootJob;
if (runs) await run(PROGRAM, [], { kernel });
else console.warn("Programs cannot run here: requests of debuggers are SKIPPED.");

const SESSIONS = [
  [
    "qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+",
    "QStartNoAckMode",
    "?",
    "qXfer:features:read:target.xml:0,1000",
    "qXfer:threads:read::0,1000",
    "qXfer:auxv:read::0,1000",
    "qXfer:exec-file:read::0,1000",
    "qXfer:libraries-svr4:read::0,1000",
    "qXfer:siginfo:read::0,80",
    "qGetTLSAddr:p0.0,10,1000",
    "qOffsets",
    "Hgp0.0",
    "g",
    "p10",
    "P0=0100000000000000",
    "vCont;s:p-1.-1",
    "vCont;r0,ffffffffffffffff:p-1.-1",
  ],
  [
    "QThreadSuffixSupported",
    "QListThreadsInStopReply",
    "QEnableErrorStrings",
    "qHostInfo",
    "qProcessInfo",
    "qRegisterInfo0",
    "qMemoryRegionInfo:1000",
    "jThreadsInfo",
    "qfThreadInfo",
    "qsThreadInfo",
    "qThreadStopInfo1",
    "x1000,200",
    "vCont;c",
    "\0\x03",
  ],
  [
    "vFile:setfs:0",
    `vFile:open:${Buffer.from(PROGRAM).toString("hex")},0,0`,
    "vFile:fstat:1",
    "vFile:pread:1,40,0",
    "vFile:close:1",
    "m1000,40",
    "M1000,1:00",
    "X1000,1:a",
    "Z0,1000,1",
    "Z1,1000,1",
    "Z2,1000,4",
    "z0,1000,1",
    "vCont;C0b:-1",
    "\0$half",
    "vAttach;1",
    "D",
    "vKill;1",
    "k",
  ],
];

export const target: Target = {
  seeds: SESSIONS.map((lines) => Buffer.from(lines.join("\n"), "latin1")),

  async run(input) {
    if (!runs) return;
    const before = kernel.stats();
    const job = root.createJob();
    const options = { name: "hello", job, executable: executable.duplicate() };
    const built = await new ProcessBuilder(options).addArguments(["hello"]).build();
    const server = await debugServer(built.process, { path, job, executable: PROGRAM });
    const process = built.start();
    const client = await RemoteClient.connect({ path });
    for (const line of Buffer.from(input).toString("latin1").split("\n")) {
      client.send(line.startsWith("\0") ? line.slice(1) : packet(line));
      for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    }
    await client.close();
    job.kill();
    await process.exited();
    server.close();
    process.close();
    job.close();
    for (let turn = 0; !isDeepStrictEqual(kernel.stats(), before); turn++) {
      if (turn === MAX_TURNS) {
        throw new Error(`left: ${JSON.stringify([before, kernel.stats()])}`);
      }
      await setImmediate();
    }
  },
};
