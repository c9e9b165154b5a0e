import test, { type ExecutionContext } from "ava";
import * as fc from "fast-check";

import { Event, Handle, type Kernel, Rights, Vmo } from "../index.js";
import { bits, enumeration } from "../lib/fidl/enums.js";
import { FidlError, type FidlErrorKind } from "../lib/fidl/errors.js";
import { handle } from "../lib/fidl/handles.js";
import { Directory, File } from "../lib/fidl/libraries/fuchsia-io.js";
import { Loader } from "../lib/fidl/libraries/fuchsia-ldsvc.js";
import { Launcher, Resolver } from "../lib/fidl/libraries/fuchsia-process.js";
import { decodeBody, decodeHeader } from "../lib/fidl/message.js";
import {
  bool,
  float32,
  float64,
  int16,
  int32,
  int64,
  int8,
  uint16,
  uint32,
  uint64,
  uint8,
} from "../lib/fidl/primitives.js";
import { type Method, Parameters } from "../lib/fidl/protocol.js";
import { array, bytes, string, vector } from "../lib/fidl/sequences.js";
import { box, type Fields, type FieldValues, struct } from "../lib/fidl/structs.js";
import { table } from "../lib/fidl/tables.js";
import { type FidlType, optional } from "../lib/fidl/type.js";
import { flexibleUnion, union } from "../lib/fidl/unions.js";
import { decodeValue, encodeValue, hex } from "./support/fidl.js";
import { nullKernel } from "./support/kernel.js";

const FORMATS = [1, 2] as const;

/** A header of each wire format. */
const V1 = "01 00 00 00 00 00 00 01 01 00 00 00 00 00 00 00";
const V2 = "01 00 00 00 02 00 00 01 01 00 00 00 00 00 00 00";
const PRESENT = "ff ff ff ff ff ff ff ff";
const NONE = "00 00 00 00 00 00 00 00";

const Color = enumeration("Color", uint8, { RED: 1, BLUE: 2 });
const Loose = enumeration("Loose", int32, { ZERO: 0 }, "flexible");
const Access = bits("Access", uint32, { READ: 1, WRITE: 0x8000_0000 });
const Wide = bits("Wide", uint64, { LOW: 1n, HIGH: 1n << 63n });
const Empty = struct("Empty", {});
const Point = struct("Point", { x: int8, y: uint64 });
const Shape = union("Shape", { small: [1, int16], text: [3, string(8)], point: [7, Point] });
const Growing = flexibleUnion("Growing", { count: [1, uint32], name: [2, string()] });
const Settings = table("Settings", {
  on: [1, bool],
  label: [3, string(4)],
  shape: [4, Shape],
  event: [6, handle(Event)],
});

const Everything = new Parameters({
  flag: bool,
  ints: struct("Ints", { a: int8, b: int16, c: int32, d: int64 }),
  uints: struct("Uints", { a: uint8, b: uint64, c: uint16, d: uint32 }),
  floats: struct("Floats", { a: float32, b: float64 }),
  empty: Empty,
  color: Color,
  loose: Loose,
  access: Access,
  wide: Wide,
  text: string(),
  maybeText: optional(string(16)),
  data: bytes(32),
  texts: vector(string()),
  triple: array(uint16, 3),
  boxed: box(Point),
  shape: Shape,
  maybeShape: optional(Shape),
  growing: Growing,
  settings: Settings,
});

const shape = fc.oneof(
  fc.record({
    kind: fc.constant("small" as const),
    value: fc.integer({ min: -32768, max: 32767 }),
  }),
  fc.record({ kind: fc.constant("text" as const), value: fc.string({ maxLength: 8 }) }),
  fc.record({
    kind: fc.constant("point" as const),
    value: fc.record({ x: fc.integer({ min: -128, max: 127 }), y: fc.bigInt(0n, 2n ** 64n - 1n) }),
  }),
);

const everything: fc.Arbitrary<FieldValues<EverythingFields>> = fc.record(
  {
    flag: fc.boolean(),
    ints: fc.record({
      a: fc.integer({ min: -(2 ** 7), max: 2 ** 7 - 1 }),
      b: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
      c: fc.integer(),
      d: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    }),
    uints: fc.record({
      a: fc.nat(2 ** 8 - 1),
      b: fc.bigInt(0n, 2n ** 64n - 1n),
      c: fc.nat(2 ** 16 - 1),
      d: fc.nat(2 ** 32 - 1),
    }),
    floats: fc.record({ a: fc.float(), b: fc.double() }),
    empty: fc.constant({}),
    color: fc.constantFrom(1, 2),
    loose: fc.integer(),
    access: fc.constantFrom(0, 1, 0x8000_0000, 0x8000_0001),
    wide: fc.constantFrom(0n, 1n, 1n << 63n),
    text: fc.string({ unit: "binary" }),
    maybeText: fc.string({ maxLength: 16 }),
    data: fc.uint8Array({ maxLength: 32 }),
    texts: fc.array(fc.string()),
    triple: fc.array(fc.nat(65535), { minLength: 3, maxLength: 3 }),
    boxed: fc.record({ x: fc.constant(-1), y: fc.constant(1n) }),
    shape,
    maybeShape: shape,
    growing: fc.record({ kind: fc.constant("count" as const), value: fc.nat() }),
    settings: fc.record(
      { on: fc.boolean(), label: fc.string({ maxLength: 4 }), shape },
      { requiredKeys: [] },
    ),
  },
  {
    requiredKeys: [
      "flag",
      "ints",
      "uints",
      "floats",
      "empty",
      "color",
      "loose",
      "access",
      "wide",
      "text",
      "data",
      "texts",
      "triple",
      "shape",
      "growing",
      "settings",
    ],
  },
);

type EverythingFields = typeof Everything extends Parameters<infer F> ? F : never;

/** The message of a value of one type, as its only parameter. */
function alone<T>(type: FidlType<T>): Parameters<{ value: FidlType<T> }> {
  return new Parameters({ value: type });
}

/** Expects a message to be refused, and its handles to be closed. */
function refuses(
  t: ExecutionContext,
  type: FidlType<unknown>,
  kind: FidlErrorKind,
  text: string,
  handles: readonly Handle[] = [],
): FidlError {
  const error = t.throws(() => decodeValue(alone(type), { bytes: hex(text), handles }), {
    instanceOf: FidlError,
    code: "ZX_ERR_INVALID_ARGS",
  })!;
  t.is(error.kind, kind, error.message);
  t.false(handles.some(({ isValid }) => isValid));
  return error;
}

/** Expects a value to be refused. */
function refusesToEncode<F extends Fields>(
  t: ExecutionContext,
  parameters: Parameters<F>,
  value: FieldValues<F>,
  kind: FidlErrorKind,
): void {
  const error = t.throws(() => encodeValue(parameters, value, 2), { instanceOf: FidlError })!;
  t.is(error.kind, kind, error.message);
}

for (const format of FORMATS) {
  test(`every value of every type comes back in v${format}`, (t) => {
    fc.assert(
      fc.property(everything, (value) => {
        const message = encodeValue(Everything, value, format);
        t.is(message.bytes.length % 8, 0);
        t.deepEqual(decodeValue(Everything, message), value);
      }),
    );
  });

  test(`a message of v${format} with any byte less or more is refused`, (t) => {
    fc.assert(
      fc.property(everything, fc.nat(), (value, cut) => {
        const { bytes } = encodeValue(Everything, value, format);
        const shorter = bytes.subarray(0, 16 + (cut % (bytes.length - 16)));
        const longer = new Uint8Array([...bytes, ...new Uint8Array(8)]);
        const less = { bytes: shorter, handles: [] };
        t.throws(() => decodeBody(less, format, Everything), { instanceOf: FidlError });
        const more = { bytes: longer, handles: [] };
        const error = t.throws(() => decodeBody(more, format, Everything), {
          instanceOf: FidlError,
        })!;
        t.is(error.kind, "TrailingBytes");
      }),
    );
  });

  test(`a spoiled message of v${format} gives a value or a FidlError`, (t) => {
    fc.assert(
      fc.property(everything, fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = Uint8Array.from(encodeValue(Everything, value, format).bytes);
        bytes[16 + (at % (bytes.length - 16))] = byte;
        valueOrFidlError(t, () => decodeBody({ bytes, handles: [] }, format, Everything));
      }),
    );
  });
}

function valueOrFidlError(t: ExecutionContext, body: () => unknown): boolean {
  try {
    body();
    return true;
  } catch (error) {
    t.true(error instanceof FidlError, String(error));
    return false;
  }
}

/** Words as they are in messages, so that some of them get far. */
const words = fc.array(
  fc.oneof(
    fc.constantFrom(NONE, PRESENT, "01 00 00 00 00 00 00 00", "08 00 00 00 00 00 00 00"),
    fc.constantFrom(
      "ff ff ff ff 00 00 00 00",
      "00 00 00 00 01 00 01 00",
      "ff ff ff ff 01 00 01 00",
    ),
    fc
      .uint8Array({ minLength: 8, maxLength: 8 })
      .map((bytes) => Buffer.from(bytes).toString("hex")),
  ),
  { maxLength: 12 },
);

test("random bytes give nothing but a FidlError, and close their handles", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats().handles;
  const methods = [Loader, Launcher, Resolver, File, Directory].flatMap((protocol) =>
    Object.values<Method>(protocol.methods),
  );
  const parameters = [Everything, ...methods.flatMap(parametersOf)];
  const input = [
    fc.constantFrom(...parameters),
    fc.constantFrom(V1, V2),
    words,
    fc.nat(3),
  ] as const;
  fc.assert(
    fc.property(...input, (parameters, header, body, count) => {
      const bytes = hex(`${header} ${body.join(" ")}`);
      const handles = Array.from({ length: count }, () => kernel.createVmo(1n));
      const decoded = valueOrFidlError(t, () => decodeValue(parameters, { bytes, handles }));
      if (decoded) {
        handles.forEach((handle) => handle.close());
      }
      t.is(kernel.stats().handles, before);
    }),
    { numRuns: 2000 },
  );
});

function parametersOf(method: Method): Parameters<Fields>[] {
  switch (method.kind) {
    case "one-way":
      return [method.request];
    case "two-way":
      return [method.request, method.response];
    case "event":
      return [method.response];
  }
}

test("random bytes give a header or a FidlError", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      valueOrFidlError(t, () => decodeHeader(bytes));
    }),
  );
});

test("the header tells the wire format, and other flags are ignored", (t) => {
  const header = hex(V2);
  t.is(decodeHeader(header).format, 2);
  header.set([0xfd, 0xff, 0xff], 4);
  t.is(decodeHeader(header).format, 1);
  header[7] = 0;
  t.throws(() => decodeHeader(header), { code: "ZX_ERR_PROTOCOL_NOT_SUPPORTED" });
  t.throws(() => decodeHeader(header.subarray(0, 15)), { message: "message is too short" });
});

test("numbers are held to their ranges", (t) => {
  const ranges = [
    [int8, -(2 ** 7), 2 ** 7 - 1],
    [int16, -(2 ** 15), 2 ** 15 - 1],
    [int32, -(2 ** 31), 2 ** 31 - 1],
    [uint8, 0, 2 ** 8 - 1],
    [uint16, 0, 2 ** 16 - 1],
    [uint32, 0, 2 ** 32 - 1],
  ] as const;
  for (const [type, min, max] of ranges) {
    const parameters = alone<number>(type);
    for (const value of [min, max]) {
      t.is(decodeValue(parameters, encodeValue(parameters, { value }, 2)).value, value);
    }
    for (const value of [min - 1, max + 1, 0.5]) {
      t.throws(() => encodeValue(parameters, { value }, 2), { code: "ERR_OUT_OF_RANGE" });
    }
    t.throws(() => encodeValue(parameters, { value: "1" as never }, 2), {
      code: "ERR_INVALID_ARG_TYPE",
    });
  }
  const wide = alone(uint64);
  t.throws(() => encodeValue(wide, { value: -1n }, 2), { code: "ERR_OUT_OF_RANGE" });
  t.throws(() => encodeValue(wide, { value: 2n ** 64n }, 2), { code: "ERR_OUT_OF_RANGE" });
});

test("a boolean is 0 or 1", (t) => {
  refuses(t, bool, "Bool", `${V1} 02 00 00 00 00 00 00 00`);
});

test("padding is zero", (t) => {
  refuses(t, bool, "Padding", `${V1} 01 00 00 00 00 00 00 01`);
  refuses(t, Point, "Padding", `${V1} 01 01 00 00 00 00 00 00 ${NONE}`);
  refuses(
    t,
    struct("Tail", { a: uint64, b: uint8 }),
    "Padding",
    `${V1} ${NONE} 01 00 00 01 00 00 00 00`,
  );
  refuses(
    t,
    string(),
    "Padding",
    `${V1} 01 00 00 00 00 00 00 00 ${PRESENT} 61 00 00 00 00 00 00 01`,
  );
  refuses(t, Empty, "Padding", `${V1} 01 00 00 00 00 00 00 00`);
  const small = "01 00 00 00 00 00 00 00";
  refuses(t, Shape, "Padding", `${V2} ${small} 05 00 01 00 00 00 01 00`);
});

test("markers say present or absent", (t) => {
  const marker = "01 00 00 00 00 00 00 00";
  refuses(t, string(), "Presence", `${V1} ${NONE} ${marker}`);
  refuses(t, optional(string()), "Presence", `${V1} ${NONE} ${marker}`);
  refuses(t, box(Point), "Presence", `${V1} ${marker}`);
  refuses(t, Settings, "Presence", `${V1} ${NONE} ${marker}`);
  refuses(t, handle(Handle), "Presence", `${V1} ${marker}`);
  refuses(t, Shape, "Presence", `${V1} ${marker} ${NONE} ${marker}`);
  refuses(t, Shape, "Presence", `${V1} ${marker} ${marker} ${NONE}`);
  refuses(t, Shape, "Presence", `${V2} ${marker} 00 00 00 00 00 00 02 00`);
});

test("what must be there is there", (t) => {
  refuses(t, string(), "Absent", `${V1} ${NONE} ${NONE}`);
  refuses(t, optional(string()), "Absent", `${V1} 01 00 00 00 00 00 00 00 ${NONE}`);
  refuses(t, Settings, "Absent", `${V1} ${NONE} ${NONE}`);
  refuses(t, handle(Handle), "Absent", `${V1} ${NONE}`);
  refuses(t, Shape, "Absent", `${V1} ${NONE} ${NONE} ${NONE}`);
  refuses(t, Shape, "Absent", `${V2} 01 00 00 00 00 00 00 00 ${NONE}`);
  refuses(t, optional(Shape), "Absent", `${V2} ${NONE} 05 00 00 00 00 00 01 00`);
  refuses(t, Growing, "Absent", `${V2} 09 00 00 00 00 00 00 00 ${NONE}`);
  refuses(t, Settings, "Absent", `${V2} 01 00 00 00 00 00 00 00 ${PRESENT} ${NONE}`);
});

/** A count, whose elements follow. */
function count(digits: string): string {
  return `${V1} ${digits} 00 00 00 00 00 00 00 ${PRESENT}`;
}

test("counts are at most their bounds", (t) => {
  refuses(t, string(3), "TooLong", `${count("04")} 61 61 61 61 00 00 00 00`);
  refuses(t, bytes(3), "TooLong", `${count("04")} 61 61 61 61 00 00 00 00`);
  refuses(t, vector(uint64, 1), "TooLong", `${count("02")} ${NONE} ${NONE}`);
  const three = { bytes: hex(`${count("03")} 61 61 61 00 00 00 00 00`), handles: [] };
  t.deepEqual(decodeValue(alone(string(3)), three), { value: "aaa" });
  refusesToEncode(t, alone(string(3)), { value: "aaé" }, "TooLong");
  refusesToEncode(t, alone(bytes(3)), { value: new Uint8Array(4) }, "TooLong");
  refusesToEncode(t, alone(vector(uint64, 1)), { value: [1n, 2n] }, "TooLong");
});

test("a count beyond the message takes no memory", (t) => {
  const most = "ff ff ff ff 00 00 00 00";
  for (const type of [string(), bytes(), vector(uint64), vector(Empty)]) {
    refuses(t, type, "TooShort", `${V1} ${most} ${PRESENT}`);
    refuses(t, type, "TooLong", `${V1} ${PRESENT} ${PRESENT}`);
  }
  refuses(t, Settings, "TooShort", `${V1} ${PRESENT} ${PRESENT}`);
  t.throws(() => array(uint8, 0), { code: "ERR_OUT_OF_RANGE" });
});

test("strings are UTF-8", (t) => {
  const two = `${V1} 02 00 00 00 00 00 00 00 ${PRESENT}`;
  for (const text of ["c3 28", "c0 80", "ed a0", "ff fe"]) {
    refuses(t, string(), "Utf8", `${two} ${text} 00 00 00 00 00 00`);
  }
  const mark = {
    bytes: hex(`${V1} 03 00 00 00 00 00 00 00 ${PRESENT} ef bb bf ${"00".repeat(5)}`),
  };
  t.deepEqual(decodeValue(alone(string()), { ...mark, handles: [] }), { value: "\ufeff" });
});

test("strict types know all their members", (t) => {
  refuses(t, Color, "UnknownMember", `${V1} 03 00 00 00 00 00 00 00`);
  refuses(t, Access, "UnknownMember", `${V1} 02 00 00 00 00 00 00 00`);
  refuses(t, Wide, "UnknownMember", `${V1} 02 00 00 00 00 00 00 00`);
  refuses(t, Shape, "UnknownMember", `${V2} 02 00 00 00 00 00 00 00 05 00 00 00 00 00 01 00`);
  refusesToEncode(t, alone(Color), { value: 3 }, "UnknownMember");
  refusesToEncode(t, alone(Access), { value: 2 }, "UnknownMember");
  const loose = encodeValue(alone(Loose), { value: 9 }, 2);
  t.deepEqual(decodeValue(alone(Loose), loose), { value: 9 });
});

test("unknown members of flexible types are passed over, and their handles closed", (t) => {
  const kernel = nullKernel(t);
  const unknown = "09 00 00 00 00 00 00 00";
  const within = kernel.createEvent();
  const small = hex(`${V2} ${unknown} ff ff ff ff 01 00 01 00`);
  t.deepEqual(decodeValue(alone(Growing), { bytes: small, handles: [within] }), {
    value: { kind: "unknown", ordinal: 9n },
  });
  t.false(within.isValid);
  const large = hex(`${V1} ${unknown} 08 00 00 00 00 00 00 00 ${PRESENT} ${PRESENT}`);
  t.deepEqual(decodeValue(alone(Growing), { bytes: large, handles: [] }), {
    value: { kind: "unknown", ordinal: 9n },
  });
  const second = kernel.createEvent();
  // The second member is unknown.
  const members = `02 00 00 00 00 00 00 00 ${PRESENT} 01 00 00 00 00 00 01 00`;
  const settings = hex(`${V2} ${members} 08 00 00 00 01 00 00 00 ff ff ff ff 00 00 00 00`);
  t.deepEqual(decodeValue(alone(Settings), { bytes: settings, handles: [second] }), {
    value: { on: true },
  });
  t.false(second.isValid);
  refuses(t, Growing, "MissingHandle", `${V2} ${unknown} ff ff ff ff 01 00 01 00`);
  refuses(t, Growing, "TooShort", `${V2} ${unknown} 08 00 00 00 00 00 00 00`);
  refuses(t, Growing, "Envelope", `${V2} ${unknown} 07 00 00 00 00 00 00 00 ${NONE}`);
});

test("envelopes count what is in them", (t) => {
  const kernel = nullKernel(t);
  const small = "01 00 00 00 00 00 00 00";
  refuses(t, Shape, "Envelope", `${V1} ${small} 10 00 00 00 00 00 00 00 ${PRESENT} ${NONE}`);
  refuses(t, Shape, "Envelope", `${V1} ${small} 08 00 00 00 01 00 00 00 ${PRESENT} ${NONE}`, [
    kernel.createEvent(),
  ]);
  refuses(t, Shape, "Envelope", `${V2} ${small} 05 00 00 00 01 00 01 00`, [kernel.createEvent()]);
  // What fits must be inline, and what does not must not.
  refuses(t, Shape, "Envelope", `${V2} ${small} 08 00 00 00 00 00 00 00 ${NONE}`);
  refuses(t, Shape, "Envelope", `${V2} 07 00 00 00 00 00 00 00 05 00 00 00 00 00 01 00`);
});

/** Vectors in vectors. */
function nest(levels: number) {
  let type: FidlType<unknown> = vector(uint8);
  let value: unknown = [];
  for (let level = 1; level < levels; level += 1) {
    type = vector(type);
    value = [value];
  }
  return { parameters: alone(type), value };
}

test("32 levels are read and written, and no more", (t) => {
  const deepest = nest(32);
  const message = encodeValue(deepest.parameters, { value: deepest.value }, 2);
  t.deepEqual(decodeValue(deepest.parameters, message), { value: deepest.value });
  const deeper = nest(33);
  refusesToEncode(t, deeper.parameters, { value: deeper.value }, "TooDeep");
  const one = `01 00 00 00 00 00 00 00 ${PRESENT}`;
  const bytes = `${V1} ${Array<string>(32).fill(one).join(" ")} ${NONE} ${PRESENT}`;
  const type = nest(33).parameters.struct!.parts[0]!;
  refuses(t, type, "TooDeep", bytes);
});

test("handles are as many as the message says", (t) => {
  const kernel = nullKernel(t);
  refuses(t, handle(Handle), "MissingHandle", `${V1} ff ff ff ff 00 00 00 00`);
  refuses(t, handle(Handle), "TrailingHandles", `${V1} ff ff ff ff 00 00 00 00`, [
    kernel.createEvent(),
    kernel.createEvent(),
  ]);
  refuses(t, optional(handle(Handle)), "TrailingHandles", `${V1} ${NONE}`, [kernel.createEvent()]);
});

test("a handle is of the type that is declared", (t) => {
  const kernel = nullKernel(t);
  const present = `${V1} ff ff ff ff 00 00 00 00`;
  const error = refuses(t, handle(Vmo), "HandleType", present, [kernel.createEvent()]);
  t.is(error.message, "value is no Vmo");
  t.is(error.offset, 16);
  t.throws(() => encodeValue(alone(handle(Vmo)), { value: kernel.createEvent() as never }, 2), {
    code: "ERR_INVALID_ARG_TYPE",
  });
});

test("a handle has the rights that are declared, and gets no more", (t) => {
  const kernel = nullKernel(t);
  const readable = handle(Vmo, Rights.READ | Rights.TRANSFER);
  const bytes = hex(`${V1} ff ff ff ff 00 00 00 00`);
  const { value } = decodeValue(alone(readable), { bytes, handles: [kernel.createVmo(1n)] });
  t.is(value.rights, Rights.READ | Rights.TRANSFER);
  const weak = kernel.createVmo(1n).replace(Rights.READ);
  refuses(t, readable, "HandleRights", `${V1} ff ff ff ff 00 00 00 00`, [weak]);
});

test("a message has 65,536 bytes and 64 handles at most", (t) => {
  const kernel = nullKernel(t);
  const room = 65_536 - 16 - 16;
  t.is(encodeValue(alone(bytes()), { value: new Uint8Array(room) }, 2).bytes.length, 65_536);
  refusesToEncode(t, alone(bytes()), { value: new Uint8Array(room + 1) }, "TooLarge");
  const many = (count: number) => Array.from({ length: count }, () => kernel.createEvent());
  const handles = alone(vector(handle(Handle)));
  const most = encodeValue(handles, { value: many(64) }, 2);
  t.is(most.handles.length, 64);
  const more = many(65);
  refusesToEncode(t, handles, { value: more }, "TooManyHandles");
  t.false(more.some(({ isValid }) => isValid));
});

function closesAll(t: ExecutionContext, kernel: Kernel, body: (event: Event) => void): void {
  const event = kernel.createEvent();
  t.throws(() => body(event));
  t.false(event.isValid);
}

test("values that are no such are a caller's mistake, and their handles are closed", (t) => {
  const kernel = nullKernel(t);
  const wrong = (parameters: Parameters<Fields>, value: unknown) =>
    t.throws(() => encodeValue(parameters, { value }, 2), { instanceOf: TypeError });
  wrong(alone(bool), 1);
  wrong(alone(string()), 1);
  wrong(alone(bytes()), [1]);
  wrong(alone(vector(uint8)), "a");
  wrong(alone(array(uint8, 2)), [1]);
  wrong(alone(Point), undefined);
  wrong(alone(Settings), null);
  wrong(alone(Shape), { kind: "unknown", ordinal: 9n });
  wrong(alone(Shape), { kind: "toString", value: 1 });
  wrong(alone(float64), 1n);
  // What is in there is not the message's.
  wrong(alone(handle(Event)), kernel);
  closesAll(t, kernel, (event) =>
    encodeValue(alone(Settings), { value: { event, on: 1 as never } }, 2),
  );
});
