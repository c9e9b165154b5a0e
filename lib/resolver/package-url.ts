import { isName } from "../vfs/path.js";

/** A file in a package, as a URL names it. */
export interface PackageUrl {
  /** The package's name. */
  readonly name: string;
  /** Its variant; `0` if the URL names none. */
  readonly variant: string;
  /** The path of the file in the package. */
  readonly resource: string;
}

/**
 * `fuchsia-pkg://HOST/NAME[/VARIANT][?hash=HASH]#PATH` or `fuchsia-boot:///NAME[/VARIANT]#PATH`.
 * Names are of at most 255 small letters, digits, `-`, `_` and `.` (src/lib/fuchsia-url).
 */
const URL =
  /^(?:fuchsia-pkg:\/\/[a-z0-9.-]+|fuchsia-boot:\/\/)\/([a-z0-9._-]{1,255})(?:\/([a-z0-9._-]{1,255}))?(?:\?hash=[0-9a-f]{64})?#(.+)$/s;

/** What such a URL names; `undefined` if it is none, or names no file. */
export function parsePackageUrl(url: string): PackageUrl | undefined {
  const [, name, variant = "0", fragment] = URL.exec(url) ?? [];
  if (name === undefined || fragment === undefined || ![name, variant].every(isName)) {
    return undefined;
  }
  const resource = decodePercent(fragment);
  return resource?.split("/").every(isName) ? { name, variant, resource } : undefined;
}

function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
