import test from "ava";

import { Elf64Headers, ElfParseError, SegmentType } from "../index.js";
import { elfFile, interp, load, PF } from "./support/elf-file.js";

const PT_NOTE = 4;

test("the only program header of a type is found, and none where there is none", (t) => {
  const segments = [interp("ld.so.1\0"), load(0, PF.R | PF.X)];
  const headers = Elf64Headers.fromBytes(elfFile({ segments }));
  const { Interp, Load, GnuStack } = SegmentType;
  t.deepEqual(headers.programHeaderWithType(Interp), headers.programHeaders[0]);
  t.deepEqual(headers.programHeaderWithType(Load), headers.programHeaders[1]);
  t.is(headers.programHeaderWithType(GnuStack), undefined);
  t.throws(() => headers.programHeaderWithType("PT_LOAD" as never), {
    code: "ERR_INVALID_ARG_TYPE",
  });
});

test("several program headers of a type are an error, even if they are equal", (t) => {
  const note = { ...interp("note"), type: PT_NOTE };
  const segments = [load(0, PF.R), load(1, PF.R | PF.X), note, note];
  const headers = Elf64Headers.fromBytes(elfFile({ segments }));
  for (const [type, name] of [
    [SegmentType.Load, "PT_LOAD"],
    [PT_NOTE, "0x4"],
  ] as const) {
    t.is(headers.programHeadersWithType(type).length, 2);
    const error = t.throws(() => headers.programHeaderWithType(type), {
      instanceOf: ElfParseError,
      code: "ZX_ERR_NOT_FOUND",
      message: `Multiple ELF program headers of type ${name} present`,
    });
    t.is(error?.kind, "MultipleHeaders");
  }
});
