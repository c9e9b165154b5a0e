import { readdirSync, readFileSync } from "node:fs";

import { Ajv2020 } from "ajv/dist/2020.js";
import type { ExecutionContext } from "ava";

const DIRECTORY = new URL("../../schemas/", import.meta.url);

const ajv = new Ajv2020({ allErrors: true, strict: true });
const ids = new Map<string, string>();
for (const file of readdirSync(DIRECTORY)) {
  const schema = JSON.parse(readFileSync(new URL(file, DIRECTORY), "utf8")) as { $id: string };
  ajv.addSchema(schema);
  ids.set(file, schema.$id);
}

/** Expects a document to be as the schema in this file says, and returns it. */
export function matchesSchema<T>(t: ExecutionContext, file: string, text: string): T {
  const document = JSON.parse(text) as T;
  const validate = ajv.getSchema(ids.get(file)!)!;
  validate(document);
  t.deepEqual(validate.errors ?? [], [], `${file}: ${text.slice(0, 500)}`);
  return document;
}
