import { type Kernel, Launcher, LauncherProxy } from "../index.js";
import { builderFor } from "./calls.js";
import { guest } from "./paths.js";
import { inTurns, type Measurement } from "./sample.js";

/** What it costs to have a process built by another. Nothing runs. */
export async function launch(kernel: Kernel): Promise<Measurement> {
  const executable = await kernel.vmoFromFile(guest("hello"));
  using launcher = new Launcher(kernel);
  using client = new LauncherProxy(launcher.connect());
  const args = ["hello", "world"];
  return await inTurns(
    500,
    [
      "CreateWithoutStarting of hello, AddArgs and all, from JavaScript",
      async () => {
        const info = { name: "bench", job: kernel.rootJob, executable: executable.duplicate() };
        const created = await client.addArgs(args).createWithoutStarting(info);
        created.dispose();
      },
    ],
    [
      "build()",
      async () => {
        const built = await builderFor(kernel, executable).addArguments(args).build();
        built.dispose();
      },
    ],
  );
}
