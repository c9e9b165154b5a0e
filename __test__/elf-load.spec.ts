import test from "ava";

import {
  Elf64Headers,
  ElfLoadError,
  loadElf,
  mapElfSegments,
  ProcessContext,
  VmOptions,
} from "../index.js";
import { staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";

const PAGE = 0x1000n;

test("a file is loaded below a VMAR, at an address of the kernel's choice", (t) => {
  const kernel = nullKernel(t);
  const { process, rootVmar } = kernel.rootJob.createProcess("empty");
  const vmo = kernel.vmoFromBytes(staticPie(), { name: "program" });
  const loaded = loadElf(vmo, Elf64Headers.fromVmo(vmo), rootVmar);
  t.is(loaded.entry, loaded.vmarBase + 0x800n);
  const mapping = process.maps().find(({ type }) => type === "mapping");
  t.like(mapping, { base: loaded.vmarBase, size: PAGE, name: "program", permissions: 5 });
  t.true(vmo.isValid && rootVmar.isValid);
});

test("segments are mapped where the caller wants them", (t) => {
  const kernel = nullKernel(t);
  const { process, rootVmar } = kernel.rootJob.createProcess("empty");
  const vmo = kernel.vmoFromBytes(staticPie());
  const headers = Elf64Headers.fromVmo(vmo);
  const { base } = rootVmar.info();
  mapElfSegments(vmo, headers, rootVmar, base, base + 4n * PAGE);
  const mapping = process.maps().find(({ type }) => type === "mapping");
  t.is(mapping?.base, base + 4n * PAGE);
  t.throws(() => mapElfSegments(vmo, headers, rootVmar, base, base + 4n * PAGE), {
    instanceOf: ElfLoadError,
    message: "Failed to map VMAR: ALREADY_EXISTS",
  });
});

test("what cannot be loaded is an ElfLoadError", (t) => {
  const kernel = nullKernel(t);
  const { rootVmar } = kernel.rootJob.createProcess("empty");
  const empty = staticPie();
  empty[56] = 0;
  const none = kernel.vmoFromBytes(empty);
  const error = t.throws(() => loadElf(none, Elf64Headers.fromVmo(none), rootVmar), {
    instanceOf: ElfLoadError,
    message: "ELF load segments were empty",
  });
  t.is(error?.kind, "NothingToLoad");
  const vmo = kernel.vmoFromBytes(staticPie());
  const headers = Elf64Headers.fromVmo(vmo);
  const narrow = rootVmar.allocate(VmOptions.CAN_MAP_READ, 0n, 16n * PAGE);
  t.throws(() => loadElf(vmo, headers, narrow.vmar), { code: "ZX_ERR_ACCESS_DENIED" });
});

test("a VMO of another context is no handle to the VMAR's", (t) => {
  const kernel = nullKernel(t);
  const { rootVmar } = kernel.rootJob.createProcess("empty");
  using context = new ProcessContext(kernel, { job: kernel.rootJob });
  const vmo = context.vmoFromBytes(staticPie());
  const headers = Elf64Headers.fromVmo(vmo);
  t.throws(() => loadElf(vmo, headers, rootVmar), { code: "ZX_ERR_BAD_HANDLE" });
  t.true(vmo.isValid);
});

test("headers must be headers", (t) => {
  const kernel = nullKernel(t);
  const { rootVmar } = kernel.rootJob.createProcess("empty");
  const vmo = kernel.createVmo(1n);
  t.throws(() => loadElf(vmo, {} as Elf64Headers, rootVmar), { code: "ERR_INVALID_ARG_TYPE" });
});
