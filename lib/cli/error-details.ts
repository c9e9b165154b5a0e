/** An error of the library as a document: its class's fields, and its cause if that is one too. */
export interface ErrorDetails {
  readonly kind?: string;
  readonly message: string;
  readonly code: string;
  readonly status: number;
  readonly offset?: bigint | number;
  readonly field?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly cause?: ErrorDetails;
}

type LibraryError = Error & { kind?: string; code: string; status: number };

const FIELDS = ["offset", "field", "expected", "actual"] as const;

/** See {@link ErrorDetails}. */
export function errorDetails(error: LibraryError): ErrorDetails {
  const { kind, message, code, status, cause } = error;
  const place = FIELDS.map((field) => [
    field,
    (error as unknown as Record<string, unknown>)[field],
  ]);
  return {
    ...(kind === undefined ? {} : { kind }),
    message,
    code,
    status,
    ...Object.fromEntries(place.filter(([, value]) => value !== undefined)),
    ...(isLibraryError(cause) ? { cause: errorDetails(cause) } : {}),
  };
}

function isLibraryError(value: unknown): value is LibraryError {
  return value instanceof Error && "status" in value && "code" in value;
}
