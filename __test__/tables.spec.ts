import test from "ava";

import {
  CachePolicy,
  HandleType,
  ObjectType,
  PolicyCondition,
  Rights,
  Signals,
  ThreadState,
  VmarOp,
  VmoChildOptions,
  VmoOp,
  VmOptions,
  VmoOptions,
  ZxStatus,
} from "../index.js";
import { native } from "../lib/native/native.js";

type Entry = { name: string; value: number };

const tables = native.tables();
const byName = (entries: readonly Entry[]) =>
  Object.fromEntries(entries.map(({ name, value }) => [name, value]));

test("statuses are those of the Rust crates", (t) => {
  t.deepEqual({ ...ZxStatus }, byName(tables.statuses) as typeof ZxStatus);
});

test("object types are those of the Rust crates", (t) => {
  t.deepEqual({ ...ObjectType }, byName(tables.objectTypes) as typeof ObjectType);
});

test("handle types are those of the Rust crates", (t) => {
  t.deepEqual({ ...HandleType }, byName(tables.handleTypes) as typeof HandleType);
});

test("every right of the Rust crates has its number here", (t) => {
  const rights: Record<string, number> = Rights;
  for (const { name, value } of tables.rights) {
    t.is(rights[name]! >>> 0, value, name);
  }
});

test("every signal of the Rust crates has its number here", (t) => {
  const signals: Record<string, number> = Signals;
  for (const { name, value } of tables.signals) {
    t.is(signals[name]! >>> 0, value, name);
  }
});

test("every option of VMARs and mappings of the Rust crates has its number here", (t) => {
  const options: Record<string, number> = VmOptions;
  for (const { name, value } of tables.vmOptions) {
    t.is(options[name], value, name);
  }
});

const enumerations = {
  policyConditions: PolicyCondition,
  threadStates: ThreadState,
  vmoOptions: VmoOptions,
  vmoChildOptions: VmoChildOptions,
  vmoOps: VmoOp,
  vmarOps: VmarOp,
  cachePolicies: CachePolicy,
} as const;

for (const [name, numbers] of Object.entries(enumerations)) {
  test(`${name} are those of the Rust crates`, (t) => {
    t.deepEqual(
      { ...numbers } as Record<string, number>,
      byName(tables[name as keyof typeof enumerations]),
    );
  });
}
