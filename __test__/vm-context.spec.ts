import { fileURLToPath } from "node:url";

import { nativeTest } from "./support/native.js";
import { runNode } from "./support/node.js";

const LOADER = fileURLToPath(new URL("support/vm-context.mjs", import.meta.url));

/** What comes of using the package in a context some of whose globals are Node's. */
async function usedIn(...ofNode: string[]): Promise<unknown> {
  const flags = ["--experimental-vm-modules", "--no-warnings"];
  const { stdout, stderr } = await runNode([...flags, LOADER, ...ofNode]);
  if (stdout === "") throw new Error(stderr);
  const { symbol: _, ...used } = JSON.parse(stdout) as Record<string, unknown>;
  return used;
}

const ALL_WELL = {
  entry: "bigint",
  missing: "ENOENT",
  ok: true,
  plan: true,
  exitCode: 0,
  said: true,
};

nativeTest("the package works in a context of node:vm, which has no Symbol.dispose", async (t) => {
  t.deepEqual(await usedIn(), ALL_WELL);
});

nativeTest("it works where some classes are Node's and others the context's", async (t) => {
  const shared = ["Uint8Array", "ArrayBuffer", "Error", "Promise", "Object"];
  t.deepEqual(await usedIn(...shared), ALL_WELL);
});
