import { once } from "node:events";

import test from "ava";

import { type ChildProcess, spawn } from "../index.js";
import { PseudoFile } from "../lib/vfs/index.js";
import { isGone } from "./support/channel.js";
import { info } from "./support/handle-info.js";
import { plain, spawner } from "./support/spawner.js";

test("arguments and options may each be left out, as in node:child_process", async (t) => {
  const { context, launcher } = spawner(t);
  const options = { context, env: ["A=1"] };
  const calls: [given: string[], child: ChildProcess][] = [
    [[], spawn(plain(context))],
    [[], spawn(plain(context), options)],
    [[], spawn(plain(context), undefined, options)],
    [[], spawn(plain(context), null, options)],
    [["one"], spawn(plain(context), ["one"])],
    [["one", "two"], spawn(plain(context), ["one", "two"], options)],
  ];
  for (const [args, child] of calls) {
    t.deepEqual(child.spawnargs, ["plain", ...args]);
  }
  await Promise.all(calls.map(([, child]) => once(child, "spawn")));
  const environments = launcher.of("AddEnvirons").map(({ strings }) => strings);
  t.deepEqual(environments, [[], ["A=1"], ["A=1"], ["A=1"], [], ["A=1"]]);
});

test("what cannot be begun consumes the handles that it was given, and misuse does not", (t) => {
  const { kernel, context } = spawner(t);
  const given = () => {
    const [handle, peer] = context.createChannel();
    const [stdio, other] = context.createChannel();
    const options = {
      context,
      handles: [{ handle, info: info("User0") }],
      stdio: ["ignore", "ignore", "ignore", stdio] as const,
    };
    return { options, peers: [peer, other] };
  };
  const missing = given();
  t.throws(() => spawn("/x", { ...missing.options, namespace: { "/a": "/nowhere/at/all" } }), {
    code: "ENOENT",
  });
  t.true(missing.peers.every(isGone));
  const closed = kernel.createVmo(1n);
  closed.close();
  const unnamed = given();
  t.throws(() => spawn(closed, unnamed.options), { code: "ZX_ERR_BAD_HANDLE" });
  t.true(unnamed.peers.every(isGone));
  const misused = given();
  const namespace = { "/a": new PseudoFile("") as never };
  t.throws(() => spawn("/x", { ...misused.options, namespace }), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => spawn("/x", { ...misused.options, name: "\0" }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  t.false(misused.peers.some(isGone));
});
