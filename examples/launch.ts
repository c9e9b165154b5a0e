/**
 * Launches a program through fuchsia.process.Launcher: `node --import=tsx examples/launch.ts`
 */
import { HandleInfo, HandleType, Kernel, Launcher, LauncherProxy, LoaderService } from "zirconia";

await using kernel = new Kernel();
const libraries = new LoaderService(kernel, { directories: ["guest/out/lib"] });
const launcher = new Launcher(kernel, {
  logger: ({ level, message }) => console.error(`${level}: ${message}`),
});

using client = new LauncherProxy(launcher.connect());
const [output, stdout] = kernel.createSocket();
const process = await client
  .addArgs(["hello", "world"])
  .addEnvirons(["PLANET=Fuchsia"])
  .addHandles([
    { handle: libraries.connect(), info: new HandleInfo(HandleType.LdsvcLoader) },
    { handle: stdout, info: new HandleInfo(HandleType.FileDescriptor, 1) },
  ])
  .launch({
    name: "hello",
    job: kernel.rootJob,
    executable: await kernel.vmoFromFile("guest/out/hello_dynamic"),
  });

const { returnCode } = await process.exited();
console.log(Buffer.from(output.read()).toString());
console.log(`It returned ${returnCode}.`);
