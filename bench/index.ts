/**
 * Medians, and ratios to what stands beside them in the same run. Prints; asserts nothing.
 * `npm run bench`
 */
import { execFileSync } from "node:child_process";

import { Kernel } from "../index.js";
import { calls } from "./calls.js";
import { check } from "./check.js";
import { debug } from "./debug.js";
import { exceptions } from "./exceptions.js";
import { fidl } from "./fidl.js";
import { launch } from "./launch.js";
import { native } from "./native.js";
import { root } from "./paths.js";
import { type Measurement, print } from "./sample.js";
import { spawned } from "./spawn.js";
import { startup } from "./startup.js";
import { walls } from "./walls.js";

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

core().forEach(print);
startup().forEach(print);
(await check()).forEach(print);
{
  await using kernel = new Kernel({ machine: "null" });
  (await calls(kernel)).forEach(print);
  (await fidl(kernel)).forEach(print);
  print(await launch(kernel));
}
{
  await using kernel = new Kernel();
  if (kernel.machine === "native") {
    (await native(kernel)).forEach(print);
    (await spawned(kernel)).forEach(print);
    print(await exceptions(kernel));
    (await debug()).forEach(print);
    (await walls()).forEach(print);
  } else {
    console.log("Programs cannot run here: `zirconia doctor` says why.");
  }
}
