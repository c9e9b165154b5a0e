import test from "ava";

import { LoaderService, ProcessContext, Rights, Signals, ZirconiaError } from "../index.js";
import { nullKernel } from "./support/kernel.js";
import { settlesTo } from "./support/settled.js";

test("a process has nothing at first, but for the host's default job", (t) => {
  const kernel = nullKernel(t);
  const { environment } = new ProcessContext(kernel, { job: kernel.rootJob });
  t.is(environment.defaultJob, undefined);
  t.is(environment.utcClock, undefined);
  t.false(environment.hasLoaderService);
  t.deepEqual(environment.environ, []);
  t.deepEqual(environment.namespace.paths, []);
  t.deepEqual(environment.descriptors.open, []);
  t.is(kernel.environment.defaultJob, kernel.rootJob);
});

test("what is given moves in, and replaces what was there", (t) => {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const { environment } = context;
  const before = kernel.stats();
  for (let round = 0; round < 2; round++) {
    const job = kernel.rootJob.duplicate();
    const clock = kernel.createClock();
    const [loader, server] = kernel.createChannel();
    environment.setDefaultJob(job);
    environment.setUtcClock(clock);
    environment.setLoaderService(loader);
    server.close();
    t.false(job.isValid || clock.isValid || loader.isValid);
    t.is(environment.defaultJob!.context, context);
    t.is(environment.utcClock!.context, context);
    t.is(kernel.stats().handles, before.handles + 3);
  }
  context.dispose();
  t.is(kernel.stats().handles, before.handles);
});

test("what cannot move in is closed, and changes nothing", (t) => {
  const kernel = nullKernel(t);
  const { environment } = new ProcessContext(kernel, { job: kernel.rootJob });
  environment.setUtcClock(kernel.createClock());
  const { koid } = environment.utcClock!;
  const fixed = kernel.createClock().replace(Rights.READ);
  const before = kernel.stats().handles;
  t.throws(() => environment.setUtcClock(fixed), { code: "ZX_ERR_ACCESS_DENIED" });
  t.is(kernel.stats().handles, before - 1);
  t.is(environment.utcClock!.koid, koid);
});

test("variables are strings without NUL, and a copy", (t) => {
  const { environment } = nullKernel(t);
  const given = ["A=b"];
  environment.environ = given;
  given.push("C=d");
  t.deepEqual(environment.environ, ["A=b"]);
  t.throws(() => (environment.environ = ["A=\0"]), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(() => (environment.environ = "A=b" as never), { code: "ERR_INVALID_ARG_TYPE" });
  t.deepEqual(environment.environ, ["A=b"]);
});

test("the loader service is cloned, as often as one likes at a time", async (t) => {
  const kernel = nullKernel(t);
  const { environment } = kernel;
  await t.throwsAsync(environment.cloneLoaderService(), {
    instanceOf: ZirconiaError,
    code: "ZX_ERR_UNAVAILABLE",
  });
  const service = new LoaderService(kernel);
  environment.setLoaderService(service.connect());
  const before = kernel.stats();
  const clones = await Promise.all([1, 2, 3].map(() => environment.cloneLoaderService()));
  t.is(new Set(clones.map(({ koid }) => koid)).size, 3);
  clones.forEach((clone) => clone.close());
  await settlesTo(t, kernel, before);
  service.dispose();
  const gone = environment.cloneLoaderService();
  await t.throwsAsync(gone, { code: "ZX_ERR_PEER_CLOSED" });
});

test("disposing of a process closes what its environment has", async (t) => {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const { descriptors, namespace } = context.environment;
  const [socket, peer] = kernel.createSocket();
  const [directory, server] = kernel.createChannel();
  await descriptors.create(socket);
  namespace.bind("/pkg", directory);
  context.dispose();
  await peer.waitOne(Signals.PEER_CLOSED);
  await server.waitOne(Signals.PEER_CLOSED);
  t.throws(() => namespace.export(), { code: "ZX_ERR_BAD_STATE" });
});
