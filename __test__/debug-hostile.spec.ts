// Clients of the debugger's server that are no debuggers, and debuggers that go at any moment.

import type { ExecutionContext } from "ava";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

import { Kernel, run, type RunResult } from "../index.js";
import { programs, waitForDebugger } from "./support/debugged.js";
import { directoryWith } from "./support/directory.js";
import { guest, serialNativeTest } from "./support/native.js";
import { packet, RemoteClient, threadOf } from "./support/remote-client.js";
import { settlesTo } from "./support/settled.js";

/** Bytes of a packet that nobody has asked for. */
const MUCH = 64 << 20;

interface Attacked {
  /** Connects to the server of the program, which waits at its first instruction. */
  connect(): Promise<RemoteClient>;
  /** How it ended. */
  readonly ended: Promise<RunResult>;
}

/** A program under a debugger's server; once it has ended, nothing of it may be left. */
async function attacked(
  t: ExecutionContext,
  program: string,
  gone: "end" | "detach",
  body: (attacked: Attacked) => Promise<void>,
): Promise<void> {
  await using kernel = new Kernel();
  await run(guest("hello"), [], { kernel });
  const before = kernel.stats();
  const path = join(directoryWith(t, {}), "socket");
  let ended!: Promise<RunResult>;
  await new Promise<void>((resolve) => {
    const debug = { path, gone, listening: () => resolve() };
    ended = run(guest(program), [], { kernel, debug, reject: false });
  });
  // If the body fails, it ends with its kernel.
  ended.catch(() => {});
  await body({ connect: () => RemoteClient.connect({ path }), ended });
  await ended;
  await settlesTo(t, kernel, before);
}

/** Expects that the program goes on, and ends well. */
async function goesOn(t: ExecutionContext, client: RemoteClient, { ended }: Attacked) {
  t.regex(await client.go("vCont;c"), /^W00/);
  const { returnCode, stdout } = await ended;
  t.deepEqual([returnCode, /Hello/.test(stdout)], [0n, true]);
  await client.close();
}

serialNativeTest("packets come in any pieces", async (t) => {
  await attacked(t, "hello", "end", async (program) => {
    const client = await program.connect();
    for (const byte of packet("qSupported:swbreak+")) client.send(byte);
    t.regex(await client.next(), /PacketSize=/);
    await goesOn(t, client, program);
  });
});

serialNativeTest("what is no packet is nothing", async (t) => {
  await attacked(t, "hello", "end", async (program) => {
    const client = await program.connect();
    client.send("\0\xff#00}}}***###garbage" + "+".repeat(1000));
    // One that is cut off, one that is not the program's, one of whose name nobody has heard.
    client.send("$vCont;c");
    for (const name of ["", "vNobodyHasHeardOf", "\xff\xfe", "q", "vCont;x", "_"]) {
      t.regex(await client.ask(name), /^(E.*)?$/, name);
    }
    await goesOn(t, client, program);
  });
});

serialNativeTest(
  "a packet whose checksum is another is asked for again, and does nothing",
  async (t) => {
    await attacked(t, "hello", "end", async (program) => {
      const client = await program.connect();
      for (const wrong of ["$k#00", "$vKill;1#zz", "$D#  ", "$vCont;c#a9"]) client.send(wrong);
      t.regex(await client.ask("?"), /^T05/);
      t.is(client.refusals, 4);
      await goesOn(t, client, program);
    });
  },
);

serialNativeTest("a packet of 64 MiB is refused, and the next one answered", async (t) => {
  await attacked(t, "hello", "end", async (program) => {
    const client = await program.connect();
    t.regex(await client.ask("m".repeat(MUCH)), /^E/);
    t.regex(await client.ask("?"), /^T05/);
    // One without an end.
    client.send(`$${"X".repeat(MUCH)}`);
    t.regex(await client.ask("?"), /^T05/);
    await goesOn(t, client, program);
  });
});

/** Arguments that are none, or lead nowhere. */
const ARGUMENTS = [
  "",
  "0",
  "-1",
  "ffffffffffffffff",
  "ffffffffffffffff,ffffffffffffffff",
  "0,ffffffffffffffff",
  "10000000000000000,1",
  "x,y",
  ",,,,",
  ";;;;",
  ":::::",
  "0,1:0",
  "0,0:",
  "0,4,X05",
  "\xff",
  "p1.1",
  "p0.0",
  "p-1.-1",
  "p.",
];

serialNativeTest(
  "requests with arguments that are none are refused, whatever they ask",
  async (t) => {
    await attacked(t, "hello", "end", async (program) => {
      const client = await program.connect();
      await client.stopAcknowledging();
      const names = ["g", "G", "p", "P", "m", "M", "x", "X", "H", "Hg", "Hc", "T"];
      const breaks = [0, 1, 2, 3, 4, 5].flatMap((type) => [`Z${type},`, `z${type},`]);
      const long = ["vCont;", "vCont;s:", "vFile:", "vFile:open:", "vFile:pread:"];
      const files = ["vFile:close:", "vFile:fstat:", "vFile:setfs:", "vFile:readlink:"];
      const queries = ["qXfer:features:read:", "qXfer:libraries-svr4:read::", "qXfer:auxv:read::"];
      const others = [
        "qXfer::::",
        "qXfer:siginfo:",
        "qGetTLSAddr:",
        "vRun;",
        "qRegisterInfo",
        "qMemoryRegionInfo:",
        "qThreadExtraInfo,",
      ];
      for (const name of [...names, ...breaks, ...long, ...files, ...queries, ...others]) {
        for (const argument of ARGUMENTS) {
          // These let the program run.
          if (/^vCont;[rs:]*p?-?[0-9.-]*$/.test(name + argument)) continue;
          t.is(typeof (await client.ask(name + argument)), "string");
          t.false(client.hasEnded, `${name}${argument}`);
        }
      }
      t.regex(await client.ask("?"), /^T/);
      await client.close();
      t.is((await program.ended).returnCode, -1024n);
    });
  },
);

serialNativeTest(
  "thread-local variables are those of the linker's list, and no others",
  async (t) => {
    await attacked(t, "hello", "end", async (program) => {
      const client = await program.connect();
      await client.stopAcknowledging();
      const thread = threadOf(await client.ask("?"));
      const top = "ffffffffffffffff";
      for (const [offset, entry] of [
        ["0", "0"],
        ["0", "1"],
        ["0", "7fffffffffff"],
        ["0", top],
        [top, "0"],
        [top, top],
      ]) {
        t.regex(await client.ask(`qGetTLSAddr:${thread},${offset},${entry}`), /^E/, `${entry}`);
      }
      for (const wrong of [
        "",
        thread,
        `${thread},0`,
        `${thread},,0`,
        `${thread},0,1${top}`,
        "7,0,0",
      ]) {
        t.regex(await client.ask(`qGetTLSAddr:${wrong}`), /^E/, wrong);
      }
      await goesOn(t, client, program);
    });
  },
);

serialNativeTest("a signal's record is read in any parts, and is not written", async (t) => {
  await attacked(t, "hello", "end", async (program) => {
    const client = await program.connect();
    await client.stopAcknowledging();
    await client.ask("?");
    const whole = await client.ask("qXfer:siginfo:read::0,100");
    t.true(whole.startsWith("l\x05\0\0\0"));
    t.is(whole.length, 1 + 128);
    t.is(await client.ask("qXfer:siginfo:read::0,80"), whole);
    t.is(await client.ask("qXfer:siginfo:read::0,7f"), `m${whole.slice(1, -1)}`);
    t.is(await client.ask("qXfer:siginfo:read::7f,1"), "l\0");
    t.is(await client.ask("qXfer:siginfo:read::80,1"), "l");
    t.is(await client.ask("qXfer:siginfo:read::7fffffff,7fffffff"), "l");
    t.is(await client.ask("qXfer:siginfo:write::0:x"), "");
    await goesOn(t, client, program);
  });
});

serialNativeTest("files are read that are the program's, and no others", async (t) => {
  await attacked(t, "hello", "end", async (program) => {
    const client = await program.connect();
    await client.stopAcknowledging();
    const open = (name: string) =>
      client.ask(`vFile:open:${Buffer.from(name).toString("hex")},0,0`);
    const others = [".", "..", "", "hello\0", "threads", guest("threads"), dirname(guest("hello"))];
    for (const name of others) t.is(await open(name), "F-1,2", name);
    t.is(await open(guest("hello")), "F1");
    t.is(await client.ask("vFile:pread:1,4,0"), "F4;\x7fELF");
    for (const offset of ["7fffffffffffffff", "8000000000000000", "ffffffffffffffff"]) {
      t.regex(await client.ask(`vFile:pread:1,4,${offset}`), /^F(?:-1,|0;)/, offset);
    }
    t.is(await client.ask("qXfer:constructor:read::0,100"), "");
    await goesOn(t, client, program);
  });
});

serialNativeTest("who asks and does not listen is hung up on", async (t) => {
  await attacked(t, "hello", "end", async (program) => {
    const client = await program.connect();
    await client.stopAcknowledging();
    client.pause();
    client.send(packet("qXfer:features:read:target.xml:0,fffff").repeat(5_000));
    await program.ended;
    client.resume();
    await client.untilClosed();
    t.true(client.hasEnded);
  });
});

serialNativeTest("a second debugger is refused, and the first goes on", async (t) => {
  await attacked(t, "hello", "end", async (program) => {
    const first = await program.connect();
    t.regex(await first.ask("?"), /^T05/);
    const second = await program.connect();
    await second.untilClosed();
    t.regex(await first.ask("?"), /^T05/);
    await goesOn(t, first, program);
  });
});

/** Moments at which a debugger may go. */
const MOMENTS: Readonly<Record<string, (client: RemoteClient) => Promise<void> | void>> = {
  "before it has said anything": () => {},
  "within a packet": (client) => client.send("$vCont"),
  "while the program waits at its first instruction": async (client) => {
    await client.ask("?");
  },
  "without waiting for an answer": (client) => {
    client.send(packet("qXfer:features:read:target.xml:0,fffff").repeat(50));
  },
  "with breakpoints at every turn": async (client) => {
    const stop = await client.ask("?");
    const [, rip = ""] = /10:([0-9a-f]{16});/.exec(stop)!;
    const address = Buffer.from(rip, "hex").readBigUInt64LE();
    for (let at = address; at < address + 64n; at++) {
      await client.ask(`Z0,${at.toString(16)},1`);
    }
  },
  "after a step": async (client) => {
    threadOf(await client.go("vCont;s"));
  },
  "within a step": (client) => client.send(packet("vCont;s")),
  "while the program runs": (client) => client.send(packet("vCont;c")),
  "as it interrupts": (client) => client.send(`${packet("vCont;c")}\x03`),
};

for (const [moment, until] of Object.entries(MOMENTS)) {
  serialNativeTest(
    `a debugger that goes ${moment} leaves a program that ends, or goes on`,
    async (t) => {
      await attacked(t, "hello", "detach", async (program) => {
        const client = await program.connect();
        await until(client);
        await client.close();
        const { returnCode, stdout } = await program.ended;
        t.deepEqual([returnCode, /Hello/.test(stdout)], [0n, true]);
      });
      await attacked(t, "hello", "end", async (program) => {
        const client = await program.connect();
        await until(client);
        await client.close();
        // It may have been quicker.
        t.regex(String((await program.ended).returnCode), /^(-1024|0)$/);
      });
    },
  );
}

serialNativeTest(
  "what is launched goes on if nobody wants it, and ends with its debugger",
  async (t) => {
    const options = ["--gdb-follow", "--ns", `/pkg=${programs().directory}`];
    for (const isWanted of [false, true]) {
      const { command, socket } = await waitForDebugger(t, programs().session, ["spawn"], {
        options,
      });
      const directory = dirname(socket);
      const client = await RemoteClient.connect({ path: socket });
      t.regex(await client.go("vCont;c"), /^T05/);
      const place = readdirSync(directory).find((name) => /^gdb\.\d+$/.test(name));
      const path = join(directory, place ?? "");
      if (isWanted) {
        const other = await RemoteClient.connect({ path });
        t.regex(await other.ask("?"), /^T05/);
        await other.close();
      }
      t.regex(await client.go("vCont;c"), /^W00/);
      t.is(await command.ended, 0);
      t.is(/^triangle: 6$/m.test(command.text), !isWanted);
      t.deepEqual(readdirSync(directory), []);
      await client.close();
    }
  },
);
