// Sessions with lldb, as people have them.

import { existsSync } from "node:fs";

import { lineOf, programs, rustTest, waitForDebugger } from "./support/debugged.js";
import { Lldb, lldbTest, inSession } from "./support/debuggers.js";

const line = (text: string) => lineOf("session.c", text);

lldbTest("lldb breaks at main and at a line, and prints variables and structures", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "shapes");
  t.regex(
    await lldb.ask("breakpoint set --name main"),
    /where = session`main \+ \d+ at session\.c/,
  );
  t.regex(await lldb.go("continue"), /stop reason = breakpoint 1\.1\n.* session`main\(argc=2, /);
  t.regex(await lldb.ask("print argv[1]"), /= 0x[0-9a-f]+ "shapes"\n/);
  await lldb.ask(`breakpoint set --file session.c --line ${line("sum += a.x")}`);
  t.regex(await lldb.go("continue"), /stop reason = breakpoint 2\.1\n.* session`measure\(shape=/);
  t.regex(
    await lldb.ask("print *shape"),
    /name = 0x[0-9a-f]+ "triangle"\n +corners = \{\n.*\(x = 0, y = 0\)\n.*\(x = 4, y = 0\)\n.*\(x = 0, y = 3\)\n.*\n +scale = 1\.5\n/,
  );
  const locals = await lldb.ask("frame variable");
  t.regex(locals, /\(int\) sum = 0\n\(int\) i = 0\n\(point\) a = \(x = 0, y = 0\)\n/);
  const trace = await lldb.ask("thread backtrace");
  t.regex(trace, /#0: .*`measure\(shape=.*\n.*#1: .*`shapes at .*\n.*#2: .*`main\(argc=2, /);
  await lldb.ask("breakpoint delete --force");
  await lldb.endsWell(t, command);
  t.regex(command.text, /^triangle: 6$/m);
});

lldbTest("lldb steps over, into and out of a function", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "shapes");
  await lldb.ask("breakpoint set --name shapes");
  await lldb.go("continue");
  t.regex(await lldb.go("next"), /^-> \d+\s+int twice = measure\(&triangle\);$/m);
  t.regex(await lldb.go("step"), /stop reason = step in\n.*`measure\(shape=0x[0-9a-f]+\) at/);
  t.regex(await lldb.go("next"), /^-> \d+\s+for \(int i = 0; i < 3; i\+\+\) \{$/m);
  t.regex(await lldb.go("finish"), /stop reason = step out\nReturn value: \(int\) \$0 = 12\n/);
  t.regex(await lldb.go("next"), /^-> \d+\s+printf/m);
  t.regex(await lldb.ask("print twice"), /= 12\n/);
  t.regex(await lldb.go("next"), /^-> \d+\s+return 0;$/m);
  t.regex(await lldb.go("stepi"), /stop reason = instruction step into\n/);
  await lldb.endsWell(t, command);
});

lldbTest("lldb changes a variable, and the program goes on with it", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "shapes");
  await lldb.ask(`breakpoint set --file session.c --line ${line('printf("%s: %d')}`);
  await lldb.go("continue");
  t.regex(await lldb.ask("expression twice = 84"), /= 84\n/);
  await lldb.endsWell(t, command);
  t.regex(command.text, /^triangle: 42$/m);
});

lldbTest("lldb says of thread-local variables that it does not find them", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "locals");
  await lldb.ask("breakpoint set --name has_painted --one-shot true");
  await lldb.go("continue");
  t.regex(await lldb.ask("print painted"), /No TLS data currently exists for this thread/);
  await lldb.endsWell(t, command);
  t.regex(command.text, /^8 in r$\n^100 in b$/m);
});

lldbTest("lldb watches a variable", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "shapes");
  await lldb.ask("breakpoint set --name measure");
  await lldb.go("continue");
  const watching = await lldb.ask("watchpoint set variable corners_seen");
  if (/error: /.test(watching)) {
    t.log("Linux lends no debug registers here: lldb cannot watch.");
  } else {
    for (const value of [0, 1, 2]) {
      const change = await lldb.go("continue");
      t.regex(change, new RegExp(`old value: ${value}\nnew value: ${value + 1}\n`));
    }
    await lldb.ask("watchpoint delete --force");
  }
  await lldb.endsWell(t, command);
});

lldbTest("lldb shows threads by their names, each with where it is", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "threads");
  await lldb.ask("breakpoint set --name all_are_here");
  await lldb.go("continue");
  const threads = await lldb.ask("thread list");
  t.regex(threads, /\* thread #1: .*all_are_here\(threads=3\) .*name = 'initial-thread'/);
  t.regex(threads, /  thread #\d: .*name = 'painter'/);
  t.regex(threads, /  thread #\d: .*name = 'writer'/);
  // Out of a call of the kernel's it finds no way: it cannot read the vDSO's file.
  t.is(threads.match(/ stable, name = /g)?.length, 2, threads);
  t.regex(await lldb.go("finish"), /stop reason = step out\n.*`threads at/);
  await lldb.endsWell(t, command);
});

lldbTest(
  "lldb stops at a null dereference, and what nobody handles ends the program",
  async (t) => {
    const [lldb, command] = await inSession(t, Lldb, "null");
    t.regex(await lldb.go("continue"), /stop reason = .*\n.*`third\(list=0x[0-9a-f]+\) at /);
    t.regex(await lldb.ask("print *list"), /value = 1\n +next = 0x[0-9a-f]+\n/);
    t.regex(await lldb.ask("print list->next->next"), /= (0x0+|NULL)\n/);
    t.regex(
      await lldb.ask("thread backtrace"),
      /#0: .*`third\(.*\n.*#1: .*`null at .*\n.*#2: .*`main\(/,
    );
    t.regex(await lldb.go("continue"), /^Process \d+ exited with status = /m);
    await lldb.quit();
    t.is(await command.ended, 139);
    t.regex(command.text, /crashed: FATAL_PAGE_FAULT in session\/initial-thread/);
  },
);

lldbTest("lldb has the symbols of a library once it is opened", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "plugin", {
    options: ["--lib", programs().directory],
  });
  t.regex(await lldb.ask("breakpoint set --name plugin_answer"), /no locations \(pending\)/);
  t.regex(await lldb.go("continue"), /libplugin\.so`plugin_answer\(factor=6\) at plugin\.c/);
  t.regex(await lldb.ask("image list"), /libplugin\.so/);
  const trace = await lldb.ask("thread backtrace");
  t.regex(trace, /#0: .*\n.*#1: .*`plugin at .*\n.*#2: .*`main\(/);
  t.regex(await lldb.go("finish"), /Return value: \(int\) \$0 = 42\n/);
  await lldb.endsWell(t, command);
});

lldbTest("lldb interrupts a thread that spins", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "spin");
  const stopped = lldb.go("continue");
  await command.until(/^spinning$/m);
  await lldb.interrupt();
  t.regex(await stopped, /stop reason = signal SIG(?:INT|STOP)\n.*`spin at session\.c/);
  t.regex(await lldb.ask("print turns > 0"), /= true\n/);
  await lldb.ask("expression enough = 1");
  await lldb.endsWell(t, command);
  t.regex(command.text, /^enough$/m);
});

lldbTest("a program that lldb detaches from goes on without breakpoints", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "shapes");
  await lldb.ask("breakpoint set --name measure");
  await lldb.go("continue");
  await lldb.ask(`breakpoint set --file session.c --line ${line("return sum")}`);
  t.regex(await lldb.go("detach"), /^Process \d+ detached$/m);
  t.is(await command.ended, 0);
  t.regex(command.text, /^triangle: 6$/m);
  await lldb.quit();
});

lldbTest("lldb attaches to a program that runs", async (t) => {
  const options = { when: "on-demand" } as const;
  const { command, socket } = await waitForDebugger(t, programs().session, ["spin"], options);
  await command.until(/^spinning$/m);
  const lldb = new Lldb(t, programs().session);
  t.regex(await lldb.connect(socket), /session`spin at session\.c/);
  await lldb.ask("expression enough = 1");
  await lldb.endsWell(t, command);
});

lldbTest("lldb comes to a program that has crashed", async (t) => {
  const options = { when: "on-crash" } as const;
  const { command, socket } = await waitForDebugger(t, programs().session, ["null"], options);
  const lldb = new Lldb(t, programs().session);
  t.regex(await lldb.connect(socket), /stop reason = .*\n.*session`third\(list=0x[0-9a-f]+\) at /);
  await lldb.go("process kill");
  await lldb.quit();
  t.is(await command.ended, 137);
});

lldbTest("lldb comes to what a program launches at a place of its own", async (t) => {
  const options = ["--gdb-follow", "--ns", `/pkg=${programs().directory}`];
  const program = programs().session;
  const { command, socket } = await waitForDebugger(t, program, ["spawn"], { options });
  const first = new Lldb(t, program);
  await first.connect(socket);
  const launched = await first.go("continue");
  const [, place] = /process \d+, .*session, begins: .* to (\S+) with another/.exec(launched) ?? [];
  t.truthy(place, launched);
  const second = new Lldb(t, program);
  t.regex(await second.connect(place!), /session`_start/);
  await second.ask("breakpoint set --name measure");
  const ended = first.go("continue");
  t.regex(await second.go("continue"), /session`measure\(shape=/);
  await second.ask("breakpoint delete --force");
  t.regex(await second.go("continue"), /^Process \d+ exited with status = 0 /m);
  await second.quit();
  t.regex(await ended, /^Process \d+ exited with status = 0 /m);
  await first.quit();
  t.is(await command.ended, 0);
  t.regex(command.text, /^triangle: 6$/m);
  t.false(existsSync(place!));
});

lldbTest("lldb kills a program", async (t) => {
  const [lldb, command] = await inSession(t, Lldb, "spin");
  await lldb.ask("breakpoint set --name spin");
  await lldb.go("continue");
  t.regex(await lldb.go("process kill"), /^Process \d+ exited with status = 9 /m);
  t.is(await command.ended, 137);
  await lldb.quit();
});

lldbTest("lldb debugs a program without a C library", async (t) => {
  const { command, socket } = await waitForDebugger(t, programs().freestanding);
  const lldb = new Lldb(t, programs().freestanding);
  await lldb.connect(socket);
  await lldb.ask("breakpoint set --name deposit");
  t.regex(await lldb.go("continue"), /`deposit\(account=0x[0-9a-f]+, amount=1\) at /);
  t.regex(await lldb.ask("print *account"), /balance = 100,? *\n? *owner = .*"Ada"/);
  t.regex(await lldb.go("finish"), /Return value: \(int\) \$1 = 101\n/);
  t.regex(await lldb.go("continue"), /`deposit\(account=0x[0-9a-f]+, amount=2\) at /);
  t.regex(
    await lldb.ask("thread backtrace"),
    /#0: .*`deposit\(.*\n.*#1: .*`_start\(bootstrap=\d+\) at /,
  );
  await lldb.ask("breakpoint delete --force");
  await lldb.endsWell(t, command);
});

rustTest(
  lldbTest,
  "lldb catches a panic of a Rust test, and goes back through std",
  async (t, tests) => {
    const { command, socket } = await waitForDebugger(t, tests, ["--test-threads=1", "refuses"]);
    const lldb = new Lldb(t, tests);
    await lldb.connect(socket);
    await lldb.ask("breakpoint set --name debugged::withdraw");
    t.regex(
      await lldb.go("continue"),
      /`debugged::withdraw[^\n]*\(account=0x[0-9a-f]+, amount=300\)/,
    );
    t.regex(await lldb.ask("frame variable account->balance"), /= 100\n/);
    await lldb.ask("breakpoint set --name rust_panic");
    t.regex(await lldb.go("continue"), /stop reason = breakpoint 2\.1\n.*rust_panic/);
    const trace = await lldb.ask("thread backtrace");
    t.regex(trace, /`std::panicking::[^]*`debugged::withdraw[^]*`debugged::refuses/);
    t.regex(trace, /`test::[^]*`std::/);
    await lldb.ask("breakpoint delete --force");
    await lldb.endsWell(t, command);
    t.regex(command.text, /test result: ok\. 1 passed/);
  },
);
