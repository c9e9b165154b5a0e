import test from "ava";

import { Abort, abortWithAny } from "../lib/base/abort.js";

test("what aborts does so once, with its first reason, and tells whoever listens", (t) => {
  const abort = new Abort();
  const { signal } = abort;
  const told: string[] = [];
  const forgotten = () => told.push("forgotten");
  signal.addEventListener("abort", () => told.push("first"));
  signal.addEventListener("abort", forgotten);
  signal.addEventListener("abort", () => told.push("last"));
  signal.removeEventListener("abort", forgotten);
  t.false(signal.aborted);
  t.is(signal.reason, undefined);
  t.notThrows(() => signal.throwIfAborted());

  abort.abort("reason");
  abort.abort("another");
  t.true(signal.aborted);
  t.is(signal.reason, "reason");
  t.deepEqual(told, ["first", "last"]);
});

test("without a reason it is an AbortError, and the same whoever asks", (t) => {
  const abort = new Abort();
  abort.abort();
  const error = t.throws(() => abort.signal.throwIfAborted(), { name: "AbortError" });
  t.is(abort.signal.reason, error);
});

test("a listener that another takes away while all are told is not told", (t) => {
  const abort = new Abort();
  const { signal } = abort;
  const second = () => t.fail();
  signal.addEventListener("abort", () => signal.removeEventListener("abort", second));
  signal.addEventListener("abort", second);
  abort.abort();
  t.pass();
});

test("any of several signals aborts, one of Node's too, or one that has aborted before", (t) => {
  const node = new AbortController();
  const ours = new Abort();
  const any = abortWithAny([ours.signal, node.signal]);
  t.false(any.aborted);
  node.abort("node");
  ours.abort("ours");
  t.is(any.reason, "node");
  t.is(abortWithAny([new Abort().signal, ours.signal]).reason, "ours");
});

test("a reason is made for whoever asks for it, and for nobody else", (t) => {
  const signal = {
    aborted: true,
    get reason() {
      t.fail();
      return undefined;
    },
  } as AbortSignal;
  t.true(abortWithAny([signal]).aborted);
});
