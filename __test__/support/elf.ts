// The smallest ELF files that Fuchsia's loader accepts.

const PAGE = 0x1000;
const PT_LOAD = 1;
const PF_X_R = 5;

/** A static position-independent executable for x86-64: one page, one R+X segment. */
export function staticPie(): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 3, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, 0x200n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, PT_LOAD, true);
  view.setUint32(68, PF_X_R, true);
  view.setBigUint64(96, BigInt(PAGE), true);
  view.setBigUint64(104, BigInt(PAGE), true);
  view.setBigUint64(112, BigInt(PAGE), true);
  // ud2, should it ever run.
  bytes.set([0x0f, 0x0b], 0x200);
  return bytes;
}

const PT_INTERP = 3;
const PROGRAM_HEADER = 56;

/** The same, but it wants a dynamic linker: the bytes of its PT_INTERP. */
export function dynamicPie(interpreter: string): Uint8Array {
  const bytes = staticPie();
  const view = new DataView(bytes.buffer);
  const name = new TextEncoder().encode(interpreter);
  const header = 64 + PROGRAM_HEADER;
  const offset = 0x400n;
  view.setUint16(56, 2, true);
  view.setUint32(header, PT_INTERP, true);
  view.setBigUint64(header + 8, offset, true);
  view.setBigUint64(header + 32, BigInt(name.length), true);
  view.setBigUint64(header + 40, BigInt(name.length), true);
  bytes.set(name, Number(offset));
  return bytes;
}
