import { type Kernel, LoaderProxy, LoaderService } from "../index.js";
import { Loader } from "../lib/fidl/libraries/fuchsia-ldsvc.js";
import { Launcher } from "../lib/fidl/libraries/fuchsia-process.js";
import { decodeBody, decodeHeader, encodeBody } from "../lib/fidl/message.js";
import type { Parameters } from "../lib/fidl/protocol.js";
import type { Fields, FieldValues } from "../lib/fidl/structs.js";
import { type Measurement, quick, slow } from "./sample.js";

const SMALL = 64;
const LARGE = 32 << 10;

/** What FIDL costs: the codec alone, and a call to the service that every dynamic launch asks. */
export async function fidl(kernel: Kernel): Promise<Measurement[]> {
  const { LoadObject } = Loader.methods;
  const { AddArgs } = Launcher.methods;
  const name = "n".repeat(SMALL - 32);
  // An argument of 16 bytes takes 32.
  const args = Array.from({ length: LARGE / 32 - 1 }, () => new Uint8Array(16));
  return [
    ...codec("64-byte message, a string", SMALL, LoadObject.request, { objectName: name }),
    ...codec("32 KiB message, 1,023 vectors", LARGE, AddArgs.request, { args }),
    await loadObject(kernel),
  ];
}

function codec<F extends Fields>(
  name: string,
  size: number,
  parameters: Parameters<F>,
  value: FieldValues<F>,
): Measurement[] {
  const header = { txid: 1, ordinal: 1n, format: 2 } as const;
  const encode = () => encodeBody(header, parameters, value);
  const message = { bytes: encode().bytes.slice(), handles: [] };
  if (message.bytes.length !== size) throw new Error(`${name} has ${message.bytes.length} bytes`);
  const repeats = size === SMALL ? 1_000 : 10;
  return [
    quick(`FIDL encode of a ${name}`, repeats, encode),
    quick(`FIDL decode of a ${name}`, repeats, () =>
      decodeBody(message, decodeHeader(message.bytes).format, parameters),
    ),
  ];
}

async function loadObject(kernel: Kernel): Promise<Measurement> {
  using service = new LoaderService(kernel, { load: () => new Uint8Array(4096) });
  using loader = new LoaderProxy(service.connect());
  return await slow("LoadObject round trip", 2_000, async () =>
    (await loader.loadObject("a")).close(),
  );
}
