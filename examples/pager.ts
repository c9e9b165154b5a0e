/**
 * Pages that JavaScript supplies when a program needs them, and takes back when it has written them:
 * `node --import=tsx examples/pager.ts`
 */
import { HandleInfo, HandleType, Kernel, ProcessBuilder, type Vmo, VmoOptions } from "zirconia";

const PAGE = 4096n;
/** Where the pages are kept: a database, a network, a compressed file. */
const store = new Map<bigint, Uint8Array>();

await using kernel = new Kernel();
const [pager, port] = [kernel.createPager(), kernel.createPort()];
const file = pager.createVmo(port, 1n, 4n * PAGE, VmoOptions.TRAP_DIRTY);

/** Answers whatever is asked for, until the VMO is detached. */
async function serve(): Promise<void> {
  for (;;) {
    const request = await port.wait();
    if (request.type !== "pageRequest" || request.command === "complete") return;
    const { command, offset, length } = request;
    console.log(`${command} ${offset / PAGE}, ${length / PAGE} page(s)`);
    if (command === "dirty") {
      pager.allowWrites(file, offset, length);
    } else {
      using pages = kernel.createVmo(length);
      for (let at = 0n; at < length; at += PAGE) {
        pages.write(at, store.get(offset + at) ?? new Uint8Array());
      }
      pager.supplyPages(file, offset, length, pages, 0n);
    }
  }
}

/** Keeps what has been written since the last time. */
function writeBack(): void {
  for (const { offset, length } of pager.dirtyRanges(file)) {
    pager.beginWriteback(file, offset, length);
    for (let at = offset; at < offset + length; at += PAGE) {
      store.set(at, file.read(at, Number(PAGE)));
    }
    pager.endWriteback(file, offset, length);
  }
}

/** Runs a program that maps the VMO. */
async function run(vmo: Vmo, ...args: string[]): Promise<void> {
  const executable = await kernel.vmoFromFile("guest/out/paged");
  const builder = new ProcessBuilder({ name: "paged", job: kernel.rootJob, executable });
  builder.addArguments(["paged", ...args]);
  builder.addHandles([{ handle: vmo.duplicate(), info: new HandleInfo(HandleType.User0, 0) }]);
  const process = (await builder.build()).start();
  console.log(`${args.join(" ")}: returned ${(await process.exited()).returnCode}`);
}

const served = serve();
await run(file, "fill", "3");
writeBack();
console.log(
  `kept: ${[...store].map(([at, bytes]) => `page ${at / PAGE} = ${bytes[0]}`).join(", ")}`,
);
pager.detachVmo(file);
await served;
