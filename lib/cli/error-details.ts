/** An error as a document: its class's fields, and its cause if that is the library's. */
export interface ErrorDetails {
  readonly kind?: string;
  readonly message: string;
  readonly code: string;
  readonly status?: number;
  readonly offset?: bigint | number;
  readonly field?: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Of a file of the host's. */
  readonly path?: string;
  /** Of what the host lacks or refuses. */
  readonly step?: string;
  readonly errno?: number;
  readonly remedy?: string;
  readonly cause?: ErrorDetails;
}

const FIELDS = [
  "kind",
  "status",
  "offset",
  "field",
  "expected",
  "actual",
  "path",
  "step",
  "errno",
  "remedy",
] as const;

/** What has no code of its own. */
const OTHER = "ERR_ZIRCONIA";

/** See {@link ErrorDetails}. */
export function errorDetails(error: Error): ErrorDetails {
  const { message, cause, code = OTHER } = error as Error & { code?: string };
  const fields = FIELDS.map((field) => [
    field,
    (error as unknown as Record<string, unknown>)[field],
  ]);
  return {
    message,
    code,
    ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
    ...(isLibraryError(cause) ? { cause: errorDetails(cause) } : {}),
  };
}

function isLibraryError(value: unknown): value is Error {
  return value instanceof Error && "status" in value && "code" in value;
}
