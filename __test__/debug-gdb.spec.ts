// Sessions with gdb, as people have them.

import { lineOf, programs, rustTest, waitForDebugger } from "./support/debugged.js";
import { Gdb, GdbMi, gdbTest, inSession } from "./support/debuggers.js";

const line = (text: string) => lineOf("session.c", text);

gdbTest("gdb breaks at main and at a line, and prints variables and structures", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "shapes");
  t.regex(await gdb.ask("break main"), /^Breakpoint 1 at 0x[0-9a-f]+: file .*session\.c, line \d+/);
  t.regex(await gdb.go("continue"), /Breakpoint 1, main \(argc=2, argv=0x[0-9a-f]+\) at /);
  t.regex(await gdb.ask("print argv[1]"), /^\$1 = 0x[0-9a-f]+.* "shapes"$/m);
  await gdb.ask(`break session.c:${line("sum += a.x")}`);
  t.regex(await gdb.go("continue"), /Breakpoint 2, measure \(shape=0x[0-9a-f]+\) at /);
  t.regex(
    await gdb.ask("print *shape"),
    /= \{name = 0x[0-9a-f]+ "triangle", corners = \{\{x = 0, y = 0\}, \{x = 4, y = 0\}, \{x = 0, y = 3\}\}, scale = 1.5\}/,
  );
  t.is(await gdb.ask("info locals"), "a = {x = 0, y = 0}\nb = {x = 4, y = 0}\ni = 0\nsum = 0\n");
  const trace = await gdb.ask("backtrace");
  t.regex(trace, /^#0 +measure \(.*\n#1 .* in shapes \(\) .*\n#2 .* in main \(argc=2, .*/);
  await gdb.ask("delete");
  await gdb.endsWell(t, command);
  t.regex(command.text, /^triangle: 6$/m);
});

gdbTest("gdb steps over, into and out of a function", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "shapes");
  await gdb.ask("break shapes");
  await gdb.go("continue");
  t.regex(await gdb.go("next"), /^\d+\t +int twice = measure\(&triangle\);$/m);
  t.regex(await gdb.go("step"), /^measure \(shape=0x[0-9a-f]+\) at .*session\.c:\d+$/m);
  t.regex(await gdb.go("next"), /^\d+\t +for \(int i = 0; i < 3; i\+\+\) \{$/m);
  t.regex(
    await gdb.go("finish"),
    /^Run till exit from #0 +measure [^]*^Value returned is \$1 = 12$/m,
  );
  t.regex(await gdb.go("next"), /^\d+\t +printf/m);
  t.is(await gdb.ask("print twice"), "$2 = 12\n");
  // Into what has no lines, and out again.
  t.regex(await gdb.go("next"), /^\d+\t +return 0;$/m);
  await gdb.go("stepi");
  t.regex(await gdb.ask("info registers rip"), /^rip +0x[0-9a-f]+ +0x[0-9a-f]+ <shapes\+\d+>$/m);
  await gdb.endsWell(t, command);
});

gdbTest("gdb changes a variable, and the program goes on with it", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "shapes");
  await gdb.ask(`break session.c:${line('printf("%s: %d')}`);
  await gdb.go("continue");
  await gdb.ask("set variable twice = 84");
  await gdb.endsWell(t, command);
  t.regex(command.text, /^triangle: 42$/m);
});

gdbTest("gdb watches a variable", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "shapes");
  await gdb.ask("break measure");
  await gdb.go("continue");
  await gdb.ask("watch corners_seen");
  let change = await gdb.go("continue");
  if (/Could not insert hardware watchpoint/.test(change)) {
    t.log("Linux lends no debug registers here: gdb watches by steps.");
    await gdb.ask("delete 2");
    await gdb.ask("set can-use-hw-watchpoints 0");
    await gdb.ask("watch corners_seen");
    change = await gdb.go("continue");
  }
  for (const value of [0, 1, 2]) {
    t.regex(change, new RegExp(`Old value = ${value}\nNew value = ${value + 1}\nmeasure \\(`));
    if (value < 2) change = await gdb.go("continue");
  }
  await gdb.ask("delete");
  await gdb.endsWell(t, command);
});

gdbTest("gdb shows threads by their names, each with where it is", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "threads");
  await gdb.ask("break all_are_here");
  await gdb.go("continue");
  const threads = await gdb.ask("info threads");
  t.regex(threads, /^\* 1 .*"initial-thread" +all_are_here \(threads=3\) at /m);
  t.regex(threads, /^ +\d .*"painter"/m);
  t.regex(threads, /^ +\d .*"writer"/m);
  const traces = await gdb.ask("thread apply all backtrace");
  t.is(traces.match(/in work \(name=/g)?.length, 2, traces);
  await gdb.ask("thread 2");
  t.regex(await gdb.ask("backtrace"), /pthread_barrier_wait/);
  await gdb.ask("thread 1");
  t.regex(await gdb.go("finish"), /Run till exit from #0 +all_are_here/);
  await gdb.endsWell(t, command);
});

gdbTest("gdb stops at a null dereference, and what nobody handles ends the program", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "null");
  t.regex(
    await gdb.go("continue"),
    /^Program received signal SIGSEGV, Segmentation fault\.\n.*third \(list=0x[0-9a-f]+\) at /m,
  );
  t.regex(await gdb.ask("print *list"), /= \{value = 1, next = 0x[0-9a-f]+\}/);
  t.regex(await gdb.ask("print list->next->next"), /= \(struct node \*\) 0x0/);
  t.regex(await gdb.ask("backtrace"), /^#0 .*third \(.*\n#1 .* in null \(\).*\n#2 .* in main \(/m);
  t.regex(await gdb.go("continue"), /^Program terminated with signal SIGSEGV/m);
  await gdb.quit();
  t.is(await command.ended, 139);
  t.regex(command.text, /crashed: FATAL_PAGE_FAULT in session\/initial-thread/);
});

gdbTest("gdb mends a null dereference, and the program goes on", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "null");
  await gdb.go("continue");
  await gdb.ask("up");
  await gdb.ask("set variable second.next = &first");
  await gdb.ask("down");
  // The access is made again, from the start of its line.
  t.regex(await gdb.go(`jump ${line("return list->next->next->value")}`), /exited with code 01\]/);
  await gdb.quit();
  t.is(await command.ended, 1);
});

gdbTest("gdb has the symbols of a library once it is opened", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "plugin", {
    options: ["--lib", programs().directory],
  });
  await gdb.ask("set breakpoint pending on");
  t.regex(await gdb.ask("break plugin_answer"), /Breakpoint 1 \(plugin_answer\) pending\./);
  t.regex(await gdb.go("continue"), /Breakpoint 1, plugin_answer \(factor=6\) at .*plugin\.c/);
  t.regex(await gdb.ask("info sharedlibrary"), /Yes .*libplugin\.so/);
  // All of the address space may be memory, and nothing has become unreadable.
  t.regex(await gdb.ask("info mem"), /^0 +y\s+0x0000000000200000 0x00007ffffffff000 rw /m);
  t.regex(await gdb.ask("dump memory /dev/null &plugin_answer &plugin_answer+1"), /^$/);
  t.regex(await gdb.ask("backtrace"), /^#0 .*\n#1 .* in plugin \(\) at .*\n#2 .* in main \(/);
  await gdb.go("next");
  t.regex(await gdb.go("finish"), /Value returned is \$\d+ = 42/);
  await gdb.endsWell(t, command);
});

gdbTest("gdb prints the thread-local variables of each thread", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "locals");
  await gdb.ask("break has_painted");
  for (const [value, colour] of [
    [8, "r"],
    [100, "b"],
  ]) {
    await gdb.go("continue");
    t.regex(await gdb.ask("print painted"), new RegExp(`= ${value}\n`));
    t.regex(await gdb.ask("print (char) colour[0]"), new RegExp(`= \\d+ '${colour}'\n`));
  }
  t.regex(await gdb.ask("thread apply 1 print painted"), /= 8\n/);
  await gdb.ask("set variable painted = 250");
  await gdb.endsWell(t, command);
  t.regex(command.text, /^8 in r$\n^250 in b$/m);
});

gdbTest("gdb prints thread-local variables of a library once the thread has them", async (t) => {
  const options = ["--lib", programs().directory];
  const [gdb, command] = await inSession(t, Gdb, "plugin", { options });
  await gdb.ask("set breakpoint pending on");
  await gdb.ask("break plugin_answer");
  await gdb.go("continue");
  t.regex(await gdb.ask("print answers"), /^Cannot find thread-local storage for /);
  await gdb.go("next");
  await gdb.go("next");
  t.regex(await gdb.ask("print answers"), /= 42\n/);
  await gdb.endsWell(t, command);
});

gdbTest("gdb has the record of a signal, with its code and address", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "null");
  await gdb.ask("break third");
  await gdb.go("continue");
  t.regex(await gdb.ask("print $_siginfo.si_signo"), /= 5\n/);
  // SI_KERNEL, without an address: as of an `int3`.
  t.regex(await gdb.ask("print $_siginfo.si_code"), /= 128\n/);
  t.regex(await gdb.ask("print $_siginfo._sifields._sigfault.si_addr"), /= \(void \*\) 0x0\n/);
  await gdb.go("continue");
  // SEGV_MAPERR, as nothing is mapped there.
  t.regex(await gdb.ask("print $_siginfo.si_signo"), /= 11\n/);
  t.regex(await gdb.ask("print $_siginfo.si_code"), /= 1\n/);
  t.regex(await gdb.ask("print $_siginfo._sifields._sigfault.si_addr"), /= \(void \*\) 0x0\n/);
  await gdb.ask("kill");
  await gdb.quit();
  t.is(await command.ended, 137);
});

gdbTest("gdb interrupts a thread that spins", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "spin");
  const stopped = gdb.go("continue");
  await command.until(/^spinning$/m);
  gdb.interrupt();
  let place = await stopped;
  t.regex(place, /^Program received signal SIGINT, Interrupt\.\n/m);
  if (!/spin \(\) at /.test(place)) {
    // It was still saying so.
    await gdb.ask(`tbreak session.c:${line("turns++")} if turns > 0`);
    place = await gdb.go("continue");
  }
  t.regex(place, /spin \(\) at /);
  t.regex(await gdb.ask("print turns > 0"), /= 1\n/);
  await gdb.ask("set variable enough = 1");
  await gdb.endsWell(t, command);
  t.regex(command.text, /^enough$/m);
});

gdbTest("a program that gdb detaches from goes on without breakpoints", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "shapes");
  await gdb.ask("break measure");
  await gdb.go("continue");
  await gdb.ask(`break session.c:${line("return sum")}`);
  t.regex(await gdb.ask("detach"), /\[Inferior 1 \(.*\) detached\]/);
  t.is(await command.ended, 0);
  t.regex(command.text, /^triangle: 6$/m);
  await gdb.quit();
});

gdbTest("a program whose debugger is killed ends, or goes on if that was asked for", async (t) => {
  for (const [gone, code] of [
    ["end", 137],
    ["detach", 0],
  ] as const) {
    const [gdb, command] = await inSession(t, Gdb, "shapes", { options: ["--gdb-gone", gone] });
    await gdb.ask("break measure");
    await gdb.go("continue");
    await gdb.kill();
    t.is(await command.ended, code, gone);
    t.is(/^triangle: 6$/m.test(command.text), code === 0, gone);
  }
});

gdbTest("gdb attaches to a program that runs, and comes again", async (t) => {
  const options = { when: "on-demand" } as const;
  const { command, socket } = await waitForDebugger(t, programs().session, ["spin"], options);
  await command.until(/^spinning$/m);
  const first = new Gdb(t, programs().session);
  t.regex(await first.connect(socket), /^(?:0x[0-9a-f]+ in )?spin \(\) at .*session\.c/m);
  const turns = Number(/= (\d+)/.exec(await first.ask("print turns"))![1]);
  t.regex(await first.ask("detach"), /\[Inferior 1 \(.*\) detached\]/);
  await first.quit();
  const second = new Gdb(t, programs().session);
  await second.connect(socket);
  // It went on meanwhile.
  t.regex(await second.ask(`print turns > ${turns}`), /= 1\n/);
  t.regex(await second.ask("print painted"), /= 7\n/);
  await second.ask("set variable enough = 1");
  await second.endsWell(t, command);
});

gdbTest("gdb comes to a program that has crashed", async (t) => {
  const options = { when: "on-crash" } as const;
  const { command, socket } = await waitForDebugger(t, programs().session, ["null"], options);
  const gdb = new Gdb(t, programs().session);
  t.regex(await gdb.connect(socket), /^(?:0x[0-9a-f]+ in )?third \(list=0x[0-9a-f]+\) at /m);
  t.regex(await gdb.ask("backtrace"), /^#0 .*third \(.*\n#1 .* in null \(\).*\n#2 .* in main \(/m);
  t.regex(await gdb.ask("print list->next->next"), /= \(struct node \*\) 0x0/);
  t.regex(await gdb.go("continue"), /^Program terminated with signal SIGSEGV/m);
  await gdb.quit();
  t.is(await command.ended, 139);
});

gdbTest("gdb attaches to what a program launches", async (t) => {
  const options = ["--gdb-follow", "--ns", `/pkg=${programs().directory}`];
  const program = programs().session;
  const { command, socket } = await waitForDebugger(t, program, ["spawn"], { options });
  const gdb = new Gdb(t, program);
  await gdb.go(`target extended-remote ${socket}`);
  const launched = await gdb.go("continue");
  const [, koid] = /^process (\d+), .*session, begins/m.exec(launched) ?? [];
  t.truthy(koid, launched);
  await gdb.ask(`add-inferior -exec ${program}`);
  await gdb.ask("inferior 2");
  await gdb.go(`attach ${koid}`);
  await gdb.ask("set schedule-multiple on");
  await gdb.ask("break measure");
  t.regex(await gdb.go("continue"), /measure \(shape=0x[0-9a-f]+\) at .*session\.c/);
  t.regex(await gdb.ask("info inferiors"), new RegExp(`^\\* 2 +process ${koid} `, "m"));
  await gdb.ask("delete");
  await gdb.go("continue");
  await gdb.go("continue");
  await gdb.quit();
  await command.ended;
  t.regex(command.text, /^triangle: 6$/m);
});

gdbTest("gdb kills what a program has launched, and the program goes on", async (t) => {
  const options = ["--gdb-follow", "--ns", `/pkg=${programs().directory}`];
  const program = programs().session;
  const { command, socket } = await waitForDebugger(t, program, ["spawn"], { options });
  const gdb = new Gdb(t, program);
  await gdb.go(`target extended-remote ${socket}`);
  const [, koid] = /^process (\d+), /m.exec(await gdb.go("continue")) ?? [];
  await gdb.ask(`add-inferior -exec ${program}`);
  await gdb.ask("inferior 2");
  await gdb.go(`attach ${koid}`);
  t.regex(await gdb.ask("kill"), /\[Inferior 2 \(.*\) killed\]/);
  await gdb.ask("inferior 1");
  await gdb.endsWell(t, command);
  t.notRegex(command.text, /triangle/);
});

gdbTest("gdb kills a program", async (t) => {
  const [gdb, command] = await inSession(t, Gdb, "spin");
  await gdb.ask("break spin");
  await gdb.go("continue");
  t.regex(await gdb.ask("kill"), /\[Inferior 1 \(.*\) killed\]/);
  t.is(await command.ended, 137);
  await gdb.quit();
});

gdbTest("gdb debugs a program without a C library", async (t) => {
  const { command, socket } = await waitForDebugger(t, programs().freestanding);
  const gdb = new Gdb(t, programs().freestanding);
  await gdb.connect(socket);
  await gdb.ask("break deposit");
  t.regex(await gdb.go("continue"), /Breakpoint 1, deposit \(account=0x[0-9a-f]+, amount=1\) at /);
  t.regex(await gdb.ask("print *account"), /= \{balance = 100, owner = 0x[0-9a-f]+ "Ada"\}/);
  t.regex(await gdb.go("finish"), /Value returned is \$2 = 101/);
  t.regex(await gdb.go("continue"), /Breakpoint 1, deposit \(.*, amount=2\)/);
  t.regex(await gdb.ask("backtrace"), /^#0 +deposit \(.*\n#1 .* in _start \(bootstrap=\d+\) at /);
  await gdb.ask("delete");
  await gdb.endsWell(t, command);
});

gdbTest("gdb gets the program's files from the server", async (t) => {
  const { command, socket } = await waitForDebugger(t, programs().session, ["shapes"]);
  const gdb = new Gdb(t);
  t.regex(await gdb.connect(socket), /Reading .*session from remote target/);
  await gdb.ask("break measure");
  t.regex(await gdb.go("continue"), /Breakpoint 1, measure \(shape=0x[0-9a-f]+\) at /);
  t.regex(await gdb.ask("info sharedlibrary"), /libc\.so/);
  await gdb.ask("delete");
  await gdb.endsWell(t, command);
});

rustTest(
  gdbTest,
  "gdb catches a panic of a Rust test, and goes back through std",
  async (t, tests) => {
    const { command, socket } = await waitForDebugger(t, tests, ["--test-threads=1", "refuses"]);
    const gdb = new Gdb(t, tests);
    await gdb.connect(socket);
    await gdb.ask("break debugged::withdraw");
    t.regex(await gdb.go("continue"), /debugged::withdraw \(account=0x[0-9a-f]+, amount=300\)/);
    t.regex(await gdb.ask("print account.balance"), /= 100\n/);
    await gdb.ask("break rust_panic");
    t.regex(await gdb.go("continue"), /Breakpoint 2, .*rust_panic \(/);
    const trace = await gdb.ask("backtrace");
    t.regex(trace, /in std::panicking::[^]* in debugged::withdraw \([^]* in debugged::refuses /);
    t.regex(trace, / in test::[^]* in std::/);
    await gdb.ask("delete");
    await gdb.endsWell(t, command);
    t.regex(command.text, /test result: ok\. 1 passed/);
  },
);

// What Microsoft's extension for VS Code sends, in its order.
gdbTest("an editor has a session by gdb's machine interface", async (t) => {
  const { session } = programs();
  const { command, socket } = await waitForDebugger(t, session, ["threads"]);
  const gdb = new GdbMi(t);
  for (const setting of ["pagination off", "auto-solib-add on", "confirm off"]) {
    t.regex(await gdb.ask(`-interpreter-exec console "set ${setting}"`), /^\^done/m);
  }
  t.regex(await gdb.ask(`-file-exec-and-symbols ${session}`), /^\^done/m);
  t.regex(await gdb.go(`-target-select remote ${socket}`), /^\^connected/m);
  t.regex(await gdb.ask("-break-insert -f all_are_here"), /^\^done,bkpt=\{number="1",/m);
  t.regex(
    await gdb.go("-exec-continue"),
    /^\*stopped,reason="breakpoint-hit",.*bkptno="1",.*func="all_are_here",args=\[\{name="threads",value="3"\}\]/m,
  );
  const threads = await gdb.ask("-thread-info");
  for (const name of ["initial-thread", "painter", "writer"]) {
    t.true(threads.includes(`name="${name}"`), threads);
  }
  t.regex(await gdb.ask("-stack-list-frames --thread 1 0 1000"), /func="threads".*func="main"/);
  t.regex(
    await gdb.ask("-stack-list-variables --thread 1 --frame 1 0"),
    /\^done,variables=\[\{name="pair"\}\]/,
  );
  t.regex(await gdb.ask("-var-create --thread 1 --frame 0 - * threads"), /value="3",type="int"/);
  t.regex(await gdb.go("-exec-next --thread 1"), /^\*stopped,reason="end-stepping-range"/m);
  t.regex(await gdb.ask("-break-delete 1"), /^\^done/m);
  t.regex(await gdb.go("-exec-finish --thread 1"), /^\*stopped,reason="function-finished"/m);
  t.regex(await gdb.go("-exec-continue"), /^\*stopped,reason="exited-normally"/m);
  await gdb.quit();
  t.is(await command.ended, 0);
});

gdbTest("gdb cannot begin a program again, which ends with what is killed for that", async (t) => {
  const { session } = programs();
  const { command, socket } = await waitForDebugger(t, session, ["shapes"]);
  const gdb = new Gdb(t, session);
  await gdb.go(`target extended-remote ${socket}`);
  t.notRegex(await gdb.go("run"), /triangle/);
  await gdb.quit();
  t.is(await command.ended, 137);
});
