/**
 * A process that may not create processes, and asks for one: `node --import=tsx examples/sandbox.ts`
 */
import {
  Kernel,
  Launcher,
  LauncherProxy,
  ProcessBuilder,
  ProcessBuilderError,
  ProcessContext,
} from "zirconia";

await using kernel = new Kernel();
const launcher = new Launcher(kernel);

const sandbox = kernel.rootJob.createJob();
sandbox.setPolicy("absolute", [{ condition: "NewProcess", action: "deny" }]);
using context = new ProcessContext(kernel, { job: sandbox, name: "confined" });
const job = sandbox.duplicate().transferTo(context);

try {
  const executable = await context.vmoFromFile("guest/out/hello");
  using builder = new ProcessBuilder({ name: "hello", job, executable });
  await builder.build();
} catch (error) {
  if (!(error instanceof ProcessBuilderError)) throw error;
  console.log(`By itself: ${error.message}`);
}

using client = new LauncherProxy(launcher.connect(context));
const process = await client.addArgs(["hello"]).launch({
  name: "hello",
  job,
  executable: await context.vmoFromFile("guest/out/hello"),
});
console.log(`By the Launcher: it returned ${(await process.exited()).returnCode}.`);
