/** Requests to a loader service. */
import { LoaderService } from "../../../index.js";
import { Loader } from "../../../lib/fidl/libraries/fuchsia-ldsvc.js";
import { CHANNEL, inputOf, kernel, kindsOf } from "../input.js";
import { FORMATS, message, wordsOf } from "../seeds.js";
import { talk } from "../server.js";
import type { Target } from "../target.js";

const { LoadObject, Config, Clone, Done } = Loader.methods;
const [client, server] = kernel.createChannel();
const SEEDS = FORMATS.map((format) =>
  inputOf([
    { bytes: message(Config, Config.request, { config: "asan" }, format) },
    { bytes: message(LoadObject, LoadObject.request, { objectName: "libx.so" }, format) },
    { bytes: message(LoadObject, LoadObject.request, { objectName: "own.so" }, format) },
    {
      bytes: message(Clone, Clone.request, { loader: server }, format),
      kinds: kindsOf(CHANNEL),
    },
    { bytes: message(Config, Config.request, { config: "asan!" }, format), place: 1 },
    { bytes: message(Done, Done.request, {}, format), place: 1 },
  ]),
);
client.close();
server.close();

export const target: Target = {
  seeds: SEEDS,
  dictionary: wordsOf([Loader]),

  async run(input) {
    await talk(input, () => {
      const service = new LoaderService(kernel, {
        objects: { "libx.so": new Uint8Array(10), "asan/libx.so": new Uint8Array(20) },
        load: (name) => (name === "own.so" ? kernel.createVmo(4096n) : undefined),
      });
      return { client: service.connect(), end: () => service.dispose() };
    });
  },
};
