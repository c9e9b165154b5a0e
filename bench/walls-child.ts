/** Answers each line of standard input with the nanoseconds that a launch of this kind took. */
import { createInterface } from "node:readline";

import { Kernel } from "../index.js";
import { builderFor } from "./calls.js";
import { guest } from "./paths.js";

async function launch(kernel: Kernel): Promise<void> {
  const executable = await kernel.vmoFromFile(guest("hello"));
  const built = await builderFor(kernel, executable).addArguments(["hello"]).build();
  const process = built.start();
  await process.exited();
  process.close();
  executable.close();
}

const kernel = new Kernel();
const kinds: Record<string, () => Promise<void>> = {
  next: () => launch(kernel),
  first: async () => {
    await using other = new Kernel();
    await launch(other);
  },
};
for await (const kind of createInterface(process.stdin)) {
  const start = process.hrtime.bigint();
  await kinds[kind]!();
  console.log(Number(process.hrtime.bigint() - start));
}
kernel.dispose();
