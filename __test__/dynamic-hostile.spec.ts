// Libraries that lie. The linker runs inside, where nothing but its own process is at stake; still it
// is to say what is wrong, or to crash, but neither to hang nor to start what is not linked.

import type { ExecutionContext } from "ava";

import { launch, libraries } from "./support/dynamic.js";
import { DT, ElfPatch, PHDR, PT } from "./support/elf-patch.js";
import { nativeTest } from "./support/native.js";

type Patch = (library: ElfPatch) => ElfPatch;
type LibraryName = "libfixture.so" | "libguest.so";

const MAX = 2n ** 64n - 1n;
/** No image is that large. */
const FAR = 2n ** 45n;
const U32_MAX = 0xffff_ffff;
/** ZX_TASK_RETCODE_EXCEPTION_KILL */
const CRASHED = -1028n;

/** Links a program with a library that is changed. */
function link(t: ExecutionContext, name: LibraryName, patch: Patch) {
  const { bytes } = patch(new ElfPatch(`lib/${name}`));
  return launch(t, "linkage", { ...libraries(), [name]: bytes });
}

/** What of libfixture.so lies, and what the linker says of it. */
const REFUSED: Record<string, Record<string, Patch>> = {
  "a dynamic section outside of it (needed by linkage)": {
    "PT_DYNAMIC outside": (file) => file.setHeader(PT.DYNAMIC, "vaddr", FAR),
  },
  "a name outside of it (needed by linkage)": {
    "DT_NEEDED beyond the strings": (file) => file.set(DT.NEEDED, BigInt(file.value(DT.STRSZ))),
    "DT_NEEDED that overflows": (file) => file.set(DT.NEEDED, MAX),
    "DT_STRSZ of nothing": (file) => file.set(DT.STRSZ, 0n),
    "DT_STRSZ that overflows": (file) => file.set(DT.STRSZ, MAX),
    "DT_STRTAB outside": (file) => file.set(DT.STRTAB, FAR),
    "DT_STRTAB that overflows": (file) => file.set(DT.STRTAB, MAX),
  },
  "a table outside of it (needed by linkage)": {
    "DT_REL that overflows": (file) => file.set(DT.REL, MAX - 7n),
    "DT_RELSZ that overflows": (file) => file.set(DT.RELSZ, MAX),
    "DT_RELR outside": (file) => file.set(DT.RELR, FAR),
    "DT_RELRSZ that overflows": (file) => file.set(DT.RELRSZ, MAX),
    "DT_JMPREL outside": (file) => file.set(DT.JMPREL, FAR),
    "DT_PLTRELSZ that overflows": (file) => file.set(DT.PLTRELSZ, MAX),
    "DT_INIT_ARRAY outside": (file) => file.set(DT.INIT_ARRAY, FAR),
    "DT_INIT_ARRAYSZ that overflows": (file) => file.set(DT.INIT_ARRAYSZ, MAX),
    "DT_FINI_ARRAYSZ that overflows": (file) => file.set(DT.FINI_ARRAYSZ, MAX),
  },
  "relocations outside of it": {
    "DT_SYMTAB outside": (file) => file.set(DT.SYMTAB, FAR),
    "DT_SYMTAB that overflows": (file) => file.set(DT.SYMTAB, MAX - 3n),
    "a place outside": (file) => file.u64(file.offsetOf(DT.REL), FAR),
    "a place that overflows": (file) => file.u64(file.offsetOf(DT.REL), MAX - 3n),
    "a place of DT_RELR outside": (file) => file.u64(file.offsetOf(DT.RELR), FAR),
    "a symbol outside": (file) => file.u32(file.offsetOf(DT.REL) + 12, U32_MAX),
  },
  "relocation of unknown type 4294967295": {
    "a type of relocation": (file) => file.u32(file.offsetOf(DT.REL) + 8, U32_MAX),
  },
  "addresses that overflow (needed by linkage)": {
    "a segment's p_memsz": (file) => file.setHeader(PT.LOAD, "memsz", MAX, 3),
    "a segment's p_filesz": (file) => file.setHeader(PT.LOAD, "filesz", MAX, 3),
    "a first segment behind the last": (file) => file.setHeader(PT.LOAD, "vaddr", FAR),
  },
  "a segment that is not aligned (needed by linkage)": {
    "a segment's p_offset": (file) => file.setHeader(PT.LOAD, "offset", 1n, 1),
    "a segment's p_vaddr": (file) => file.setHeader(PT.LOAD, "vaddr", MAX, 1),
  },
  "mapping a segment failed: INVALID_ARGS (needed by linkage)": {
    "a segment's p_offset that overflows": (file) =>
      file.setHeader(PT.LOAD, "offset", MAX - 0xfffn, 1),
    "more in the file than in memory": (file) => file.setHeader(PT.LOAD, "filesz", 0x10000n),
  },
  "mapping a segment failed: ACCESS_DENIED (needed by linkage)": {
    "data that is executable": (file) => file.u32(file.header(PT.LOAD, 3) + PHDR.flags, 7),
  },
  "reading its headers failed: OUT_OF_RANGE (needed by linkage)": {
    "e_phoff that overflows": (file) => file.u64(32, MAX),
  },
  "protecting its relocated data failed: INVALID_ARGS": {
    "PT_GNU_RELRO outside": (file) => file.setHeader(PT.GNU_RELRO, "vaddr", FAR),
    "PT_GNU_RELRO that overflows": (file) => file.setHeader(PT.GNU_RELRO, "memsz", MAX),
  },
};

for (const [reason, patches] of Object.entries(REFUSED)) {
  nativeTest(`refused for ${reason.replace(" (needed by linkage)", "")}`, async (t) => {
    for (const [what, patch] of Object.entries(patches)) {
      const { returnCode, stdout, log } = await link(t, "libfixture.so", patch);
      t.is(returnCode, 127n, what);
      t.deepEqual(stdout, [], what);
      t.is(log.at(-1), `ld.so.1: libfixture.so: ${reason}`, what);
    }
  });
}

/** Sizes and alignments of PT_TLS that no thread can have. */
const TLS: Record<string, [patch: Patch, log: string]> = {
  "p_memsz that overflows": [
    (file) => file.setHeader(PT.TLS, "memsz", MAX),
    "laying out TLS failed: OUT_OF_RANGE",
  ],
  "p_memsz of more than there are addresses": [
    (file) => file.setHeader(PT.TLS, "memsz", 2n ** 62n),
    "laying out TLS failed: OUT_OF_RANGE",
  ],
  "p_align that is no power of two": [
    (file) => file.setHeader(PT.TLS, "align", 3n),
    "laying out TLS failed: OUT_OF_RANGE",
  ],
  "p_align of more than there are addresses": [
    (file) => file.setHeader(PT.TLS, "align", 2n ** 63n),
    "laying out TLS failed: OUT_OF_RANGE",
  ],
  "p_vaddr outside": [
    (file) => file.setHeader(PT.TLS, "vaddr", FAR),
    "laying out TLS failed: OUT_OF_RANGE",
  ],
};

nativeTest("thread-local storage that cannot be", async (t) => {
  for (const [what, [patch, reason]] of Object.entries(TLS)) {
    const { returnCode, log } = await link(t, "libfixture.so", patch);
    t.is(returnCode, 127n, what);
    t.deepEqual(log, [`ld.so.1: ${reason}`], what);
  }
});

nativeTest("thread-local storage beyond all reason costs what is used of it", async (t) => {
  const size = await link(t, "libfixture.so", (file) => file.setHeader(PT.TLS, "memsz", 2n ** 40n));
  t.is(size.returnCode, 0n);
  const align = await link(t, "libfixture.so", (file) =>
    file.setHeader(PT.TLS, "align", 2n ** 40n),
  );
  t.is(align.returnCode, 0n);
});

/** A field of DT_GNU_HASH: buckets, first symbol, words and shift of the filter. */
const gnu =
  (field: number, value: number): Patch =>
  (file) =>
    file.u32(file.offsetOf(DT.GNU_HASH) + 4 * field, value);

/** All buckets and chains of DT_HASH lead to symbol 1, which says that it comes next itself. */
const circle: Patch = (file) => {
  const hash = file.offsetOf(DT.HASH);
  const words = file.getU32(hash) + file.getU32(hash + 4);
  for (let word = 0; word < words; word++) file.u32(hash + 8 + 4 * word, 1);
  return file;
};

/** Tables in which nothing is found. */
const HASHES: Record<LibraryName, Record<string, Patch>> = {
  "libguest.so": {
    "no buckets": gnu(0, 0),
    "buckets beyond the image": gnu(0, U32_MAX),
    "a first symbol after all": gnu(1, U32_MAX),
    "no words in the filter": gnu(2, 0),
    "words beyond the image": gnu(2, U32_MAX),
    "a shift of more than a word": gnu(3, U32_MAX),
    "a table that overflows": (file) => file.set(DT.GNU_HASH, MAX),
  },
  "libfixture.so": {
    "no buckets": (file) => file.u32(file.offsetOf(DT.HASH), 0),
    "buckets beyond the image": (file) => file.u32(file.offsetOf(DT.HASH), U32_MAX),
    "a circle": circle,
    "a circle of endless length": (file) => circle(file).u32(file.offsetOf(DT.HASH) + 4, U32_MAX),
    "a table that overflows": (file) => file.set(DT.HASH, MAX),
  },
};

for (const [name, patches] of Object.entries(HASHES)) {
  nativeTest(`nothing is found by a hash table of ${name} that lies`, async (t) => {
    for (const [what, patch] of Object.entries(patches)) {
      const { returnCode, stdout, log } = await link(t, name as LibraryName, patch);
      t.is(returnCode, 127n, what);
      t.deepEqual(stdout, [], what);
      t.regex(log.at(-1)!, /^ld\.so\.1: \d+ not found$/, what);
    }
  });
}

nativeTest(
  "what would write into code, or call what is none, crashes its own process",
  async (t) => {
    const patches: Patch[] = [
      (file) => file.u64(file.offsetOf(DT.REL), 0x1000n),
      (file) => file.u64(file.offsetOf(DT.RELR), MAX),
      (file) => file.set(DT.INIT_ARRAY, BigInt(file.value(DT.STRTAB))),
    ];
    for (const patch of patches) {
      t.is((await link(t, "libfixture.so", patch)).returnCode, CRASHED);
    }
  },
);
