/**
 * Medians, and ratios to what stands beside them in the same run. Prints; asserts nothing.
 * `npm run bench`
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HandleInfo, HandleType, Kernel, type Vmo } from "../index.js";
import { builderFor, calls } from "./calls.js";
import { check } from "./check.js";
import { guest, root } from "./paths.js";
import { inTurns, type Measurement, print } from "./sample.js";

/** What the Rust benches print. */
function core(): Measurement[] {
  const out = execFileSync("cargo", ["run", "--release", "--quiet", "-p", "benches"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = out.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Measurement);
}

/** A program's life from nothing to its end, with its output. */
async function launch(kernel: Kernel, executable: Vmo, args: string[]): Promise<string> {
  const builder = builderFor(kernel, executable);
  const [output, theirs] = kernel.createSocket();
  builder.addArguments(args);
  builder.addHandles([{ handle: theirs, info: new HandleInfo(HandleType.FileDescriptor, 1) }]);
  const built = await builder.build();
  const guestProcess = built.start();
  await guestProcess.exited();
  const text = Buffer.from(output.read()).toString();
  output.close();
  guestProcess.close();
  return text;
}

async function native(kernel: Kernel, pipe: Measurement | undefined): Promise<Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    const linuxHello = join(directory, "hello");
    execFileSync("cc", ["-O2", "-static", "-nostdlib", "-o", linuxHello, "linux-hello.c"], {
      cwd: join(root, "bench"),
    });
    const hello = await kernel.vmoFromFile(guest("hello"));
    const bench = await kernel.vmoFromFile(guest("syscall_bench"));
    const life = await inTurns(
      300,
      ["hello from creation to exit", () => launch(kernel, hello, ["hello"])],
      [
        "child_process.spawn of a static Linux hello",
        async () => {
          const child = spawn(linuxHello, { stdio: ["ignore", "pipe", "ignore"] });
          child.stdout.resume();
          await once(child, "close");
        },
      ],
    );
    const call = /median_ns=(\d+)/.exec(await launch(kernel, bench, ["syscall_bench"]))?.[1];
    const ns = Number(call);
    return [
      life,
      pipe === undefined
        ? { name: "no-op call", ns }
        : { name: "no-op call", ns, beside: pipe.name, besideNs: pipe.ns },
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

const rust = core();
rust.forEach(print);
(await check()).forEach(print);
{
  await using kernel = new Kernel({ machine: "null" });
  (await calls(kernel)).forEach(print);
}
{
  await using kernel = new Kernel();
  if (kernel.machine === "native") {
    const pipe = rust.find(({ name }) => name.startsWith("pipe"));
    (await native(kernel, pipe)).forEach(print);
  } else {
    console.log("Programs cannot run here: `zirconia doctor` says why.");
  }
}
