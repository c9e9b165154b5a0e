//! What a finding is about.

/// Declares the kinds, each with its code and what it says.
macro_rules! kinds {
    ($($variant:ident = $code:literal, $summary:literal;)*) => {
        /// What a finding is about.
        ///
        /// Kinds from `FileHeaderUnreadable` to `StackTooLarge` are what the loader meets, in the
        /// order in which it does. From `ForeignAbi` to `ForeignBuild` they are signs of another
        /// system. The rest only a dynamic linker or nobody would meet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingKind {
            $(#[doc = $summary] $variant,)*
        }

        impl FindingKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The kind's stable name for tools, in kebab case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What is wrong, in a sentence without its full stop.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

kinds! {
    FileHeaderUnreadable = "file-header-unreadable", "The file header cannot be read";
    Magic = "magic", "The file does not begin with the ELF magic";
    Class = "class", "The file is not of the 64-bit class";
    DataEncoding = "data-encoding", "The file is not little-endian";
    IdentVersion = "ident-version", "The version in the ident is not the current one";
    ProgramHeaderSize = "program-header-size", "Program headers are not 56 bytes";
    ProgramHeaderCount = "program-header-count", "There are 65535 program headers or more";
    Architecture = "architecture", "The file is for another machine";
    FileType = "file-type", "The file is neither ET_DYN nor ET_EXEC";
    ProgramHeadersUnreadable = "program-headers-unreadable", "The program headers cannot be read";
    LoadFileSize = "load-file-size", "A PT_LOAD has more bytes in the file than in memory";
    LoadOverlap = "load-overlap", "A PT_LOAD begins before the end of one before it";
    LoadOverflow = "load-overflow", "A PT_LOAD ends beyond the 64-bit address space";
    LoadAlignment = "load-alignment", "A PT_LOAD's alignment is not a multiple of the page size";
    LoadCongruence = "load-congruence", "A PT_LOAD's address and file offset do not agree";
    ExecutableStack = "executable-stack", "PT_GNU_STACK asks for an executable stack";
    MultipleInterp = "multiple-interp", "There are several PT_INTERP";
    InterpTooLong = "interp-too-long", "The dynamic linker's name is too long";
    InterpUnreadable = "interp-unreadable", "The dynamic linker's name cannot be read";
    InterpMissingNul = "interp-missing-nul", "The dynamic linker's name does not end with NUL";
    InterpNotUtf8 = "interp-not-utf8", "The dynamic linker's name is not UTF-8";
    InterpName = "interp-name", "The dynamic linker's name is no path below a directory";
    NothingToLoad = "nothing-to-load", "The PT_LOADs span no byte";
    LoadFileOverflow = "load-file-overflow", "A PT_LOAD ends beyond the largest file offset";
    AddressSpace = "address-space", "The image does not fit in the machine's address space";
    WritableCode = "writable-code", "A PT_LOAD is writable and executable";
    ExecutableZeros = "executable-zeros", "An executable PT_LOAD has zeros after its file data";
    WriteOnly = "write-only", "A PT_LOAD is writable but not readable";
    SharedPage = "shared-page", "Two PT_LOADs share a page";
    MultipleGnuStack = "multiple-gnu-stack", "There are several PT_GNU_STACK";
    StackTooLarge = "stack-too-large", "PT_GNU_STACK asks for more than there can be";

    ForeignAbi = "foreign-abi", "The file header names another system";
    ForeignInterp = "foreign-interp", "The dynamic linker is another system's";
    ForeignLibrary = "foreign-library", "A library is another system's";
    ForeignNote = "foreign-note", "A note names another system";
    ForeignBuild = "foreign-build", "A Go program is built for another system";

    HeadersBeyondFile = "headers-beyond-file", "The headers reach beyond the end of the file";
    SegmentBeyondFile = "segment-beyond-file", "A segment reaches beyond the end of the file";
    SegmentAlignment = "segment-alignment", "A segment's alignment is not a power of two";
    FixedAddress = "fixed-address", "An ET_EXEC is linked for one address and gets another";
    EntryNotExecutable = "entry-not-executable", "The entry point is not in an executable PT_LOAD";
    InterpWithoutDynamic = "interp-without-dynamic", "There is a PT_INTERP but no PT_DYNAMIC";
    MissingGnuStack = "missing-gnu-stack", "There is no PT_GNU_STACK";
    MultipleTls = "multiple-tls", "There are several PT_TLS";
    TlsFileSize = "tls-file-size", "PT_TLS has more bytes in the file than in memory";
    TlsOutsideLoad = "tls-outside-load", "PT_TLS has file data outside of the PT_LOADs";
    RelroOutsideLoad = "relro-outside-load", "PT_GNU_RELRO is not within one writable PT_LOAD";
    NoteOverrun = "note-overrun", "A note ends beyond its PT_NOTE";
    MultipleDynamic = "multiple-dynamic", "There are several PT_DYNAMIC";
    DynamicOutsideLoad = "dynamic-outside-load", "PT_DYNAMIC is not where a PT_LOAD has it";
    DynamicAlignment = "dynamic-alignment", "PT_DYNAMIC is not aligned to 8 bytes";
    DynamicTooLong = "dynamic-too-long", "The dynamic section has too many entries";
    DynamicUnterminated = "dynamic-unterminated", "The dynamic section does not end with DT_NULL";
    DynamicMissingEntry = "dynamic-missing-entry", "The dynamic section lacks an entry";
    DynamicDuplicateEntry = "dynamic-duplicate-entry", "The dynamic section has an entry twice";
    TableOutsideLoad = "table-outside-load", "A table is not within the file data of one PT_LOAD";
    TableEntrySize = "table-entry-size", "A table's entries have the wrong size";
    TableSize = "table-size", "A table's size is not a multiple of its entries'";
    StringsUnterminated = "strings-unterminated", "The string table does not end with NUL";
    StringOutsideTable = "string-outside-table", "A name does not end within the string table";
    HashBuckets = "hash-buckets", "A hash table has no buckets";
    HashBloom = "hash-bloom", "A hash table's Bloom filter has an impossible size or shift";
    HashIndex = "hash-index", "A hash table refers to a symbol that is not in it";
    HashCycle = "hash-cycle", "A hash chain runs in a circle";
    HashUnterminated = "hash-unterminated", "The last hash chain does not end within its PT_LOAD";
    RelocationKind = "relocation-kind", "DT_PLTREL is neither DT_RELA nor DT_REL";
    RelocationType = "relocation-type", "The dynamic linker does not know a relocation's type";
    RelocationSymbol = "relocation-symbol", "A relocation's symbol is not in the symbol table";
    RelocationTarget = "relocation-target", "A relocation's target is not within one PT_LOAD";
    TextRelocation = "text-relocation", "A relocation's target is not writable";
    RelrBitmap = "relr-bitmap", "DT_RELR begins with a bitmap";
    Unreadable = "unreadable", "A part of the file could not be read";
    WorkLimit = "work-limit", "Checking ended: tables overlap too often";
}
