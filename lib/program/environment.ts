import { checkCString, type CString, encode } from "../base/strings.js";
import { invalidType } from "../base/validate.js";

/** Environment variables: by name, or as `KEY=VALUE`. */
export type EnvironmentOption = Readonly<Record<string, CString>> | readonly CString[];

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
