// Paths of the host. On POSIX they are bytes, which need not be UTF-8. As text, each byte that is
// part of no UTF-8 is one of U+DC80 to U+DCFF, which no UTF-8 stands for: nothing is lost, and what
// takes a path as text takes all paths.
import { fileURLToPath } from "node:url";
import { isNativeError } from "node:util/types";

/** What stands for the byte 0 of those that are part of no UTF-8. */
const ESCAPE = 0xdc00;

/** A byte that is part of no UTF-8. */
const ESCAPED = /([\udc80-\udcff])/u;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A path, or a part of one, as text. Of what Node's functions give: Yarn has some in their place that
 * give text where bytes are asked for.
 */
export function pathText(path: Uint8Array | string): string {
  return typeof path === "string" ? path : (utf8(path) ?? escaped(path));
}

/** A path as Node's functions take it. */
export function hostPath(text: string): string | Buffer {
  return process.platform === "win32" || !ESCAPED.test(text) ? text : pathBytes(text);
}

/** The bytes of a path, or of a part of one. */
export function pathBytes(text: string): Buffer {
  if (!ESCAPED.test(text)) return Buffer.from(text);
  const parts = text.split(ESCAPED);
  return Buffer.concat(
    parts.map((part) =>
      ESCAPED.test(part) ? Buffer.of(part.charCodeAt(0) - ESCAPE) : Buffer.from(part),
    ),
  );
}

/** The path in a file URL, whose escapes may stand for any bytes. */
export function pathOfUrl(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    if (!isNativeError(error) || error.name !== "URIError") throw error;
    const bytes = url.pathname.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCharCode(parseInt(digits, 16)),
    );
    return pathText(Buffer.from(bytes, "latin1"));
  }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function escaped(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at, at + 4);
    const size = [1, 2, 3, 4].find((size) => utf8(rest.subarray(0, size)) !== undefined);
    text +=
      size === undefined ? String.fromCharCode(ESCAPE + rest[0]!) : utf8(rest.subarray(0, size))!;
    at += size ?? 1;
  }
  return text;
}
