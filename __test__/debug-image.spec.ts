// How the debugger's server finds images in a process's memory.

import test from "ava";

import type { DebuggedProcess } from "../lib/debug/debugged-process.js";
import { firstImage, imageOf } from "../lib/debug/image.js";
import { DebuggedMemory } from "../lib/debug/memory.js";
import { nullKernel } from "./support/kernel.js";

const PAGE = 4096n;
/** PERM_READ, PERM_WRITE and SPECIFIC */
const OPTIONS = 0b10011;
/** Mappings that are looked at. */
const MOST = 1024;

test("an image is looked for in 1,024 mappings, and in no more", (t) => {
  const kernel = nullKernel(t);
  const { process, rootVmar } = kernel.rootJob.createProcess("many");
  const debugged = { process, memory: new DebuggedMemory(process) } as DebuggedProcess;
  const empty = kernel.createVmo(PAGE);
  const image = kernel.createVmo(PAGE);
  image.write(0n, Buffer.from("\x7fELF", "latin1"));
  const { base } = rootVmar.info();
  // With gaps, so that none becomes a part of another.
  const map = (vmo: typeof empty, index: number) =>
    rootVmar.map(OPTIONS, BigInt(index) * 2n * PAGE, vmo, 0n, PAGE);
  for (let index = 1; index < MOST; index++) map(empty, index);
  const place = map(image, MOST);
  t.is(firstImage(debugged)?.bias, place);
  t.is(imageOf(debugged, place + 1n)?.bias, place);
  map(empty, 0);
  t.is(firstImage(debugged), undefined);
  // From an address they are looked at downwards.
  for (let index = 1; index < MOST; index++) map(empty, MOST + index);
  const last = base + BigInt(2 * MOST - 1) * 2n * PAGE;
  t.is(imageOf(debugged, last)?.bias, place);
  map(empty, 2 * MOST);
  t.is(imageOf(debugged, last + 2n * PAGE), undefined);
});
