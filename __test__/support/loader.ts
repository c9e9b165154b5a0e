import { type Channel, type Kernel, Signals, ZxStatus } from "../../index.js";

/**
 * Answers `fuchsia.ldsvc/Loader.LoadObject` with these files, NOT_FOUND for others, until the
 * client closes. Returns the names that were asked for.
 */
export async function serveLibraries(
  kernel: Kernel,
  server: Channel,
  files: Record<string, Uint8Array>,
): Promise<string[]> {
  const asked: string[] = [];
  for (;;) {
    const signals = await server.waitOne(Signals.READABLE | Signals.PEER_CLOSED);
    if ((signals & Signals.READABLE) === 0) return asked;
    const request = Buffer.from(server.read().bytes);
    const name = request.toString("utf8", 32, 32 + request.readUInt32LE(16));
    asked.push(name);
    const file = files[name];
    // The same transaction and method, a status, and whether there is an object.
    const reply = Buffer.alloc(24);
    request.copy(reply, 0, 0, 16);
    reply.writeInt32LE(file === undefined ? ZxStatus.NOT_FOUND : ZxStatus.OK, 16);
    reply.writeUInt32LE(file === undefined ? 0 : 0xffff_ffff, 20);
    server.write(reply, file === undefined ? [] : [kernel.vmoFromBytes(file, { name })]);
  }
}
