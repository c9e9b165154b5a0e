/**
 * Runs a program from a package, by its URL: `node --import=tsx examples/resolve.ts`
 */
import { readFile } from "node:fs/promises";

import { HandleInfo, HandleType, Kernel, ProcessBuilder, Resolver, ResolverProxy } from "zirconia";

await using kernel = new Kernel();
const resolver = new Resolver(kernel, {
  packages: {
    hello: {
      "bin/hello": await readFile("guest/out/hello_dynamic"),
      "lib/ld.so.1": await readFile("guest/out/lib/ld.so.1"),
      "lib/libguest.so": await readFile("guest/out/lib/libguest.so"),
    },
  },
});

using client = new ResolverProxy(resolver.connect());
const { executable, ldsvc } = await client.resolve("fuchsia-pkg://fuchsia.com/hello#bin/hello");
if (executable === undefined || ldsvc === undefined) {
  throw new Error("The package has no libraries");
}

const [output, stdout] = kernel.createSocket();
const built = await new ProcessBuilder({ name: "hello", job: kernel.rootJob, executable })
  .setLoaderService(ldsvc)
  .addArguments(["hello"])
  .addHandles([{ handle: stdout, info: new HandleInfo(HandleType.FileDescriptor, 1) }])
  .build();
const { returnCode } = await built.start().exited();
console.log(Buffer.from(output.read()).toString());
console.log(`It returned ${returnCode}.`);
