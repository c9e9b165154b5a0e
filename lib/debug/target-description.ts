// What debuggers are told of the registers, and what system they are to take this one for.
import { type FeatureName, type Register, REGISTERS } from "./register-file.js";

/** What lldb takes the programs for: for Fuchsia, by its name, it has no calling convention. */
export const TRIPLE = "x86_64-unknown-none";

/**
 * What gdb takes the system for: it has no Fuchsia, and of Linux it has what is the same here, the
 * linker's list, the vDSO, where an executable is found, thread-local variables and what a signal is
 * told with.
 */
const OS_ABI = "GNU/Linux";

const FEATURES: Readonly<Record<FeatureName, string>> = {
  core: "org.gnu.gdb.i386.core",
  sse: "org.gnu.gdb.i386.sse",
  linux: "org.gnu.gdb.i386.linux",
  segments: "org.gnu.gdb.i386.segments",
  avx: "org.gnu.gdb.i386.avx",
};

const TYPES: Readonly<Partial<Record<FeatureName, string>>> = {
  core: flags("i386_eflags", [
    ["CF", 0],
    ["PF", 2],
    ["AF", 4],
    ["ZF", 6],
    ["SF", 7],
    ["TF", 8],
    ["IF", 9],
    ["DF", 10],
    ["OF", 11],
    ["NT", 14],
    ["RF", 16],
    ["AC", 18],
    ["ID", 21],
  ]),
  sse: [
    vector("v4f", "ieee_single", 4),
    vector("v2d", "ieee_double", 2),
    vector("v16i8", "int8", 16),
    vector("v8i16", "int16", 8),
    vector("v4i32", "int32", 4),
    vector("v2i64", "int64", 2),
    '<union id="vec128">',
    ...["v4_float:v4f", "v2_double:v2d", "v16_int8:v16i8"].map(field),
    ...["v8_int16:v8i16", "v4_int32:v4i32", "v2_int64:v2i64", "uint128:uint128"].map(field),
    "</union>",
    flags("i386_mxcsr", [
      ["IE", 0],
      ["DE", 1],
      ["ZE", 2],
      ["OE", 3],
      ["UE", 4],
      ["PE", 5],
      ["DAZ", 6],
      ["IM", 7],
      ["DM", 8],
      ["ZM", 9],
      ["OM", 10],
      ["UM", 11],
      ["PM", 12],
      ["FZ", 15],
    ]),
  ].join(""),
};

/** The description, as `qXfer:features:read:target.xml` has it. */
export function targetDescription(): string {
  const names = [...new Set(REGISTERS.map(({ feature }) => feature))];
  return [
    '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target>',
    `<architecture>i386:x86-64</architecture><osabi>${OS_ABI}</osabi>`,
    ...names.map(feature),
    "</target>",
  ].join("");
}

function feature(name: FeatureName): string {
  const registers = REGISTERS.map((register, number) => ({ register, number }))
    .filter(({ register }) => register.feature === name)
    .map(({ register, number }) => element(register, number));
  return `<feature name="${FEATURES[name]}">${TYPES[name] ?? ""}${registers.join("")}</feature>`;
}

function element({ name, bits, type }: Register, number: number): string {
  return `<reg name="${name}" bitsize="${bits}" type="${type}" regnum="${number}"/>`;
}

function flags(id: string, bits: readonly (readonly [name: string, bit: number])[]): string {
  const fields = bits.map(([name, bit]) => `<field name="${name}" start="${bit}" end="${bit}"/>`);
  return `<flags id="${id}" size="4">${fields.join("")}</flags>`;
}

function vector(id: string, type: string, count: number): string {
  return `<vector id="${id}" type="${type}" count="${count}"/>`;
}

function field(pair: string): string {
  const [name, type] = pair.split(":");
  return `<field name="${name}" type="${type}"/>`;
}
