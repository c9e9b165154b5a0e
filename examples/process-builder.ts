/**
 * The example of Fuchsia's process_builder: `node --import=tsx examples/process-builder.ts`
 */
import { HandleInfo, HandleType, Kernel, LoaderService, ProcessBuilder } from "zirconia";
import { HostDirectory } from "zirconia/vfs";

await using kernel = new Kernel();

const processName = "my_process";
const job = kernel.rootJob;
const executable = await kernel.vmoFromFile("guest/out/hello_dynamic");
const pkgDirectory = new HostDirectory("guest/out").connect(kernel);
const [, outDirectory] = kernel.createChannel();
const otherHandle = kernel.createEvent();

const builder = new ProcessBuilder({ name: processName, job, executable });
builder.addArguments([processName, "arg0"]);
builder.addNamespaceEntries([{ path: "/pkg", directory: pkgDirectory }]);
builder.addHandles([
  { handle: outDirectory, info: new HandleInfo(HandleType.DirectoryRequest, 0) },
  { handle: otherHandle, info: new HandleInfo(HandleType.User0, 1) },
]);

// What a component's runner adds: libraries, and somewhere to write to.
const libraries = new LoaderService(kernel, { directories: ["guest/out/lib"] });
const [output, stdout] = kernel.createSocket();
builder.setLoaderService(libraries.connect());
builder.addHandles([{ handle: stdout, info: new HandleInfo(HandleType.FileDescriptor, 1) }]);

const builtProcess = await builder.build();
const process = builtProcess.start();

const { returnCode } = await process.exited();
console.log(Buffer.from(output.read()).toString());
console.log(`It returned ${returnCode}.`);
