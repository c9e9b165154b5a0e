import {
  HandleInfo,
  HandleType,
  Kernel,
  Launcher,
  LauncherProxy,
  LoaderService,
} from "../index.js";
import { guestBytes, nativeTest } from "./support/native.js";

const decoder = new TextDecoder();

function libraries(): Record<string, Uint8Array> {
  return Object.fromEntries(
    ["ld.so.1", "libguest.so"].map((name) => [name, guestBytes(`lib/${name}`)]),
  );
}

nativeTest("a dynamic program is launched over a bare channel", async (t) => {
  await using kernel = new Kernel();
  using launcher = new Launcher(kernel);
  using loader = new LoaderService(kernel, { objects: libraries() });
  using proxy = new LauncherProxy(launcher.connect());
  const [output, standardOutput] = kernel.createSocket();
  const process = await proxy
    .addArgs(["hello_dynamic", Uint8Array.of(0xff, 0x61)])
    .addEnvirons(["KEY=value"])
    .addHandles([
      { handle: loader.connect(), info: new HandleInfo(HandleType.LdsvcLoader) },
      { handle: standardOutput, info: new HandleInfo(HandleType.FileDescriptor, 1) },
    ])
    .launch({
      name: "hello",
      job: kernel.rootJob,
      executable: kernel.vmoFromBytes(guestBytes("hello_dynamic"), { name: "hello_dynamic" }),
    });
  t.is((await process.exited()).returnCode, 0n);
  const lines = decoder.decode(output.read(65_536)).split("\n");
  t.deepEqual(lines.slice(0, 4), [
    "Hello from hello_dynamic",
    "arg 0: hello_dynamic",
    "arg 1: \u{fffd}a",
    "env: KEY=value",
  ]);
});
