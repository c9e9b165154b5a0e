import test from "ava";

import {
  calculateInitialLinkerStackSize,
  computeInitialStackPointer,
  decodeMessage,
  Elf64Headers,
  ElfParseError,
  HandleInfo,
  HandleType,
  Message,
  type MessageContents,
  MessageDecodeError,
  ProcessargsError,
  SegmentType,
  StackError,
} from "../index.js";
import { staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";

const EMPTY: MessageContents = { args: [], environmentVars: [], namespacePaths: [], handles: [] };

test("a message comes back as it was", (t) => {
  const handle = nullKernel(t).createEvent();
  const contents: MessageContents = {
    args: ["a", "", "\ufeffb"],
    environmentVars: ["K=\u00e9"],
    namespacePaths: ["/svc"],
    handles: [{ handle, info: new HandleInfo(HandleType.NamespaceDirectory, 0) }],
  };
  const message = new Message(contents);
  t.is(message.bytes.length, Message.calculateSize(contents));
  t.is(message.handles[0], handle);
  t.true(handle.isValid);
  const { handleInfos, ...strings } = decodeMessage(message.bytes, 1);
  t.deepEqual(strings, {
    args: contents.args,
    environmentVars: contents.environmentVars,
    namespacePaths: contents.namespacePaths,
  });
  t.deepEqual(handleInfos.map(String), ["NamespaceDirectory(0)"]);
});

test("a message holds 65536 bytes and no more", (t) => {
  const fits = { ...EMPTY, args: ["x".repeat(65_536 - 36 - 1)] };
  t.is(new Message(fits).bytes.length, 65_536);
  const error = t.throws(() => new Message({ ...EMPTY, args: ["x".repeat(65_536 - 36)] }), {
    instanceOf: ProcessargsError,
    code: "ZX_ERR_INVALID_ARGS",
    message: "Cannot build processargs message, byte size too large (65537 > 65536)",
  });
  t.is(error?.kind, "SizeTooLarge");
});

test("a message holds 64 handles and no more", (t) => {
  const handle = nullKernel(t).createEvent();
  const handles = (length: number) =>
    Array.from({ length }, (_, arg) => ({ handle, info: new HandleInfo(HandleType.User0, arg) }));
  t.is(new Message({ ...EMPTY, handles: handles(64) }).handles.length, 64);
  const error = t.throws(() => new Message({ ...EMPTY, handles: handles(65) }), {
    instanceOf: ProcessargsError,
    code: "ZX_ERR_INVALID_ARGS",
    message: "Cannot build processargs message, too many handles (65 > 64)",
  });
  t.is(error?.kind, "TooManyHandles");
});

test("bytes that are no message tell where they go wrong", (t) => {
  const { bytes } = new Message({ ...EMPTY, args: ["a"] });
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 7, true);
  const error = t.throws(() => decodeMessage(bytes, 0), {
    instanceOf: MessageDecodeError,
    message: "Wrong version 0x7",
  });
  t.deepEqual([error?.kind, error?.field, error?.offset], ["Version", "version", 4]);
});

test("the linker's stack has room for the message, its handles and the linker", (t) => {
  const handle = nullKernel(t).createEvent();
  const one = { handle, info: new HandleInfo(HandleType.User0) };
  const few = { ...EMPTY, handles: [one, one, one, one] };
  t.is(calculateInitialLinkerStackSize(few, 1), 0x1000n);
  const args = Array.from({ length: 10_000 }, () => "arg");
  const many = { ...EMPTY, args, handles: [one, one, one, one, one] };
  t.is(calculateInitialLinkerStackSize(many, 1), 0xb000n);
  t.is(many.handles.length, 5);
  const error = t.throws(() => calculateInitialLinkerStackSize(many, 60), {
    instanceOf: ProcessargsError,
    code: "ZX_ERR_INVALID_ARGS",
  });
  t.is(error?.kind, "TooManyHandles");
});

test("the initial stack pointer is aligned, and eight less on x86-64", (t) => {
  t.is(computeInitialStackPointer(0x1000n, 0x1000n), 0x1ff8n);
  t.is(computeInitialStackPointer(0x1000n, 0x100fn, "aarch64"), 0x2000n);
  t.is(computeInitialStackPointer(0x1000n, 0x1000n, "riscv64"), 0x2000n);
  const error = t.throws(() => computeInitialStackPointer((1n << 64n) - 1n, 1n), {
    instanceOf: StackError,
    code: "ZX_ERR_OUT_OF_RANGE",
  });
  t.is(error?.kind, "PointerOverflow");
});

test("headers are read from bytes and from a VMO", (t) => {
  const bytes = staticPie();
  const kernel = nullKernel(t);
  const vmo = kernel.vmoFromBytes(bytes);
  for (const headers of [Elf64Headers.fromBytes(bytes), Elf64Headers.fromVmo(vmo)]) {
    t.is(headers.fileHeader.entry, 0x800n);
    t.is(headers.fileHeader.ident.class, 2);
    t.is(headers.fileHeader.phnum, 1);
    const [load] = headers.programHeadersWithType(SegmentType.Load);
    t.deepEqual([load?.flags, load?.filesz, load?.align], [5, 4096n, 4096n]);
  }
  t.throws(() => Elf64Headers.fromBytes(bytes, "aarch64"), { instanceOf: ElfParseError });
  const cut = t.throws(() => Elf64Headers.fromBytes(new Uint8Array()), {
    instanceOf: ElfParseError,
    code: "ZX_ERR_OUT_OF_RANGE",
    message: "Failed to read ELF from VMO: OUT_OF_RANGE",
  });
  t.is(cut?.kind, "ReadError");
  t.is(cut?.offset, undefined);
});
