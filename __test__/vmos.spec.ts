import test from "ava";

import {
  CachePolicy,
  Rights,
  VmoChildOptions,
  VmoInfoFlags,
  VmoOp,
  VmoOptions,
  VmOptions,
} from "../index.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";

const PAGE = 4096n;
const BYTES = new Uint8Array([1, 2, 3]);
const ZEROS = new Uint8Array(3);

test("a slice is a window on its parent", (t) => {
  const vmo = nullKernel(t).createVmo(2n * PAGE);
  const slice = vmo.createChild(VmoChildOptions.SLICE, PAGE, PAGE);
  slice.write(0n, BYTES);
  t.deepEqual(vmo.read(PAGE, 3), BYTES);
  t.is(slice.info().parentKoid, vmo.koid);
  throwsStatus(t, "INVALID_ARGS", () => vmo.createChild(VmoChildOptions.SLICE, PAGE, 2n * PAGE));
  const resizable = vmo.kernel.createVmo(PAGE, VmoOptions.RESIZABLE);
  throwsStatus(t, "NOT_SUPPORTED", () => resizable.createChild(VmoChildOptions.SLICE, 0n, PAGE));
});

test("a reference is its parent under another koid, size and all", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE, VmoOptions.RESIZABLE);
  const { REFERENCE, RESIZABLE, SLICE } = VmoChildOptions;
  const reference = vmo.createChild(REFERENCE | RESIZABLE, 0n, 0n);
  t.not(reference.koid, vmo.koid);
  reference.write(0n, BYTES);
  t.deepEqual(vmo.read(0n, 3), BYTES);
  reference.setSize(3n * PAGE);
  t.is(vmo.getSize(), 3n * PAGE);
  throwsStatus(t, "INVALID_ARGS", () => vmo.createChild(REFERENCE, 0n, PAGE));
  const fixed = vmo.kernel.createVmo(PAGE);
  throwsStatus(t, "NOT_SUPPORTED", () => fixed.createChild(REFERENCE | RESIZABLE, 0n, 0n));
  const slice = fixed.createChild(SLICE, 0n, PAGE);
  throwsStatus(t, "NOT_SUPPORTED", () => slice.createChild(REFERENCE, 0n, 0n));
});

test("every copy-on-write kind keeps what it copied", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE);
  vmo.write(0n, BYTES);
  const { SNAPSHOT, SNAPSHOT_AT_LEAST_ON_WRITE, SNAPSHOT_MODIFIED, RESIZABLE } = VmoChildOptions;
  for (const kind of [SNAPSHOT, SNAPSHOT_AT_LEAST_ON_WRITE, SNAPSHOT_MODIFIED]) {
    const child = vmo.createChild(kind | RESIZABLE, 0n, 2n * PAGE);
    child.write(0n, ZEROS);
    t.deepEqual(vmo.read(0n, 3), BYTES);
    t.deepEqual(child.read(PAGE, 3), ZEROS);
    child.setSize(PAGE);
    t.is(child.getSize(), PAGE);
    t.not(child.info().flags & VmoInfoFlags.IS_COW_CLONE, 0);
    throwsStatus(t, "NOT_SUPPORTED", () => child.opRange(VmoOp.Decommit, 0n, PAGE));
  }
  t.is(vmo.info().children, 3);
  const immutable = vmo.createChild(SNAPSHOT | VmoChildOptions.NO_WRITE, 0n, PAGE);
  throwsStatus(t, "ACCESS_DENIED", () => immutable.write(0n, BYTES));
  t.not(immutable.info().flags & VmoInfoFlags.IMMUTABLE, 0);
});

test("a child's options are judged", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE);
  const { SNAPSHOT, SLICE, RESIZABLE, NO_WRITE } = VmoChildOptions;
  for (const options of [0, SNAPSHOT | SLICE, SLICE | RESIZABLE, SNAPSHOT | RESIZABLE | NO_WRITE]) {
    throwsStatus(t, "INVALID_ARGS", () => vmo.createChild(options, 0n, PAGE));
  }
  throwsStatus(t, "INVALID_ARGS", () => vmo.createChild(SNAPSHOT, 1n, PAGE));
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.createChild(SNAPSHOT, 0n, 2n ** 64n - 1n));
  const writeOnly = vmo.duplicate(Rights.WRITE | Rights.DUPLICATE);
  throwsStatus(t, "ACCESS_DENIED", () => writeOnly.createChild(SNAPSHOT, 0n, PAGE));
});

test("creation options are judged, and an unbounded VMO has a stream only", (t) => {
  const kernel = nullKernel(t);
  const { RESIZABLE, UNBOUNDED, TRAP_DIRTY, DISCARDABLE } = VmoOptions;
  throwsStatus(t, "INVALID_ARGS", () => kernel.createVmo(0n, TRAP_DIRTY));
  throwsStatus(t, "INVALID_ARGS", () => kernel.createVmo(0n, RESIZABLE | UNBOUNDED));
  const unbounded = kernel.createVmo(5n, UNBOUNDED);
  t.is(unbounded.getStreamSize(), 5n);
  t.true(unbounded.getSize() >= 1n << 47n);
  t.not(kernel.createVmo(PAGE, DISCARDABLE).info().flags & VmoInfoFlags.DISCARDABLE, 0);
});

test("a stream size says how much is content, and cuts it off", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE + 1n);
  t.is(vmo.getStreamSize(), PAGE + 1n);
  vmo.write(0n, BYTES);
  vmo.setStreamSize(1n);
  t.is(vmo.getStreamSize(), 1n);
  t.is(vmo.getContentSize(), 1n);
  t.deepEqual([...vmo.read(0n, 3)], [1, 0, 0]);
  vmo.setContentSize(2n * PAGE);
  t.is(vmo.getStreamSize(), 2n * PAGE);
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.setStreamSize(2n * PAGE + 1n));
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.setContentSize(2n * PAGE + 1n));
  const readOnly = vmo.duplicate(Rights.READ | Rights.SET_PROPERTY);
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.setStreamSize(0n));
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.setContentSize(0n));
  t.is(readOnly.getStreamSize(), 2n * PAGE);
});

test("resizing needs a VMO made for it, and RESIZE", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE, VmoOptions.RESIZABLE);
  vmo.setSize(PAGE + 1n);
  t.deepEqual([vmo.getSize(), vmo.getStreamSize()], [2n * PAGE, PAGE + 1n]);
  const fixed = vmo.duplicate(vmo.rights & ~Rights.RESIZE);
  throwsStatus(t, "ACCESS_DENIED", () => fixed.setSize(0n));
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.setSize(2n ** 64n - 1n));
});

test("ranges are committed, given back and zeroed", (t) => {
  const vmo = nullKernel(t).createVmo(4n * PAGE);
  vmo.opRange(VmoOp.Commit, 1n, PAGE);
  t.is(vmo.info().committedBytes, 2n * PAGE);
  vmo.write(0n, BYTES);
  vmo.opRange(VmoOp.Zero, 1n, 1n);
  t.deepEqual([...vmo.read(0n, 3)], [1, 0, 3]);
  vmo.opRange(VmoOp.Decommit, 0n, 4n * PAGE);
  t.is(vmo.info().committedBytes, 0n);
  t.deepEqual(vmo.read(0n, 3), ZEROS);
  const { CacheSync, CacheInvalidate, CacheClean, CacheCleanInvalidate } = VmoOp;
  const { DontNeed, AlwaysNeed, Prefetch } = VmoOp;
  for (const op of [CacheSync, CacheInvalidate, CacheClean, CacheCleanInvalidate]) {
    t.is(vmo.opRange(op, 0n, PAGE), undefined);
    throwsStatus(t, "INVALID_ARGS", () => vmo.opRange(op, 0n, 0n));
  }
  for (const op of [DontNeed, AlwaysNeed, Prefetch]) {
    t.is(vmo.opRange(op, 0n, PAGE), undefined);
    throwsStatus(t, "OUT_OF_RANGE", () => vmo.opRange(op, PAGE, 4n * PAGE));
  }
});

test("operations on ranges are judged", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE);
  throwsStatus(t, "INVALID_ARGS", () => vmo.opRange(5 as never, 0n, PAGE));
  throwsStatus(t, "INVALID_ARGS", () => vmo.opRange(VmoOp.Decommit, 1n, PAGE));
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.opRange(VmoOp.Zero, 1n, PAGE));
  throwsStatus(t, "NOT_SUPPORTED", () => vmo.opRange(VmoOp.Lock, 0n, PAGE));
  const readOnly = vmo.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.opRange(VmoOp.Zero, 0n, 1n));
  const none = vmo.duplicate(Rights.INSPECT);
  throwsStatus(t, "ACCESS_DENIED", () => none.opRange(VmoOp.Prefetch, 0n, 1n));
  throwsStatus(t, "ACCESS_DENIED", () => none.opRange(VmoOp.Lock, 0n, PAGE));
});

test("a discardable VMO is locked as a whole, and counts its locks", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE, VmoOptions.DISCARDABLE);
  t.deepEqual(vmo.opRange(VmoOp.Lock, 0n, PAGE), {
    offset: 0n,
    size: PAGE,
    discardedOffset: 0n,
    discardedSize: 0n,
  });
  t.is(vmo.opRange(VmoOp.TryLock, 0n, PAGE), undefined);
  throwsStatus(t, "OUT_OF_RANGE", () => vmo.opRange(VmoOp.Lock, 0n, PAGE - 1n));
  vmo.opRange(VmoOp.Unlock, 0n, PAGE);
  vmo.opRange(VmoOp.Unlock, 0n, PAGE);
  throwsStatus(t, "BAD_STATE", () => vmo.opRange(VmoOp.Unlock, 0n, PAGE));
  throwsStatus(t, "NOT_SUPPORTED", () => vmo.createChild(VmoChildOptions.SNAPSHOT, 0n, PAGE));
});

test("what is not cached cannot be read, written or copied", (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.createVmo(PAGE);
  vmo.setCachePolicy(CachePolicy.UncachedDevice);
  t.is(vmo.info().cachePolicy, CachePolicy.UncachedDevice);
  throwsStatus(t, "BAD_STATE", () => vmo.read(0n, 1));
  throwsStatus(t, "BAD_STATE", () => vmo.write(0n, BYTES));
  throwsStatus(t, "BAD_STATE", () => vmo.createChild(VmoChildOptions.SNAPSHOT, 0n, PAGE));
  vmo.setCachePolicy(CachePolicy.Cached);
  const child = vmo.createChild(VmoChildOptions.SNAPSHOT, 0n, PAGE);
  throwsStatus(t, "BAD_STATE", () => vmo.setCachePolicy(CachePolicy.Uncached));
  throwsStatus(t, "BAD_STATE", () => child.setCachePolicy(CachePolicy.Uncached));
  throwsStatus(t, "INVALID_ARGS", () => vmo.setCachePolicy(4 as never));
  const unmappable = vmo.duplicate(Rights.READ | Rights.WRITE);
  throwsStatus(t, "ACCESS_DENIED", () => unmappable.setCachePolicy(CachePolicy.Cached));
  const mapped = kernel.createVmo(PAGE);
  const { rootVmar } = kernel.rootJob.createProcess("maps");
  rootVmar.map(VmOptions.PERM_READ, 0n, mapped, 0n, PAGE);
  throwsStatus(t, "BAD_STATE", () => mapped.setCachePolicy(CachePolicy.WriteCombining));
});

test("pages move from one VMO to another", (t) => {
  const kernel = nullKernel(t);
  const [to, from] = [kernel.createVmo(2n * PAGE), kernel.createVmo(PAGE)];
  from.write(0n, BYTES);
  to.transferData(PAGE, PAGE, from, 0n);
  t.deepEqual(to.read(PAGE, 3), BYTES);
  t.deepEqual(from.read(0n, 3), ZEROS);
  throwsStatus(t, "INVALID_ARGS", () => to.transferData(1n, PAGE, from, 0n));
  throwsStatus(t, "OUT_OF_RANGE", () => to.transferData(0n, 2n * PAGE, from, 0n));
  throwsStatus(t, "ACCESS_DENIED", () =>
    to.transferData(0n, PAGE, from.duplicate(Rights.READ), 0n),
  );
  const readOnly = to.duplicate(Rights.READ);
  throwsStatus(t, "ACCESS_DENIED", () => readOnly.transferData(0n, PAGE, from, 0n));
  const foreign = nullKernel(t).createVmo(PAGE);
  throwsStatus(t, "BAD_HANDLE", () => to.transferData(0n, PAGE, foreign, 0n));
});

test("a VMO becomes executable through another handle", (t) => {
  const vmo = nullKernel(t).createVmo(PAGE);
  const { rights } = vmo;
  const executable = vmo.replaceAsExecutable();
  t.false(vmo.isValid);
  t.is(executable.rights, rights | Rights.EXECUTE);
  throwsStatus(t, "BAD_HANDLE", () => vmo.replaceAsExecutable());
});
