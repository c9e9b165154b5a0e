/** Requests to directories and files, in all dialects and none. */
import { NodeRights } from "../../../lib/vfs/rights.js";
import * as fidl from "../../../lib/fidl/index.js";
import {
  MemoryDirectory,
  OpenFlags,
  PseudoDirectory,
  PseudoFile,
  ServiceNode,
  VmoFile,
} from "../../../lib/vfs/index.js";
import { CHANNEL, inputOf, kernel, kindsOf } from "../input.js";
import { FORMATS, message, parametersOf, wordsOf, zeros } from "../seeds.js";
import { talk } from "../server.js";
import type { Target } from "../target.js";

const PROTOCOLS = [
  fidl.io.DirectoryAdmin,
  fidl.io.File,
  fidl.io2026.Directory,
  fidl.io2026.File,
  fidl.io2026.Symlink,
];
const { READABLE, WRITABLE, CREATE, DESCRIBE } = OpenFlags;
const OPENED: readonly [path: string, flags: number][] = [
  ["tmp", READABLE | WRITABLE],
  ["tmp/new", READABLE | WRITABLE | CREATE],
  ["file", READABLE | DESCRIBE],
  ["vmo", READABLE | WRITABLE],
  ["svc", READABLE],
];
const OPEN = inputOf(
  OPENED.map(([path, flags]) => {
    const { Open } = fidl.io.Directory.methods;
    const [client, object] = kernel.createChannel();
    const bytes = message(Open, Open.request, { flags, mode: 0o100_777, path, object });
    client.close();
    object.close();
    return { bytes, kinds: kindsOf(CHANNEL) };
  }),
);

export const target: Target = {
  seeds: parametersOf(PROTOCOLS).flatMap(({ method, parameters }) =>
    FORMATS.map((format) => {
      const bytes = zeros(method, parameters, format);
      const places = [0, 1, 2, 3, 4, 5];
      const messages = places.map((place) => ({ place, bytes, kinds: kindsOf(CHANNEL) }));
      return Uint8Array.from([...OPEN, ...inputOf(messages)]);
    }),
  ),
  dictionary: [
    ...wordsOf(PROTOCOLS),
    ...["tmp", "file", "vmo", "svc", ".", "..", "/", "tmp/new"].map((text) =>
      new TextEncoder().encode(text),
    ),
  ],

  async run(input) {
    await talk(input, () => {
      const vmo = kernel.createVmo(100n);
      const tmp = new MemoryDirectory({ capacity: 1 << 20 });
      const root = new PseudoDirectory({
        file: new PseudoFile("content"),
        svc: new ServiceNode((channel) => channel.close()),
        tmp,
        vmo: new VmoFile(vmo, { rights: NodeRights.READABLE | NodeRights.WRITABLE }),
      });
      return {
        client: root.connect(kernel),
        end() {
          tmp.dispose();
          root.dispose();
          vmo.close();
        },
      };
    });
  },
};
