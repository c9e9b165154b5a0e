import test from "ava";

import { Resource, Rights, run, RunError } from "../index.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

const PROFILES = 10n;
const VMEX = 1n;

test("the embedder hands out whole kinds, of which parts are made", (t) => {
  const kernel = nullKernel(t);
  const mmio = kernel.createResource("mmio");
  t.deepEqual(
    { ...mmio.info() },
    { kind: "mmio", exclusive: false, base: 0n, size: 0n, name: "mmio" },
  );
  const options = {
    kind: "mmio",
    base: 4096n,
    size: 8192n,
    exclusive: true,
    name: "uart",
  } as const;
  const part = mmio.createResource(options);
  t.deepEqual({ ...part.info() }, { ...options });
  throwsStatus(t, "NOT_FOUND", () => mmio.createResource({ kind: "mmio", base: 8192n, size: 1n }));
  throwsStatus(t, "ACCESS_DENIED", () =>
    part.createResource({ kind: "irq", base: 4096n, size: 1n }),
  );
  throwsStatus(t, "INVALID_ARGS", () =>
    part.createResource({ kind: "mmio", base: 4096n, size: 1n }),
  );
  part.close();
  t.true(mmio.createResource({ kind: "mmio", base: 8192n, size: 1n }) instanceof Resource);
  t.throws(() => kernel.createResource("disk" as never), { code: "ERR_INVALID_ARG_VALUE" });
});

test("a resource makes VMOs executable where policy does not", (t) => {
  const kernel = nullKernel(t);
  const system = kernel.createResource("system");
  const vmex = system.createResource({ kind: "system", base: VMEX, size: 1n });
  t.not(kernel.createVmo(1n).replaceAsExecutable(vmex).rights & Rights.EXECUTE, 0);
  const other = system.createResource({ kind: "system", base: PROFILES, size: 1n });
  const vmo = kernel.createVmo(1n);
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.replaceAsExecutable(other));
  t.false(vmo.isValid);
});

test("profiles are made by a resource, and show in threads", (t) => {
  const kernel = nullKernel(t);
  const root = kernel.createResource();
  const { process, rootVmar } = kernel.rootJob.createProcess("p");
  const thread = process.createThread("t");
  thread.setProfile(root.createProfile({ priority: 31, cpuMask: 1n }));
  rootVmar.setProfile(root.createProfile({ memoryPriority: 24 }));
  const deadline = { capacity: 1n, relativeDeadline: 2n, period: 3n };
  thread.setProfile(root.createProfile({ deadline }));
  throwsStatus(t, "INVALID_ARGS", () => root.createProfile({ priority: 32 }));
  throwsStatus(t, "INVALID_ARGS", () => root.createProfile({}));
  throwsStatus(t, "ACCESS_DENIED", () =>
    kernel.createResource("irq").createProfile({ priority: 1 }),
  );
  t.throws(() => root.createProfile({ priority: 1, memoryPriority: 16 }), {
    code: "ERR_INCOMPATIBLE_OPTION_PAIR",
  });
});

test("events of the system are the root job's", async (t) => {
  const kernel = nullKernel(t);
  const normal = kernel.rootJob.systemEvent("normal");
  t.is(await normal.waitOne(8), 8);
  throwsStatus(t, "ACCESS_DENIED", () => normal.signal(0, 8));
  throwsStatus(t, "ACCESS_DENIED", () => kernel.rootJob.createJob().systemEvent("normal"));
});

nativeTest("a privileged program has the root job and the root resource", async (t) => {
  for (const abi of ["2020", "2026"] as const) {
    const { stdout } = await run(guest("probe"), ["--privileged"], { abi, privileged: true });
    t.is(stdout, "privileged: ok\n", abi);
  }
  const error = await t.throwsAsync(run(guest("probe"), ["--privileged"]), {
    instanceOf: RunError,
  });
  t.is(error?.stderr, "probe: --privileged: NOT_FOUND\n");
});
