import { dynamicPie } from "../__test__/support/elf-file.js";
import {
  type Channel,
  type Kernel,
  ProcessBuilder,
  Signals,
  type Vmo,
  VmOptions,
  ZxStatus,
} from "../index.js";
import { Loader } from "../lib/fidl/libraries/fuchsia-ldsvc.js";
import { decodeHeader, encodeBody } from "../lib/fidl/message.js";
import { guest } from "./paths.js";
import { type Measurement, quick, slow } from "./sample.js";

const PAGE = 4096n;
const READ_WRITE = VmOptions.PERM_READ | VmOptions.PERM_WRITE;
const FEW = 10;
const MANY = 10_000;

/** What JavaScript pays for calls into the core. */
export async function calls(kernel: Kernel): Promise<Measurement[]> {
  const [near, far] = kernel.createChannel();
  const message = new Uint8Array(64);
  const event = kernel.createEvent();
  return [
    quick("channel write and read of 64 bytes, from JavaScript", 1_000, () => {
      near.write(message);
      far.read();
    }),
    quick("handle duplicate and close, from JavaScript", 1_000, () => event.duplicate().close()),
    await portRoundTrip(kernel),
    mapAndUnmap(kernel, FEW),
    mapAndUnmap(kernel, MANY),
    await staticBuild(kernel),
    await dynamicBuild(kernel),
  ];
}

/** A builder whose executable stays the caller's. */
export function builderFor(kernel: Kernel, executable: Vmo): ProcessBuilder {
  const job = kernel.rootJob;
  return new ProcessBuilder({ name: "bench", job, executable: executable.duplicate() });
}

function portRoundTrip(kernel: Kernel): Promise<Measurement> {
  const port = kernel.createPort();
  return slow("port: a packet to one who waits, from JavaScript", 2_000, () => {
    const packet = port.wait();
    port.queue(0n);
    return packet;
  });
}

function mapAndUnmap(kernel: Kernel, mappings: number): Measurement {
  const { rootVmar } = kernel.rootJob.createProcess("bench");
  const vmo = kernel.createVmo(PAGE);
  const map = () => rootVmar.map(READ_WRITE, 0n, vmo, 0n, PAGE);
  for (let count = 0; count < mappings; count++) map();
  const name = `VMAR map and unmap among ${mappings.toLocaleString("en")} mappings, from JavaScript`;
  return quick(name, 500, () => rootVmar.unmap(map(), PAGE));
}

async function staticBuild(kernel: Kernel): Promise<Measurement> {
  const executable = await kernel.vmoFromFile(guest("hello"));
  return slow("build() of hello, from JavaScript", 500, async () => {
    const builder = builderFor(kernel, executable);
    builder.addArguments(["hello", "world"]);
    const built = await builder.build();
    built.dispose();
  });
}

async function dynamicBuild(kernel: Kernel): Promise<Measurement> {
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  // Any file that can be loaded will do: nothing runs.
  const linker = await kernel.vmoFromFile(guest("hello"));
  const name = "build() of a dynamic executable, loader service and all, from JavaScript";
  return slow(name, 500, async () => {
    const [client, server] = kernel.createChannel();
    const builder = builderFor(kernel, executable).setLoaderService(client);
    const [built] = await Promise.all([builder.build(), answerOne(server, linker)]);
    built.dispose();
    server.close();
  });
}

/** Answers one request of a loader service's client. */
async function answerOne(server: Channel, object: Vmo): Promise<void> {
  await server.waitOne(Signals.READABLE);
  const header = decodeHeader(server.read().bytes);
  const reply = { rv: ZxStatus.OK, object: object.duplicate() };
  const { bytes, handles } = encodeBody(header, Loader.methods.LoadObject.response, reply);
  server.write(bytes, handles);
}
