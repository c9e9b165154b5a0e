import { checkCString, checkText, type CString, encode, textOf } from "../base/strings.js";
import { invalidType, invalidValue } from "../base/validate.js";

/** Environment variables: by name, or as `KEY=VALUE`. */
export type EnvironmentOption = Readonly<Record<string, CString>> | readonly CString[];

/**
 * The variable by which a program learns its working directory as it starts
 * (sdk/lib/fdio/unistd.cc, `__libc_extensions_init`): there is nothing else that tells it.
 */
const WORKING_DIRECTORY = "PWD=";

/** Checks environment variables: each as `KEY=VALUE`. */
export function checkEnvironment(env: EnvironmentOption | undefined): readonly CString[] {
  if (env === undefined) {
    return [];
  }
  if (Array.isArray(env)) {
    env.forEach((variable, index) => checkCString(`options.env[${index}]`, variable));
    return env as readonly CString[];
  }
  if (typeof env !== "object" || env === null) {
    throw invalidType("options.env", "an object or an array", env);
  }
  return Object.entries(env).map(([key, value]) => {
    const at = `options.env.${key}`;
    const bytes = checkCString(at, value);
    checkCString(at, key);
    return typeof value === "string"
      ? `${key}=${value}`
      : Buffer.concat([encode(`${key}=`), bytes]);
  });
}

/** Checks a working directory: an absolute path. */
export function checkWorkingDirectory(name: string, value: unknown): string {
  const path = checkText(name, value);
  if (!path.startsWith("/")) {
    throw invalidValue(name, "must be an absolute path", value);
  }
  return path;
}

/** Environment variables with those of a working directory, if one is given, in place of others. */
export function withWorkingDirectory(
  env: readonly CString[],
  path: string | undefined,
): readonly CString[] {
  if (path === undefined) {
    return env;
  }
  const others = env.filter((variable) => !textOf(variable).startsWith(WORKING_DIRECTORY));
  return [...others, WORKING_DIRECTORY + path];
}
