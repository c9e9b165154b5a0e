// Written by `npm run build:errors` from the enums of errors of the Rust crates.

/** Which rule an ELF file breaks. */
export type ElfParseErrorKind =
  "ReadError" | "ParseError" | "InvalidFileHeader" | "InvalidProgramHeader" | "MultipleHeaders";

/** Why an ELF file was not loaded. */
export type ElfLoadErrorKind =
  | "NothingToLoad"
  | "VmarAllocate"
  | "VmarMap"
  | "VmoCowClone"
  | "VmoCreate"
  | "VmoWrite"
  | "GetVmoName"
  | "SetVmoName"
  | "InvalidSegment"
  | "NamePrefixTooLong";

/** Why a bootstrap message cannot be built. */
export type ProcessargsErrorKind = "TryFromInt" | "SizeTooLarge" | "TooManyHandles";

/** Why bytes are no bootstrap message. */
export type MessageDecodeErrorKind =
  | "TooLarge"
  | "TooManyHandles"
  | "TooShort"
  | "Protocol"
  | "Version"
  | "OffsetOutside"
  | "Misplaced"
  | "HandleCount"
  | "HandleInfo"
  | "MissingNul"
  | "TrailingBytes";

/** Why a number is no HandleInfo. */
export type HandleInfoErrorKind = "UnknownHandleType" | "InvalidHandleInfo";

/** Why there can be no such stack. */
export type StackErrorKind = "SizeOverflow" | "NameTooLong" | "PointerOverflow";

/** What building a process fails of. */
export type ProcessBuilderErrorKind =
  | "InvalidArg"
  | "BadHandle"
  | "CreateProcess"
  | "CreateThread"
  | "ProcessStart"
  | "ElfParse"
  | "ElfLoad"
  | "ProcessArgs"
  | "GenericStatus"
  | "InvalidInterpHeader"
  | "LoadDynamicLinker"
  | "LoaderMissing"
  | "UnknownImports"
  | "WriteBootstrapMessage"
  | "DestroyReservationVMAR"
  | "DuplicateHandle"
  | "Stack"
  | "LoadDynamicLinkerTimeout";
