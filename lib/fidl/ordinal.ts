/** Libraries that fidlc hashes under another name. */
const HASHED_AS = new Map([["fuchsia.io", "fuchsia.io1"]]);

/**
 * The ordinal of a method: of the SHA-256 of `library/Protocol.Method` the first eight bytes, little
 * endian, less the highest bit (docs/reference/fidl/language/wire-format). The library `fuchsia.io`
 * is hashed as `fuchsia.io1`, as fidlc did until 2022.
 *
 * @param protocol the protocol that declares the method, as in `fuchsia.ldsvc/Loader`
 */
export function methodOrdinal(protocol: string, method: string): bigint {
  const [library = "", name = ""] = protocol.split("/");
  return selectorOrdinal(`${HASHED_AS.get(library) ?? library}/${name}.${method}`);
}

/** The ordinal of a method whose full name is, or once was, this one: `fuchsia.io1/Node.Clone`. */
export function selectorOrdinal(selector: string): bigint {
  return BigInt.asUintN(63, sha256(selector).readBigUInt64LE());
}

function sha256(text: string): Buffer {
  // Loaded when first used: Node takes longer over it than over a protocol.
  return process
    .getBuiltinModule("node:crypto")
    .createHash("sha256")
    .update(text, "ascii")
    .digest();
}
