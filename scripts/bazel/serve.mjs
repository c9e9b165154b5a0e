// Remote execution on this computer to try the rules with: BuildGrid and two bots, until it is
// interrupted. Prints what a .bazelrc has to say for it.
//
//   node scripts/bazel/serve.mjs > remote.bazelrc
import { once } from "node:events";

import { interruption } from "../run.mjs";
import { requireBuildGrid, startBuildGrid } from "./buildgrid.mjs";

requireBuildGrid();
const signal = interruption();
const grid = await startBuildGrid();
try {
  await grid.startBot("bot0");
  await grid.startBot("bot1");
  console.log(grid.flags.map((flag) => `build ${flag}`).join("\n"));
  // A listener alone would not keep the process.
  const alive = setInterval(() => {}, 1_000_000);
  if (!signal.aborted) await once(signal, "abort");
  clearInterval(alive);
} finally {
  await grid.stop();
}
