/**
 * Looks at a process before it runs, as a debugger does:
 * `node --import=tsx examples/launch-suspended.ts`
 */
import { Kernel, Launcher, LauncherProxy } from "zirconia";

await using kernel = new Kernel();
const launcher = new Launcher(kernel);

using client = new LauncherProxy(launcher.connect());
const created = await client.addArgs(["hello"]).createWithoutStarting({
  name: "hello",
  job: kernel.rootJob,
  executable: await kernel.vmoFromFile("guest/out/hello"),
});

const hex = (value: bigint) => `0x${value.toString(16)}`;
console.log(`started: ${created.process.info().started}`);
console.log(`entry point: ${hex(created.entry - created.base)} into the executable`);
const code = created.process.readMemory(created.entry, 4);
console.log(`its first instruction: ${Buffer.from(code).toString("hex")}`);
const names = created.process.mapsInfo().map(({ name }) => name);
console.log(`memory: ${[...new Set(names)].join(", ")}`);

const process = created.start();
console.log(`started: ${process.info().started}`);
console.log(`It returned ${(await process.exited()).returnCode}.`);
