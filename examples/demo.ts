/**
 * From an ELF file to a process that really runs, one step at a time: `npm run demo`.
 */
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";

import {
  decodeMessage,
  HandleInfo,
  HandleType,
  Kernel,
  LoaderService,
  ProcessBuilder,
  type ProcessInfo,
  type Socket,
  ZxError,
  ZxStatus,
} from "zirconia";
import { PseudoDirectory } from "zirconia/vfs";

import { hex } from "../lib/base/text.js";
import { formatMaps, formatMessage } from "../lib/cli/format.js";

const GUESTS = fileURLToPath(new URL("../guest/out/", import.meta.url));
const HELLO = `${GUESTS}hello_dynamic`;

const steps: [what: string, microseconds: number][] = [];

/** Runs one step and notes its time. */
async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const start = process.hrtime.bigint();
  const result = await work();
  steps.push([what, Number(process.hrtime.bigint() - start) / 1000]);
  return result;
}

function section(title: string, lines: readonly string[]): void {
  console.log(styleText("bold", `\n${title}`));
  for (const line of lines) console.log(`  ${line}`);
}

/** All that a socket has received. */
function drain(socket: Socket): string {
  const chunks: Uint8Array[] = [];
  try {
    for (;;) chunks.push(socket.read());
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
    const empty: number[] = [ZxStatus.SHOULD_WAIT, ZxStatus.PEER_CLOSED];
    if (!empty.includes(error.status)) throw error;
  }
  return Buffer.concat(chunks).toString();
}

const kernel = await step("make a kernel", () => new Kernel());
const executable = await step("read the file into a VMO", () => kernel.vmoFromFile(HELLO));

const builder = await step(
  "create the process",
  () => new ProcessBuilder({ name: "hello", job: kernel.rootJob, executable }),
);
const libraries = new LoaderService(kernel, { directories: [`${GUESTS}lib`] });
builder.setLoaderService(libraries.connect());
const [output, theirs] = kernel.createSocket();
builder.addArguments(["hello", "world"]);
builder.addEnvironmentVariables(["PLANET=Fuchsia"]);
builder.addHandles([{ handle: theirs, info: new HandleInfo(HandleType.FileDescriptor, 1) }]);
const data = new PseudoDirectory({ greeting: "Bonjour" });
builder.addNamespaceEntries([{ path: "/data", directory: data.connect(kernel) }]);
const built = await step("get its linker, map it, write its messages", () => builder.build());

section("Address space", formatMaps(built.process.maps()));
section("Start", [
  `entry ${hex(built.entry)}, stack pointer ${hex(built.stack)}`,
  `rdi = bootstrap channel, rsi = vDSO at ${hex(built.vdsoBase)}`,
]);

// Reading the messages takes them out of the channel, so they are put back for the process.
const [bootstrap, writer] = kernel.createChannel();
for (const reader of ["dynamic linker", "program"]) {
  const message = built.bootstrap.read();
  section(
    `Message for the ${reader}, ${message.bytes.length} bytes`,
    formatMessage(decodeMessage(message.bytes, message.handles.length)),
  );
  writer.write(message.bytes, message.handles);
}
writer.close();

const hello = built.process;
await step("start it", () =>
  hello.start(built.thread, built.entry, built.stack, bootstrap, built.vdsoBase),
);
const info: ProcessInfo = await step("let it run to its end", () => hello.exited());

section("It said", drain(output).trimEnd().split("\n"));
section("Return code", [`${info.returnCode}`]);
section(
  "Time of each step",
  steps.map(([what, microseconds]) => `${microseconds.toFixed(0).padStart(7)} µs  ${what}`),
);
await kernel[Symbol.asyncDispose]();
