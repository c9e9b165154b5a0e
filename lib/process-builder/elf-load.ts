import { check } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkU64, invalidType } from "../base/validate.js";
import { checkHandle } from "../handles/take.js";
import { Vmar } from "../handles/vmar.js";
import { Vmo } from "../handles/vmo.js";
import { Elf64Headers } from "./elf-headers.js";

/** An ELF file that was loaded. */
export interface LoadedElf {
  /** The VMAR that its segments are in. */
  readonly vmar: Vmar;
  /** The VMAR's first address. */
  readonly vmarBase: bigint;
  /** The address of the entry point. */
  readonly entry: bigint;
}

/**
 * Loads the segments of the file in `vmo` into a new VMAR below `rootVmar`, at an address of the
 * kernel's choice (src/lib/process_builder, `elf_load::load_elf`). Both handles are borrowed, and
 * of one context.
 *
 * @throws {@link ElfLoadError}. What was mapped by then goes with the VMAR's process.
 */
export function loadElf(vmo: Vmo, headers: Elf64Headers, rootVmar: Vmar): LoadedElf {
  const { context } = checkHandle("rootVmar", rootVmar, Vmar);
  const { packed } = checkHeaders(headers);
  const file = borrow(vmo, rootVmar);
  const loaded = check(context.native.loadElf(context.id, file, packed, rootVmar.value));
  const [vmarBase, entry] = loaded.addresses;
  return jsonable({ vmar: new Vmar(context, loaded.vmar), vmarBase: vmarBase!, entry: entry! });
}

/**
 * Maps the segments of the file in `vmo` into a VMAR that begins at `mapperBase`; `vaddrBias`,
 * modulo 2^64, is added to their addresses (`elf_load::map_elf_segments`). Both handles are
 * borrowed, and of one context.
 *
 * @throws {@link ElfLoadError}. What was mapped by then stays.
 */
export function mapElfSegments(
  vmo: Vmo,
  headers: Elf64Headers,
  vmar: Vmar,
  mapperBase: bigint,
  vaddrBias: bigint,
): void {
  const { context, value } = checkHandle("vmar", vmar, Vmar);
  const { packed } = checkHeaders(headers);
  checkU64("mapperBase", mapperBase);
  checkU64("vaddrBias", vaddrBias);
  const file = borrow(vmo, vmar);
  check(context.native.mapElfSegments(context.id, file, packed, value, mapperBase, vaddrBias));
}

function checkHeaders(headers: unknown): Elf64Headers {
  if (!(headers instanceof Elf64Headers)) {
    throw invalidType("headers", "an instance of Elf64Headers", headers);
  }
  return headers;
}

function borrow(vmo: Vmo, { context }: Vmar): number {
  return checkHandle("vmo", vmo, Vmo).valueIn(context, "vmo");
}
