import test from "ava";

import { Launcher, type LaunchFailure, LoaderService, Signals } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { LaunchState } from "../lib/launcher/launch-state.js";
import { dynamicPie, staticPie } from "./support/elf-file.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";
import { channelsFor, connectLauncher, launchInfo, namesAt, statusOf } from "./support/launcher.js";

test("what a client may add is limited, and more than that fails its next launch only", async (t) => {
  const limits = { bytes: 8, handles: 2, entries: 3 };
  const client = connectLauncher(t, { limits });
  const { kernel, proxy, records } = client;
  const before = kernel.stats();
  const status = () => statusOf(proxy.createWithoutStarting(launchInfo(kernel)));
  const handles = (count: number) =>
    Array.from({ length: count }, () => ({ handle: kernel.createEvent(), info: info("User0") }));
  const within: (() => unknown)[] = [
    () => proxy.addArgs(["abc"]).addEnvirons(["abc"]),
    () => proxy.addArgs(["", ""]).addEnvirons([""]),
    () => proxy.addHandles(handles(2)),
    () => proxy.addHandles(handles(1)).addNames(namesAt(kernel, ["/123456"])),
  ];
  const beyond: (() => unknown)[] = [
    () => proxy.addArgs(["abc"]).addEnvirons(["abcd"]),
    () => proxy.addArgs(["", ""]).addEnvirons(["", ""]),
    () => proxy.addHandles(handles(2)).addNames(namesAt(kernel, ["/"])),
    () => proxy.addHandles(handles(1)).addNames(namesAt(kernel, ["/1234567"])),
    () => proxy.addArgs(["123456789"]).addArgs(["a"]),
  ];
  for (const add of within) {
    add();
    t.is(await status(), "ZX_OK");
  }
  for (const add of beyond) {
    add();
    t.is(await status(), "ZX_ERR_INVALID_ARGS");
    t.is(
      (records.pop() as LaunchFailure).error.message,
      "Invalid arg: More was added than the Launcher keeps",
    );
    t.is(await status(), "ZX_OK");
  }
  t.deepEqual(kernel.stats(), before);
});

test("handles beyond the limit are closed at once", async (t) => {
  const { kernel, launcher } = connectLauncher(t, { limits: { handles: 1 } });
  const { ours, theirs } = channelsFor(kernel, 3);
  using client = new fidl.Client(fidl.process.Launcher, launcher.connect());
  client.proxy.addHandles({ handles: [{ handle: ours[0]!, id: 0xf0 }] });
  client.proxy.addNames({ names: [{ path: "/a", directory: ours[1]! }] });
  client.proxy.addHandles({ handles: [{ handle: ours[2]!, id: 0xf0 }] });
  await Promise.all(theirs.map((channel) => channel.waitOne(Signals.PEER_CLOSED)));
  t.pass();
});

test("a launch holds what a bootstrap message holds: 64 handles and 65,536 bytes", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  using libraries = new LoaderService(kernel, { load: () => staticPie() });
  const create = (kind: "static" | "dynamic", handles: number, args: string[] = []) => {
    const startup = Array.from({ length: handles }, () => ({
      handle: kernel.createEvent(),
      info: info("User0"),
    }));
    const loader = { handle: libraries.connect(), info: info("LdsvcLoader") };
    const bytes = kind === "static" ? staticPie() : dynamicPie("ld.so.1\0");
    const executable = kernel.vmoFromBytes(bytes);
    return statusOf(
      proxy
        .addArgs(args)
        .addHandles([loader, ...startup])
        .createWithoutStarting(launchInfo(kernel, { executable })),
    );
  };
  // What is its own: three handles of the process, its VMAR if it is static, vDSO and stack.
  for (const [kind, own] of [
    ["static", 6],
    ["dynamic", 5],
  ] as const) {
    t.is(await create(kind, 64 - own), "ZX_OK");
    t.is(await create(kind, 65 - own), "ZX_ERR_INVALID_ARGS");
    // The first argument goes to the linker, too, in a message of its own.
    const argument = 65_536 - 36 - own * 4 - 1 - 1;
    t.is(await create(kind, 0, ["", "a".repeat(argument)]), "ZX_OK");
    t.is(await create(kind, 0, ["", "a".repeat(argument + 1)]), "ZX_ERR_INVALID_ARGS");
  }
});

test("nothing is kept for a launch that will fail", (t) => {
  const kernel = nullKernel(t);
  const state = new LaunchState({ bytes: 4, handles: 1, entries: 3 });
  const add = () => {
    state.addArgs([new Uint8Array(1)]);
    state.addEnvirons([new Uint8Array(1)]);
    state.addHandles([{ handle: kernel.createEvent(), id: 0xf0 }]);
  };
  const { args, environ, names, handles } = state;
  const kept = () => [args, environ, names, handles].map(({ length }) => length);
  add();
  t.false(state.exceeded);
  t.deepEqual(kept(), [1, 1, 0, 1]);
  for (let times = 0; times < 2; times++) {
    add();
    t.true(state.exceeded);
    t.deepEqual(kept(), [0, 0, 0, 0]);
    t.is(kernel.stats().types.Event, undefined);
  }
});

test("limits are checked", (t) => {
  const kernel = nullKernel(t);
  for (const limits of [{ bytes: -1 }, { handles: 0.5 }, { entries: 2 ** 53 }]) {
    t.throws(() => new Launcher(kernel, { limits }), { code: "ERR_OUT_OF_RANGE" });
  }
  t.throws(() => new Launcher(kernel, { limits: { words: 1 } as never }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  t.throws(() => new Launcher(kernel, { logger: 1 as never }), { code: "ERR_INVALID_ARG_TYPE" });
});
