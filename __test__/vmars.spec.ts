import test, { type ExecutionContext } from "ava";

import { Rights, vmAlign, VmarOp, VmOptions, VmoOptions } from "../index.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const PAGE = 4096n;
const { PERM_READ, PERM_WRITE, PERM_EXECUTE, SPECIFIC, SPECIFIC_OVERWRITE } = VmOptions;
const { CAN_MAP_READ, CAN_MAP_RXW, CAN_MAP_SPECIFIC, CAN_MAP_WRITE, ALLOW_FAULTS } = VmOptions;
const RW = PERM_READ | PERM_WRITE;

/** The root VMAR of a new process, a VMAR of 16 pages in it that allows all, and a VMO of 4. */
function space(t: ExecutionContext) {
  const kernel = nullKernel(t);
  const { process, rootVmar } = kernel.rootJob.createProcess("space");
  const { vmar, base } = rootVmar.allocate(CAN_MAP_RXW | CAN_MAP_SPECIFIC, 0n, 16n * PAGE);
  return { kernel, process, rootVmar, vmar, base, vmo: kernel.createVmo(4n * PAGE) };
}

test("mappings go where they are asked to, and not over others", (t) => {
  const { vmar, base, vmo } = space(t);
  t.deepEqual(vmar.info(), { base, size: 16n * PAGE });
  t.is(vmar.map(RW | SPECIFIC, PAGE, vmo, 0n, PAGE), base + PAGE);
  throwsStatus(t, "ALREADY_EXISTS", () => vmar.map(RW | SPECIFIC, PAGE, vmo, 0n, PAGE));
  t.is(vmar.map(RW | SPECIFIC_OVERWRITE, PAGE, vmo, PAGE, PAGE), base + PAGE);
  t.is(vmo.info().mappings, 1);
  const last = vmar.map(RW | SPECIFIC, 15n * PAGE, vmo, 0n, PAGE);
  t.is(last, base + 15n * PAGE);
  throwsStatus(t, "INVALID_ARGS", () => vmar.map(RW | SPECIFIC, 16n * PAGE, vmo, 0n, PAGE));
});

test("an upper limit and an alignment are kept", (t) => {
  const { rootVmar, vmar, base, vmo } = space(t);
  const below = vmar.map(RW | VmOptions.OFFSET_IS_UPPER_LIMIT, 2n * PAGE, vmo, 0n, PAGE);
  t.true(below + PAGE <= base + 2n * PAGE);
  const aligned = rootVmar.map(RW | vmAlign(21), 0n, vmo, 0n, PAGE);
  t.is(aligned % (1n << 21n), 0n);
  t.is(vmAlign(32), 0x2000_0000);
  t.throws(() => vmAlign(33), { code: "ERR_OUT_OF_RANGE" });
  throwsStatus(t, "INVALID_ARGS", () => rootVmar.map(RW | vmAlign(9), 0n, vmo, 0n, PAGE));
});

test("what a VMO is decides how it can be mapped", (t) => {
  const { kernel, vmar, vmo } = space(t);
  throwsStatus(t, "BUFFER_TOO_SMALL", () => vmar.map(RW, 0n, vmo, 0n, 5n * PAGE));
  vmar.map(RW | ALLOW_FAULTS, 0n, vmo, 0n, 5n * PAGE);
  const resizable = kernel.createVmo(PAGE, VmoOptions.RESIZABLE);
  const { REQUIRE_NON_RESIZABLE, FAULT_BEYOND_STREAM_SIZE, MAP_RANGE } = VmOptions;
  const strict = RW | REQUIRE_NON_RESIZABLE;
  throwsStatus(t, "NOT_SUPPORTED", () => vmar.map(strict, 0n, resizable, 0n, PAGE));
  vmar.map(strict | MAP_RANGE, 0n, vmo, 0n, PAGE);
  const discardable = kernel.createVmo(PAGE, VmoOptions.DISCARDABLE);
  throwsStatus(t, "NOT_SUPPORTED", () => vmar.map(RW, 0n, discardable, 0n, PAGE));
  vmar.map(RW | ALLOW_FAULTS, 0n, discardable, 0n, PAGE);
  const beyond = RW | FAULT_BEYOND_STREAM_SIZE;
  throwsStatus(t, "INVALID_ARGS", () => vmar.map(beyond, 0n, vmo, 0n, PAGE));
  vmar.map(beyond | ALLOW_FAULTS, 0n, vmo, 0n, PAGE);
});

test("permissions need the rights of VMAR and VMO", (t) => {
  const { rootVmar, vmar, vmo } = space(t);
  throwsStatus(t, "INVALID_ARGS", () => vmar.map(PERM_WRITE, 0n, vmo, 0n, PAGE));
  throwsStatus(t, "ACCESS_DENIED", () => vmar.map(PERM_READ | PERM_EXECUTE, 0n, vmo, 0n, PAGE));
  const executable = vmo.duplicate().replaceAsExecutable();
  const xom = PERM_EXECUTE | VmOptions.PERM_READ_IF_XOM_UNSUPPORTED;
  vmar.map(xom, 0n, executable, 0n, PAGE);
  const readable = rootVmar.allocate(CAN_MAP_READ, 0n, PAGE).vmar;
  throwsStatus(t, "ACCESS_DENIED", () => readable.map(RW, 0n, vmo, 0n, PAGE));
  throwsStatus(t, "ACCESS_DENIED", () => readable.map(PERM_READ | SPECIFIC, 0n, vmo, 0n, PAGE));
  const unmappable = vmo.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => vmar.map(PERM_READ, 0n, unmappable, 0n, PAGE));
});

test("VMARs lie within VMARs and allow no more than they do", (t) => {
  const { vmar, base } = space(t);
  const child = vmar.allocate(CAN_MAP_READ | SPECIFIC, 4n * PAGE, 2n * PAGE);
  t.is(child.base, base + 4n * PAGE);
  throwsStatus(t, "ACCESS_DENIED", () => child.vmar.allocate(CAN_MAP_WRITE, 0n, PAGE));
  throwsStatus(t, "ALREADY_EXISTS", () => vmar.allocate(SPECIFIC, 5n * PAGE, PAGE));
  throwsStatus(t, "INVALID_ARGS", () => vmar.allocate(PERM_READ, 0n, PAGE));
  throwsStatus(t, "INVALID_ARGS", () => vmar.allocate(0, 0n, 1n));
  throwsStatus(t, "INVALID_ARGS", () => vmar.allocate(0, 0n, 0n));
  throwsStatus(t, "NO_RESOURCES", () => vmar.allocate(0, 0n, 16n * PAGE));
  vmar.allocate(VmOptions.COMPACT, 0n, PAGE);
  child.vmar.destroy();
  throwsStatus(t, "BAD_STATE", () => child.vmar.destroy());
  throwsStatus(t, "BAD_STATE", () => child.vmar.allocate(0, 0n, PAGE));
});

test("unmapping and protecting reach what they may", (t) => {
  const { vmar, base, vmo } = space(t);
  const child = vmar.allocate(CAN_MAP_RXW | SPECIFIC | CAN_MAP_SPECIFIC, 0n, 2n * PAGE).vmar;
  child.map(RW | SPECIFIC, 0n, vmo, 0n, 2n * PAGE);
  vmar.map(RW | SPECIFIC, 2n * PAGE, vmo, 0n, PAGE);
  vmar.protect(PERM_READ, base, 3n * PAGE);
  throwsStatus(t, "ACCESS_DENIED", () => vmar.protect(RW, base, 2n * PAGE));
  child.protect(RW, base, 2n * PAGE);
  throwsStatus(t, "NOT_FOUND", () => vmar.protect(PERM_READ, base, 4n * PAGE));
  throwsStatus(t, "INVALID_ARGS", () => vmar.protect(PERM_READ | SPECIFIC, base, PAGE));
  const own = vmar.duplicate(vmar.rights & ~Rights.OP_CHILDREN);
  throwsStatus(t, "INVALID_ARGS", () => own.unmap(base, 2n * PAGE));
  throwsStatus(t, "INVALID_ARGS", () => own.protect(PERM_READ, base, 2n * PAGE));
  throwsStatus(t, "INVALID_ARGS", () => vmar.unmap(base, PAGE));
  throwsStatus(t, "INVALID_ARGS", () => vmar.unmap(base + 1n, PAGE));
  vmar.unmap(base, 3n * PAGE);
  t.is(vmo.info().mappings, 0);
  throwsStatus(t, "BAD_STATE", () => child.info() && child.unmap(base, PAGE));
});

test("operations on a range reach the VMOs that it shows", (t) => {
  const { vmar, base, vmo } = space(t);
  vmar.map(RW | SPECIFIC, 0n, vmo, PAGE, 2n * PAGE);
  vmar.opRange(VmarOp.Commit, base, 2n * PAGE);
  t.is(vmo.info().committedBytes, 2n * PAGE);
  vmo.write(PAGE, new Uint8Array([1]));
  vmar.opRange(VmarOp.Zero, base, PAGE);
  t.deepEqual([...vmo.read(PAGE, 1)], [0]);
  vmar.opRange(VmarOp.Decommit, base, 2n * PAGE);
  t.is(vmo.info().committedBytes, 0n);
  for (const op of [VmarOp.MapRange, VmarOp.DontNeed, VmarOp.AlwaysNeed, VmarOp.Prefetch]) {
    vmar.opRange(op, base, PAGE);
  }
  throwsStatus(t, "NOT_SUPPORTED", () => vmar.opRange(4 as never, base, PAGE));
  throwsStatus(t, "INVALID_ARGS", () => vmar.opRange(VmarOp.Commit, base, 0n));
  throwsStatus(t, "INVALID_ARGS", () => vmar.opRange(VmarOp.Commit, base + 1n, PAGE));
  throwsStatus(t, "OUT_OF_RANGE", () => vmar.opRange(VmarOp.Commit, base, 17n * PAGE));
  throwsStatus(t, "BAD_STATE", () => vmar.opRange(VmarOp.Commit, base, 3n * PAGE));
  const read = vmar.map(PERM_READ, 0n, vmo.duplicate(Rights.READ | Rights.MAP), 0n, PAGE);
  throwsStatus(t, "ACCESS_DENIED", () => vmar.opRange(VmarOp.Zero, read, PAGE));
});

test("an address space tells its VMARs and mappings, and what they take up", (t) => {
  const { process, rootVmar, vmar, base, vmo } = space(t);
  vmo.setName("pages");
  vmo.opRange(1, 0n, PAGE);
  vmar.map(RW | SPECIFIC, PAGE, vmo, 0n, 2n * PAGE);
  const lines = process.mapsInfo();
  t.deepEqual(
    lines.map(({ type, name, depth }) => ({ type, name, depth })),
    [
      { type: "aspace", name: `proc:${process.koid}`, depth: 0 },
      { type: "vmar", name: "root", depth: 1 },
      { type: "vmar", name: "useralloc", depth: 2 },
      { type: "mapping", name: "pages", depth: 3 },
    ],
  );
  const mapping = {
    name: "pages",
    base: base + PAGE,
    size: 2n * PAGE,
    type: "mapping",
    permissions: RW,
    vmoKoid: vmo.koid,
    vmoOffset: 0n,
    committedBytes: PAGE,
    committedPrivateBytes: PAGE,
    committedScaledBytes: PAGE,
  } as const;
  t.deepEqual(lines[3], { ...mapping, depth: 3 });
  t.deepEqual(vmar.mapsInfo()[1], { ...mapping, depth: 1 });
  t.deepEqual(process.taskStats(), {
    mappedBytes: 2n * PAGE,
    privateBytes: PAGE,
    sharedBytes: 0n,
    scaledSharedBytes: 0n,
  });
  const blind = rootVmar.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => blind.mapsInfo());
  throwsStatus(t, "ACCESS_DENIED", () => blind.info());
});
