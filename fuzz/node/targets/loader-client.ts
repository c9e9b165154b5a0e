/** Whoever asks a loader service that answers anything: a builder, and a proxy. */
import assert from "node:assert/strict";

import { type Channel, LoaderProxy, ProcessBuilder, Vmo, ZirconiaError } from "../../../index.js";
import { dynamicPie, staticPie } from "../../../__test__/support/elf-file.js";
import { Loader } from "../../../lib/fidl/libraries/fuchsia-ldsvc.js";
import { clients, inputOf, job, kernel, kindsOf, messagesOf, VMO } from "../input.js";
import { FORMATS, message, wordsOf } from "../seeds.js";
import type { Target } from "../target.js";

const { LoadObject, Config } = Loader.methods;
const EXECUTABLE = dynamicPie("ld.so.1\0");
const LINKER = staticPie();

const SEEDS = FORMATS.flatMap((format) => {
  const object = kernel.createVmo(4096n);
  const found = message(LoadObject, LoadObject.response, { rv: 0, object }, format);
  object.close();
  const missing = message(LoadObject, LoadObject.response, { rv: -25 }, format);
  const configured = message(Config, Config.response, { rv: 0 }, format);
  return [
    inputOf([{ bytes: found, kinds: kindsOf(VMO) }]),
    inputOf([{ bytes: missing }]),
    inputOf([
      { bytes: configured, place: 1 },
      { bytes: found, kinds: kindsOf(VMO) },
    ]),
  ];
});

export const target: Target = {
  seeds: SEEDS,
  dictionary: wordsOf([Loader]),

  async run(input) {
    const before = kernel.stats();
    // The place of the first message says who asks.
    const asks = (input[2] ?? 0) % 2 === 0 ? build : ask;
    try {
      await asks(answered(input));
    } catch (error) {
      assert.ok(error instanceof ZirconiaError, String(error));
    }
    clients.splice(0).forEach((client) => client.close());
    assert.deepEqual(kernel.stats(), before);
  },
};

/** The client end of a service that has said all before it was asked, and has gone. */
function answered(input: Uint8Array): Channel {
  const [client, server] = kernel.createChannel();
  for (const { bytes, handles } of messagesOf(input)) {
    // Some objects are linkers.
    const objects = handles().map((handle) => {
      if (!(handle instanceof Vmo)) return handle;
      handle.close();
      return kernel.vmoFromBytes(LINKER);
    });
    server.write(bytes, objects);
  }
  server.close();
  return client;
}

async function build(loader: Channel): Promise<void> {
  const builder = new ProcessBuilder({
    name: "fuzzed",
    job,
    executable: kernel.vmoFromBytes(EXECUTABLE),
  });
  builder.setLoaderService(loader);
  (await builder.build()).dispose();
}

async function ask(loader: Channel): Promise<void> {
  const proxy = new LoaderProxy(loader);
  try {
    await proxy.config("asan");
    (await proxy.loadObject("libx.so")).close();
    (await proxy.clone()).close();
  } finally {
    proxy.close();
  }
}
