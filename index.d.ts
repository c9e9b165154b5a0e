import { Writable, Readable } from 'node:stream';
import { EventEmitter } from 'node:events';

/** All names of ABIs. */
declare const ABIS: readonly ["2020", "2026", "newest"];
/**
 * A generation of Zircon's ABI: the names and numbers of system calls that the vDSO has, and where
 * an address space begins. `2020` is that of the SDKs of 2020 and 2021. `newest` is `2026` today,
 * and will be another one day.
 */
type Abi = (typeof ABIS)[number];
/** Something that can be of either ABI. */
interface AbiOptions {
    /** The ABI. */
    abi?: Abi;
}

/**
 * The symbols of methods for `using`. Node 20 gives them to its own realm, not to those of
 * `node:vm`, in which test runners load packages; where they are missing, compilers that carry on
 * all the same use these names.
 */
declare const DISPOSE: typeof Symbol.dispose;
/** See {@link DISPOSE}. */
declare const ASYNC_DISPOSE: typeof Symbol.asyncDispose;

/** Bytes: a buffer, or any view of one. */
type Bytes = ArrayBufferLike | ArrayBufferView;

/** What all errors of this package have that stand for a status of Zircon. */
declare class ZirconiaError extends Error {
    /** The name of the status: `ZX_ERR_NOT_FOUND`; `ZX_ERR_UNKNOWN` if it has none. */
    readonly code: string;
    /** The status: a number below 0. */
    readonly status: number;
    constructor(message: string, status: number, options?: ErrorOptions);
    /** All of it, with numbers and causes as JSON can have them. */
    toJSON(): object;
}
/** What else is known of a system call that failed. */
interface ZxErrorDetails {
    readonly observed?: number | undefined;
    readonly pending?: readonly number[] | undefined;
    /** For people. */
    readonly reason?: string;
}
/** A system call failed. */
declare class ZxError extends ZirconiaError {
    /** The system call: `zx_channel_write`. */
    readonly operation: string;
    /** For a wait that timed out or was cancelled: the signals at that moment. */
    readonly observed?: number;
    /** The same for each item, of a wait on several. */
    readonly pending?: readonly number[];
    constructor(operation: string, status: number, details?: ZxErrorDetails);
}
/**
 * A handle of one context was given to another, to which it means nothing until it is moved:
 * {@link Handle.transferTo}. The status is `BAD_HANDLE`.
 */
declare class ForeignHandleError extends ZxError {
}
/** Which rule an ELF file breaks. */
type ElfParseErrorKind = "ReadError" | "ParseError" | "InvalidFileHeader" | "InvalidProgramHeader" | "MultipleHeaders";
/** An ELF file's headers were refused. */
declare class ElfParseError extends ZirconiaError {
    /** Which rule the file breaks. */
    readonly kind: ElfParseErrorKind;
    /** Where the field at fault begins in the file, in bytes. */
    readonly offset?: bigint;
    /** The field at fault, as the ELF specification names it. */
    readonly field?: string;
    /** What would have been accepted. */
    readonly expected?: string;
    /** What the file holds. */
    readonly actual?: string;
    constructor(kind: ElfParseErrorKind, message: string, status: number, detail?: Partial<Pick<ElfParseError, "offset" | "field" | "expected" | "actual">>);
}
/** Why an ELF file was not loaded. */
type ElfLoadErrorKind = "NothingToLoad" | "VmarAllocate" | "VmarMap" | "VmoCowClone" | "VmoCreate" | "VmoWrite" | "GetVmoName" | "SetVmoName" | "InvalidSegment" | "NamePrefixTooLong";
/** An ELF file's segments could not be loaded. */
declare class ElfLoadError extends ZirconiaError {
    /** What failed. */
    readonly kind: ElfLoadErrorKind;
    constructor(kind: ElfLoadErrorKind, message: string, status: number);
}
/** Why a bootstrap message cannot be built. */
type ProcessargsErrorKind = "TryFromInt" | "SizeTooLarge" | "TooManyHandles";
/** A bootstrap message cannot be built. */
declare class ProcessargsError extends ZirconiaError {
    /** Which limit is exceeded. */
    readonly kind: ProcessargsErrorKind;
    constructor(kind: ProcessargsErrorKind, message: string, status: number);
}
/** Why bytes are no bootstrap message. */
type MessageDecodeErrorKind = "TooLarge" | "TooManyHandles" | "TooShort" | "Protocol" | "Version" | "OffsetOutside" | "Misplaced" | "HandleCount" | "HandleInfo" | "MissingNul" | "TrailingBytes";
/** Bytes are no bootstrap message. */
declare class MessageDecodeError extends ZirconiaError {
    /** What is wrong. */
    readonly kind: MessageDecodeErrorKind;
    /** Where the part at fault is in the message, in bytes. */
    readonly offset: number;
    /** A field of the header, `handle_info`, or `message`. */
    readonly field: string;
    constructor(kind: MessageDecodeErrorKind, message: string, status: number, offset: number, field: string);
}
/** Why there can be no such stack. */
type StackErrorKind = "SizeOverflow" | "NameTooLong" | "PointerOverflow";
/** There can be no such stack. */
declare class StackError extends ZirconiaError {
    /** What is wrong. */
    readonly kind: StackErrorKind;
    constructor(kind: StackErrorKind, message: string, status: number);
}
/** The variants of {@link ProcessBuilderError}. */
type ProcessBuilderErrorKind = "InvalidArg" | "BadHandle" | "CreateProcess" | "CreateThread" | "ProcessStart" | "ElfParse" | "ElfLoad" | "ProcessArgs" | "GenericStatus" | "InvalidInterpHeader" | "LoaderMissing" | "UnknownImports" | "LoadDynamicLinker" | "LoadDynamicLinkerTimeout" | "WriteBootstrapMessage" | "DestroyReservationVMAR" | "DuplicateHandle" | "Stack";
/**
 * A process could not be built. `cause` is the {@link ElfParseError}, {@link ElfLoadError} or
 * {@link ProcessargsError} within, if there is one.
 */
declare class ProcessBuilderError extends ZirconiaError {
    /** The variant. */
    readonly kind: ProcessBuilderErrorKind;
    constructor(kind: ProcessBuilderErrorKind, message: string, status: number, options?: ErrorOptions);
}

/**
 * Why a FIDL message or connection failed. What a message can have wrong:
 *
 * - `TooShort`, `TrailingBytes`: fewer or more bytes than it describes
 * - `MissingHandle`, `TrailingHandles`: fewer or more handles than it describes
 * - `Padding`: padding that is not zero
 * - `Presence`: a marker that says neither present nor absent
 * - `Absent`: something absent that must be present
 * - `TooLong`: a string or vector over its bound
 * - `TooDeep`: more than 32 levels out of line
 * - `Utf8`: a string that is no UTF-8
 * - `Bool`: a boolean that is neither 0 nor 1
 * - `UnknownMember`: an unknown member of a strict enum, bits or union
 * - `Envelope`: an envelope whose counts are not its content's
 * - `HandleType`, `HandleRights`: a handle of another type, or with fewer rights, than declared
 * - `Magic`, `Ordinal`, `TransactionId`: a header that does not belong here
 * - `TooLarge`, `TooManyHandles`: more than a channel takes
 *
 * And a connection: `Closed` by the other end, with the status of its epitaph or `PEER_CLOSED`;
 * `Channel` for another failure of the channel, and for more events than a client keeps; `Timeout`
 * of a call.
 */
type FidlErrorKind = "TooShort" | "TrailingBytes" | "MissingHandle" | "TrailingHandles" | "Padding" | "Presence" | "Absent" | "TooLong" | "TooDeep" | "Utf8" | "Bool" | "UnknownMember" | "Envelope" | "HandleType" | "HandleRights" | "Magic" | "Ordinal" | "TransactionId" | "TooLarge" | "TooManyHandles" | "Closed" | "Channel" | "Timeout";
/** A FIDL message or connection failed. */
declare class FidlError extends ZirconiaError {
    /** What is wrong. */
    readonly kind: FidlErrorKind;
    /** Where in a received message, in bytes. */
    readonly offset?: number;
}

/** 1, or 2 with small envelopes, which every recent peer wants to see. */
type WireFormat = 1 | 2;
/** Where a walk through a message is. */
declare abstract class Cursor {
    #private;
    /** The wire format of the message. */
    readonly format: WireFormat;
    /** The field at hand, as in `info.name`; empty for the message itself. */
    path: string;
    constructor(format: WireFormat);
    /** Where the next object goes that is not within another. */
    protected abstract claim(size: number): number;
    /** Goes down to an object of this size that is out of line: where it is. */
    descend(size: number): number;
    /** Comes back from there. */
    ascend(): void;
    /** Goes into a field: the path to come back to. */
    enter(field: string): string;
    /** The error that says this of the field at hand. */
    fail(kind: FidlErrorKind, predicate: string, offset?: number): FidlError;
}

/** Reads a message, and trusts nothing in it. */
declare class Decoder extends Cursor {
    #private;
    readonly bytes: Uint8Array;
    readonly view: DataView;
    /** All handles of the message. */
    readonly handles: Handle[];
    constructor(format: WireFormat, bytes: Uint8Array, handles: readonly Handle[]);
    /** How far the message is claimed. */
    get at(): number;
    /** How many handles are taken. */
    get handlesTaken(): number;
    /** The next object. */
    claim(size: number): number;
    /** Whether the marker of a pointer says that there is something. */
    isPresent(at: number): boolean;
    /** Whether the marker of a handle does. */
    hasHandle(at: number): boolean;
    /** Reads how many elements there are, which must not be absent. */
    count(at: number): number;
    /** Whether there is nothing but zeros. */
    isZero(from: number, to: number): boolean;
    /** Checks that nothing is in a gap. */
    checkPadding(from: number, to: number): void;
    /** Takes the next handle, or another one with fewer rights in its place. */
    takeHandle(at: number, accept: (handle: Handle) => Handle): Handle;
    /** Passes over an object that nobody knows: its handles are closed. */
    skip(at: number, bytes: number, handles: number): void;
    /** Checks that the message ends here. */
    finish(): void;
}

/** Writes a message. */
declare class Encoder extends Cursor {
    #private;
    /** In the order of the message. */
    readonly handles: Handle[];
    /** The message, as far as it is claimed. */
    readonly view: DataView;
    /** @param context who sends the message, if its handles are to be looked at */
    constructor(format: WireFormat, context?: Context);
    /** How much is claimed. */
    get length(): number;
    /** Room for an object, all zeros. */
    claim(size: number): number;
    /** Writes how many elements there are, and goes to them. */
    sequence(at: number, count: number, size: number): number;
    /** Writes the marker of a pointer. */
    markPresent(at: number): void;
    /** Writes bytes. */
    setBytes(at: number, bytes: Uint8Array): void;
    /** Writes a string that has so many bytes of UTF-8. */
    setString(at: number, text: string, size: number): void;
    /** Adds a handle. @throws {@link ForeignHandleError} for another context's than the sender's */
    push(handle: Handle): void;
    /** Ends the message: its bytes. */
    finish(): Uint8Array;
}

/** A type of FIDL: how its values are laid out in a message. */
declare abstract class FidlType<T> {
    /** The type as FIDL spells it: `string:32`. */
    abstract readonly name: string;
    /** The types that it is made of. */
    readonly parts: readonly FidlType<unknown>[];
    /** Its declaration in FIDL, if it has one. */
    readonly declaration: string | undefined;
    /** Bytes that a value has within its container. */
    abstract inlineSize(format: WireFormat): number;
    /** What the offset of a value is a multiple of. */
    abstract alignment(format: WireFormat): number;
    /** Writes a value to `at`, where there are zeros. */
    abstract encode(encoder: Encoder, at: number, value: T): void;
    /** Reads the value at `at`. */
    abstract decode(decoder: Decoder, at: number): T;
}
/** The values of a type. */
type ValueOf<T> = T extends FidlType<infer V> ? V : never;
/** A type whose values may be left out, if {@link optional} says so: all zeros stand for that. */
declare abstract class NullableType<T> extends FidlType<T> {
    #private;
    readonly name: string;
    constructor(base: string, constraints?: readonly string[]);
    /** The name of the type whose values may be left out. */
    get optionalName(): string;
}
/** A string, vector, handle or union that may be left out. Structs have {@link box}. */
declare function optional<T>(type: NullableType<T>): FidlType<T | undefined>;

/** The fields of a struct, in their order. */
type Fields = Readonly<Record<string, FidlType<unknown>>>;
type OptionalKey<F extends Fields> = {
    [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never;
}[keyof F];
/** The value of a struct: what is optional may be left out. */
type FieldValues<F extends Fields> = {
    readonly [K in Exclude<keyof F, OptionalKey<F>>]: ValueOf<F[K]>;
} & {
    readonly [K in OptionalKey<F>]?: ValueOf<F[K]>;
};
/** A struct: its fields, one after the other. */
declare class StructType<F extends Fields> extends FidlType<FieldValues<F>> {
    #private;
    readonly name: string;
    readonly parts: readonly FidlType<unknown>[];
    readonly declaration: string;
    constructor(name: string, fields: F);
    inlineSize(format: WireFormat): number;
    alignment(format: WireFormat): number;
    encode(encoder: Encoder, at: number, value: FieldValues<F>): void;
    decode(decoder: Decoder, at: number): FieldValues<F>;
}
/** A struct with these fields, in this order. */
declare function struct<F extends Fields>(name: string, fields: F): StructType<F>;
/** A struct that is out of line, and may be left out. */
declare function box<F extends Fields>(type: StructType<F>): FidlType<FieldValues<F> | undefined>;

/** Parameters of a method: a struct, or nothing. */
declare class Parameters<F extends Fields> {
    /** By name, in their order. */
    readonly fields: F;
    /** `undefined` for none: there is nothing in the message then. */
    readonly struct: StructType<F> | undefined;
    /** As FIDL spells them. */
    readonly name: string;
    constructor(fields: F);
}
/** A method without a reply. */
interface OneWay<Q extends Fields> {
    readonly kind: "one-way";
    readonly request: Parameters<Q>;
}
/** A method with a reply. */
interface TwoWay<Q extends Fields, S extends Fields> {
    readonly kind: "two-way";
    readonly request: Parameters<Q>;
    readonly response: Parameters<S>;
}
/** What a server sends unasked. */
interface EventMethod<S extends Fields> {
    readonly kind: "event";
    readonly response: Parameters<S>;
}
/** The methods that a protocol declares, by their names in FIDL. */
type Methods = Readonly<Record<string, OneWay<Fields> | TwoWay<Fields, Fields> | EventMethod<Fields>>>;
/** What a method's request holds. */
type RequestOf<M> = M extends {
    readonly request: {
        readonly fields: infer Q extends Fields;
    };
} ? FieldValues<Q> : never;
/** What a method's reply, or an event, holds. */
type ResponseOf<M> = M extends {
    readonly response: {
        readonly fields: infer S extends Fields;
    };
} ? FieldValues<S> : void;
/** A method, with where it belongs. */
type Method<M = Methods[string]> = M & {
    /** As FIDL spells it: `LoadObject`. */
    readonly name: string;
    /** As JavaScript spells it: `loadObject`. */
    readonly key: string;
    readonly ordinal: bigint;
};
/** A method without a reply: `oneWay({ args: vector(bytes()) })`. */
declare function oneWay<const Q extends Fields = {}>(request?: Q): OneWay<Q>;
/** A method with a reply: `twoWay({ name: string(32) }, { status })`. */
declare function twoWay<const Q extends Fields = {}, const S extends Fields = {}>(request?: Q, response?: S): TwoWay<Q, S>;
/** What a server sends unasked: `event({ status })`. */
declare function event<const S extends Fields = {}>(response?: S): EventMethod<S>;
/** How a protocol relates to others. */
interface ProtocolOptions<C extends Methods> {
    /** Whether clients find it by its name; otherwise it passes as a handle only. */
    discoverable?: boolean;
    /** A protocol whose methods this one has as well. Their ordinals stay. */
    compose?: Protocol<C>;
}
/** A protocol: what its client and its server may say to each other. */
declare class Protocol<M extends Methods> {
    #private;
    /** As in `fuchsia.ldsvc/Loader`. */
    readonly name: string;
    /** How messages to the user call it. */
    readonly debugName: string;
    /** The methods, by their names in FIDL. */
    readonly methods: {
        readonly [K in keyof M]: Method<M[K]>;
    };
    /** The same, in their order: composed ones first. */
    readonly allMethods: readonly Method[];
    constructor(name: string, methods: M, { discoverable, compose }: ProtocolOptions<Methods>);
    /** The method with an ordinal, if there is one. */
    method(ordinal: bigint): Method | undefined;
}
/** The methods of a protocol. */
type MethodsOf<P> = P extends Protocol<infer M> ? M : never;
/**
 * Describes a protocol; everything else follows from this.
 *
 * @param name library and protocol, as in `fuchsia.ldsvc/Loader`
 */
declare function protocol<const M extends Methods, C extends Methods = {}>(name: string, methods: M, options?: ProtocolOptions<C>): Protocol<M & C>;

/** Members of a union or table: by name, their ordinals from 1 on and their types. */
type Members = Readonly<Record<string, readonly [ordinal: number, type: FidlType<unknown>]>>;
/** The value of a union: which member it is, and what. */
type UnionValue<M extends Members> = {
    readonly [K in keyof M]: {
        readonly kind: K;
        readonly value: ValueOf<M[K][1]>;
    };
}[keyof M];
/** The value of a flexible union whose member is not known. */
interface UnknownMember {
    readonly kind: "unknown";
    readonly ordinal: bigint;
}
/** A union: one of its members, as `{ kind, value }`. Members it does not know are refused. */
declare function union<const M extends Members>(name: string, members: M): NullableType<UnionValue<M>>;
/** A union whose unknown members are read as `{ kind: "unknown", ordinal }`, and never written. */
declare function flexibleUnion<const M extends Members>(name: string, members: M): NullableType<UnionValue<M> | UnknownMember>;

/** How a DataView reads and writes a number. */
interface Accessor<T> {
    readonly size: number;
    check(name: string, value: unknown): T;
    get(view: DataView, at: number): T;
    set(view: DataView, at: number, value: T): void;
}
/** A number. */
declare class NumberType<T extends number | bigint> extends FidlType<T> {
    #private;
    readonly name: string;
    constructor(name: string, accessor: Accessor<T>);
    inlineSize(): number;
    alignment(): number;
    encode(encoder: Encoder, at: number, value: T): void;
    decode(decoder: Decoder, at: number): T;
    /** The same number under a name of its own. */
    alias(name: string): NumberType<T>;
}
declare const bool: FidlType<boolean>;
declare const int8: NumberType<number>;
declare const int16: NumberType<number>;
declare const int32: NumberType<number>;
declare const int64: NumberType<bigint>;
declare const uint8: NumberType<number>;
declare const uint16: NumberType<number>;
declare const uint32: NumberType<number>;
declare const uint64: NumberType<bigint>;
declare const float32: NumberType<number>;
declare const float64: NumberType<number>;
/** `zx.Status` */
declare const status: NumberType<number>;

/** Whether a type takes members that it does not know; `strict` by default. */
type Strictness = "strict" | "flexible";
/** An enum or bits: a number of which some values have names. */
declare class MembersType<T extends number | bigint, M> extends FidlType<T> {
    #private;
    readonly name: string;
    readonly declaration: string;
    /** The values, by name. */
    readonly members: M;
    constructor(kind: "enum" | "bits", name: string, type: NumberType<T>, members: M & Readonly<Record<string, T>>, strictness: Strictness);
    inlineSize(): number;
    alignment(): number;
    encode(encoder: Encoder, at: number, value: T): void;
    decode(decoder: Decoder, at: number): T;
}
/** An enum: one of its members, or any value if it is flexible. */
declare function enumeration<T extends number | bigint, const M extends Readonly<Record<string, T>>>(name: string, type: NumberType<T>, members: M, strictness?: Strictness): MembersType<T, M>;
/** Bits: any of its members together, or any value if it is flexible. */
declare function bits<T extends number | bigint, const M extends Readonly<Record<string, T>>>(name: string, type: NumberType<T>, members: M, strictness?: Strictness): MembersType<T, M>;

/** The name of an object type. */
type ObjectTypeName = keyof typeof ObjectType;
/** The types of kernel objects (`zx_obj_type_t`, zircon/types.h). */
declare const ObjectType: Readonly<{
    readonly Process: 1;
    readonly Thread: 2;
    readonly Vmo: 3;
    readonly Channel: 4;
    readonly Event: 5;
    readonly Port: 6;
    readonly Log: 12;
    readonly Socket: 14;
    readonly Resource: 15;
    readonly EventPair: 16;
    readonly Job: 17;
    readonly Vmar: 18;
    readonly Fifo: 19;
    readonly Timer: 22;
    readonly SuspendToken: 27;
    readonly Exception: 29;
    readonly Clock: 30;
    readonly Stream: 31;
}>;
/** The number of an object type. */
type ObjectType = (typeof ObjectType)[ObjectTypeName];
/** The name of an object type; `Unknown` for a number without one. */
declare function objectTypeName(type: number): ObjectTypeName | "Unknown";

/** What a handle allows its holder to do (zircon/rights.h): bits, to be combined with `|`. */
declare const Rights: Readonly<{
    readonly NONE: 0;
    readonly DUPLICATE: number;
    readonly TRANSFER: number;
    readonly READ: number;
    readonly WRITE: number;
    readonly EXECUTE: number;
    readonly MAP: number;
    readonly GET_PROPERTY: number;
    readonly SET_PROPERTY: number;
    readonly ENUMERATE: number;
    readonly DESTROY: number;
    readonly SET_POLICY: number;
    readonly GET_POLICY: number;
    readonly SIGNAL: number;
    readonly SIGNAL_PEER: number;
    readonly WAIT: number;
    readonly INSPECT: number;
    readonly MANAGE_JOB: number;
    readonly MANAGE_PROCESS: number;
    readonly MANAGE_THREAD: number;
    readonly APPLY_PROFILE: number;
    readonly MANAGE_SOCKET: number;
    readonly OP_CHILDREN: number;
    readonly RESIZE: number;
    readonly ATTACH_VMO: number;
    readonly MANAGE_VMO: number;
    /** In a request: the rights of the handle at hand. */
    readonly SAME_RIGHTS: 2147483648;
    /** TRANSFER, DUPLICATE, WAIT, INSPECT. */
    readonly BASIC: 49155;
    /** READ, WRITE. */
    readonly IO: 12;
    /** GET_PROPERTY, SET_PROPERTY. */
    readonly PROPERTY: 192;
    /** GET_POLICY, SET_POLICY. */
    readonly POLICY: 3072;
}>;
/** Rights that are combined: a number of 32 bits. */
type Rights = number;

/** When a wait ends that nothing else ends. */
interface WaitOptions {
    /** Absolute, in nanoseconds of the kernel's monotonic clock; never, by default. */
    deadline?: bigint;
    /** From now on, in milliseconds of the kernel's monotonic clock; not with `deadline`. */
    timeout?: number;
    /** Aborts the wait. */
    signal?: AbortSignal;
}

/** A handle to one of two ends. */
declare class PeerHandle extends Handle {
    /**
     * `zx_object_signal_peer`: clears, then sets signals of the other end. Needs SIGNAL_PEER.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for signals that are
     * neither the user's nor an event pair's SIGNALED; `PEER_CLOSED`
     */
    signalPeer(clear: number, set: number): void;
}

/** What a channel transports: up to 65,536 bytes and 64 handles. */
interface ChannelMessage {
    readonly bytes: Uint8Array;
    /** They belong to the reader. */
    readonly handles: readonly Handle[];
}
/** A handle that was read, with what it is (`zx_handle_info_t`). */
interface HandleReceived {
    /** It belongs to the reader. */
    readonly handle: Handle;
    readonly type: ObjectType;
    readonly rights: Rights;
}
/** A message whose handles tell what they are. */
interface ChannelMessageEtc {
    readonly bytes: Uint8Array;
    readonly handles: readonly HandleReceived[];
}
declare const OPERATIONS: readonly ["move", "duplicate"];
/** What becomes of a handle that is written (`zx_handle_disposition_t`). */
interface HandleDisposition {
    readonly handle: Handle;
    /** `move` consumes it; `duplicate` leaves it where it is. `move` by default. */
    readonly operation?: (typeof OPERATIONS)[number];
    /** The type that it must have; any by default. */
    readonly type?: ObjectType;
    /** The rights that the reader gets; all by default. */
    readonly rights?: Rights;
}
/** One end of a channel: messages of bytes and handles, in order. */
declare class Channel extends PeerHandle {
    #private;
    /**
     * `zx_channel_write`. Needs WRITE, and TRANSFER on the handles. The handles are consumed on every
     * outcome.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for the channel; `OUT_OF_RANGE` beyond
     * 65,536 bytes or 64 handles; per handle `BAD_HANDLE`, `ACCESS_DENIED`, `NOT_SUPPORTED` for the
     * channel itself; `PEER_CLOSED`; `SHOULD_WAIT` while 3,500 messages wait to be read
     */
    write(bytes: Bytes, handles?: readonly Handle[]): void;
    /**
     * `zx_channel_write_etc`: as {@link Channel.write}, for handles that are moved or duplicated, and
     * may lose rights. Duplicating needs DUPLICATE besides. Those that are moved are consumed on every
     * outcome.
     *
     * @throws {@link ZxError} as {@link Channel.write}; per handle also `WRONG_TYPE`, `INVALID_ARGS`
     * for rights that are not held
     */
    writeEtc(bytes: Bytes, dispositions: readonly HandleDisposition[]): void;
    /**
     * `zx_channel_read`. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` without a message,
     * `PEER_CLOSED` if none can come
     */
    read(): ChannelMessage;
    /**
     * `zx_channel_read_etc`: as {@link Channel.read}, with type and rights of each handle. Needs READ.
     *
     * @throws {@link ZxError} as {@link Channel.read}
     */
    readEtc(): ChannelMessageEtc;
    /**
     * `zx_channel_call`: sends a message and waits for its reply, which is not seen by
     * {@link Channel.read}. The kernel puts a transaction id into the first 4 bytes of what is sent,
     * and the reply is the message that begins with the same. Needs READ and WRITE, and TRANSFER on
     * the handles, which are consumed on every outcome but misuse and an abort before the start.
     *
     * A pending call keeps Node alive. When it ends early, its message stays sent, and a late reply
     * comes as any other message.
     *
     * @throws {@link ZxError} as {@link Channel.write}; `INVALID_ARGS` for fewer than 4 bytes;
     * `TIMED_OUT`; `PEER_CLOSED`; `CANCELED` if the last handle to this end is closed meanwhile
     * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
     */
    call(bytes: Bytes, handles?: readonly Handle[], options?: WaitOptions): Promise<ChannelMessage>;
}

/** An event: SIGNALED and the user's signals, to be set and waited for. */
declare class Event extends Handle {
}
/** One end of an event pair. When one end is gone, PEER_CLOSED is set on the other. */
declare class EventPair extends PeerHandle {
}

/** `zx_info_socket_t`, in bytes. */
interface SocketInfo {
    /** Creation options: 1 for datagrams. */
    readonly options: number;
    /** What can be buffered for reading. */
    readonly receiveBufferMax: bigint;
    /** What is buffered for reading. */
    readonly receiveBufferSize: bigint;
    /** What can be read at once. */
    readonly receiveBufferAvailable: bigint;
    /** What the peer can buffer. */
    readonly transmitBufferMax: bigint;
    /** What the peer has buffered. */
    readonly transmitBufferSize: bigint;
}
declare const DISPOSITIONS: readonly ["keep", "disabled", "enabled"];
/** What happens to writing at one end of a socket. */
type SocketDisposition = (typeof DISPOSITIONS)[number];
/** What sockets transport, in the order of `zx_socket_create`'s options. */
declare const SOCKET_MODES: readonly ["stream", "datagram"];
/** What a socket transports: a stream of bytes, or datagrams one by one. */
type SocketMode = (typeof SOCKET_MODES)[number];
/** One end of a socket: a stream of bytes, or datagrams, in both directions. */
declare class Socket extends PeerHandle {
    /**
     * `zx_socket_write`: how many bytes were taken, which may be fewer than given of a stream; a
     * datagram goes as a whole. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED`; `BAD_STATE` when writing
     * is disabled; `SHOULD_WAIT` without room; `OUT_OF_RANGE` for a datagram of more than 262,144
     * bytes
     */
    write(bytes: Bytes): number;
    /**
     * `zx_socket_read` of at most `max` bytes; with `peek` they stay. One read gets at most one
     * datagram, of which what exceeds `max` is lost. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; when empty `SHOULD_WAIT`, `BAD_STATE` if
     * the peer has disabled writing, `PEER_CLOSED` if it is gone
     */
    read(max?: number, options?: {
        peek?: boolean;
    }): Uint8Array;
    /**
     * `zx_socket_set_disposition`: disables or enables writing at this end and at its peer. Needs
     * MANAGE_SOCKET.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for enabling an end whose
     * peer still has data to read from before
     */
    setDisposition(own: SocketDisposition, peer?: SocketDisposition): void;
    /**
     * `ZX_PROP_SOCKET_RX_THRESHOLD` in bytes; 0 for none. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getReadThreshold(): number;
    /**
     * Sets `ZX_PROP_SOCKET_RX_THRESHOLD`: READ_THRESHOLD is set while this many bytes or more can be
     * read; never with 0. Needs SET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for more than 262,144
     */
    setReadThreshold(bytes: number): void;
    /**
     * `ZX_PROP_SOCKET_TX_THRESHOLD` in bytes; 0 for none. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getWriteThreshold(): number;
    /**
     * Sets `ZX_PROP_SOCKET_TX_THRESHOLD`: WRITE_THRESHOLD is set while this many bytes or more can be
     * written; never with 0. Needs SET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED`; `INVALID_ARGS` for more
     * than 262,144
     */
    setWriteThreshold(bytes: number): void;
    /**
     * `zx_object_get_info` with `ZX_INFO_SOCKET`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): SocketInfo;
}

/** Bytes of one read or write, at most. */
declare const MAX_BUF = 8192;
/** Bytes of a path, at most. */
declare const MAX_PATH$1 = 4096;
/** Bytes of a name, at most. */
declare const MAX_FILENAME = 255;
/** Where {@link File}'s Seek starts from. */
declare const SeekOrigin: MembersType<number, {
    readonly START: 0;
    readonly CURRENT: 1;
    readonly END: 2;
}>;
/** What is known about a node. Times are in nanoseconds. */
declare const NodeAttributes: StructType<{
    mode: NumberType<number>;
    id: NumberType<bigint>;
    contentSize: NumberType<bigint>;
    storageSize: NumberType<bigint>;
    linkCount: NumberType<bigint>;
    creationTime: NumberType<bigint>;
    modificationTime: NumberType<bigint>;
}>;
/** A node behind which there is a protocol. */
declare const Service$1: StructType<{}>;
/** A file; its event says when it can be read or written. */
declare const FileObject: StructType<{
    event: FidlType<Event | undefined>;
    stream: FidlType<Handle | undefined>;
}>;
/** A directory. */
declare const DirectoryObject: StructType<{}>;
/** A pipe. */
declare const Pipe: StructType<{
    socket: NullableType<Socket>;
}>;
/** A range of a VMO. */
declare const Vmofile: StructType<{
    vmo: NullableType<Vmo>;
    offset: NumberType<bigint>;
    length: NumberType<bigint>;
}>;
/** A device; its event says when it can be read or written. */
declare const Device: StructType<{
    event: FidlType<EventPair | undefined>;
}>;
/** A terminal; its event says when it can be read or written. */
declare const Tty: StructType<{
    event: FidlType<EventPair | undefined>;
}>;
/** A socket for datagrams. */
declare const DatagramSocket: StructType<{
    event: NullableType<EventPair>;
}>;
/** A socket for streams. */
declare const StreamSocket: StructType<{
    socket: NullableType<Socket>;
}>;
/** What a node is. */
declare const NodeInfo: NullableType<UnionValue<{
    readonly service: readonly [1, StructType<{}>];
    readonly file: readonly [2, StructType<{
        event: FidlType<Event | undefined>;
        stream: FidlType<Handle | undefined>;
    }>];
    readonly directory: readonly [3, StructType<{}>];
    readonly pipe: readonly [4, StructType<{
        socket: NullableType<Socket>;
    }>];
    readonly vmofile: readonly [5, StructType<{
        vmo: NullableType<Vmo>;
        offset: NumberType<bigint>;
        length: NumberType<bigint>;
    }>];
    readonly device: readonly [6, StructType<{
        event: FidlType<EventPair | undefined>;
    }>];
    readonly tty: readonly [7, StructType<{
        event: FidlType<EventPair | undefined>;
    }>];
    readonly datagramSocket: readonly [9, StructType<{
        event: NullableType<EventPair>;
    }>];
    readonly streamSocket: readonly [10, StructType<{
        socket: NullableType<Socket>;
    }>];
}>>;
/** `fuchsia.mem/Buffer`: a VMO, and how much of it counts. */
declare const Buffer: StructType<{
    vmo: NullableType<Vmo>;
    size: NumberType<bigint>;
}>;
/** `fuchsia.io/Node`: what all nodes of a file system answer. */
declare const Node: Protocol<{
    readonly Clone: OneWay<{
        readonly flags: NumberType<number>;
        readonly object: NullableType<Channel>;
    }>;
    readonly Close: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly Describe: TwoWay<{}, {
        readonly info: NullableType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }>>;
    }>;
    readonly OnOpen: EventMethod<{
        readonly s: NumberType<number>;
        readonly info: FidlType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }> | undefined>;
    }>;
    readonly Sync: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly GetAttr: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }>;
    readonly SetAttr: TwoWay<{
        readonly flags: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly NodeGetFlags: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly flags: NumberType<number>;
    }>;
    readonly NodeSetFlags: TwoWay<{
        readonly flags: NumberType<number>;
    }, {
        readonly s: NumberType<number>;
    }>;
}>;
/** `fuchsia.io/File` */
declare const File: Protocol<{
    readonly Read: TwoWay<{
        readonly count: NumberType<bigint>;
    }, {
        readonly s: NumberType<number>;
        readonly data: NullableType<Uint8Array<ArrayBufferLike>>;
    }>;
    readonly ReadAt: TwoWay<{
        readonly count: NumberType<bigint>;
        readonly offset: NumberType<bigint>;
    }, {
        readonly s: NumberType<number>;
        readonly data: NullableType<Uint8Array<ArrayBufferLike>>;
    }>;
    readonly Write: TwoWay<{
        readonly data: NullableType<Uint8Array<ArrayBufferLike>>;
    }, {
        readonly s: NumberType<number>;
        readonly actual: NumberType<bigint>;
    }>;
    readonly WriteAt: TwoWay<{
        readonly data: NullableType<Uint8Array<ArrayBufferLike>>;
        readonly offset: NumberType<bigint>;
    }, {
        readonly s: NumberType<number>;
        readonly actual: NumberType<bigint>;
    }>;
    readonly Seek: TwoWay<{
        readonly offset: NumberType<bigint>;
        readonly start: MembersType<number, {
            readonly START: 0;
            readonly CURRENT: 1;
            readonly END: 2;
        }>;
    }, {
        readonly s: NumberType<number>;
        readonly offset: NumberType<bigint>;
    }>;
    readonly Truncate: TwoWay<{
        readonly length: NumberType<bigint>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly GetFlags: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly flags: NumberType<number>;
    }>;
    readonly SetFlags: TwoWay<{
        readonly flags: NumberType<number>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly GetBuffer: TwoWay<{
        readonly flags: NumberType<number>;
    }, {
        readonly s: NumberType<number>;
        readonly buffer: FidlType<FieldValues<{
            vmo: NullableType<Vmo>;
            size: NumberType<bigint>;
        }> | undefined>;
    }>;
} & {
    readonly Clone: OneWay<{
        readonly flags: NumberType<number>;
        readonly object: NullableType<Channel>;
    }>;
    readonly Close: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly Describe: TwoWay<{}, {
        readonly info: NullableType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }>>;
    }>;
    readonly OnOpen: EventMethod<{
        readonly s: NumberType<number>;
        readonly info: FidlType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }> | undefined>;
    }>;
    readonly Sync: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly GetAttr: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }>;
    readonly SetAttr: TwoWay<{
        readonly flags: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly NodeGetFlags: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly flags: NumberType<number>;
    }>;
    readonly NodeSetFlags: TwoWay<{
        readonly flags: NumberType<number>;
    }, {
        readonly s: NumberType<number>;
    }>;
}>;
/** `fuchsia.io/Directory` */
declare const Directory: Protocol<{
    readonly Open: OneWay<{
        readonly flags: NumberType<number>;
        readonly mode: NumberType<number>;
        readonly path: NullableType<string>;
        readonly object: NullableType<Channel>;
    }>;
    readonly Unlink: TwoWay<{
        readonly path: NullableType<string>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly ReadDirents: TwoWay<{
        readonly maxBytes: NumberType<bigint>;
    }, {
        readonly s: NumberType<number>;
        readonly dirents: NullableType<Uint8Array<ArrayBufferLike>>;
    }>;
    readonly Rewind: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly GetToken: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly token: FidlType<Handle | undefined>;
    }>;
    readonly Rename: TwoWay<{
        readonly src: NullableType<string>;
        readonly dstParentToken: NullableType<Handle>;
        readonly dst: NullableType<string>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly Link: TwoWay<{
        readonly src: NullableType<string>;
        readonly dstParentToken: NullableType<Handle>;
        readonly dst: NullableType<string>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly Watch: TwoWay<{
        readonly mask: NumberType<number>;
        readonly options: NumberType<number>;
        readonly watcher: NullableType<Channel>;
    }, {
        readonly s: NumberType<number>;
    }>;
} & {
    readonly Clone: OneWay<{
        readonly flags: NumberType<number>;
        readonly object: NullableType<Channel>;
    }>;
    readonly Close: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly Describe: TwoWay<{}, {
        readonly info: NullableType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }>>;
    }>;
    readonly OnOpen: EventMethod<{
        readonly s: NumberType<number>;
        readonly info: FidlType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }> | undefined>;
    }>;
    readonly Sync: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly GetAttr: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }>;
    readonly SetAttr: TwoWay<{
        readonly flags: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly NodeGetFlags: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly flags: NumberType<number>;
    }>;
    readonly NodeSetFlags: TwoWay<{
        readonly flags: NumberType<number>;
    }, {
        readonly s: NumberType<number>;
    }>;
}>;
/** What is known about a file system. Sizes are in bytes. */
declare const FilesystemInfo: StructType<{
    totalBytes: NumberType<bigint>;
    usedBytes: NumberType<bigint>;
    totalNodes: NumberType<bigint>;
    usedNodes: NumberType<bigint>;
    freeSharedPoolBytes: NumberType<bigint>;
    fsId: NumberType<bigint>;
    blockSize: NumberType<number>;
    maxFilenameSize: NumberType<number>;
    fsType: NumberType<number>;
    padding: NumberType<number>;
    name: FidlType<readonly number[]>;
}>;
/** `fuchsia.io/DirectoryAdmin` */
declare const DirectoryAdmin: Protocol<{
    readonly Mount: TwoWay<{
        readonly remote: NullableType<Channel>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly MountAndCreate: TwoWay<{
        readonly remote: NullableType<Channel>;
        readonly name: NullableType<string>;
        readonly flags: NumberType<number>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly Unmount: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly UnmountNode: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly remote: FidlType<Channel | undefined>;
    }>;
    readonly QueryFilesystem: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly info: FidlType<FieldValues<{
            totalBytes: NumberType<bigint>;
            usedBytes: NumberType<bigint>;
            totalNodes: NumberType<bigint>;
            usedNodes: NumberType<bigint>;
            freeSharedPoolBytes: NumberType<bigint>;
            fsId: NumberType<bigint>;
            blockSize: NumberType<number>;
            maxFilenameSize: NumberType<number>;
            fsType: NumberType<number>;
            padding: NumberType<number>;
            name: FidlType<readonly number[]>;
        }> | undefined>;
    }>;
    readonly GetDevicePath: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly path: FidlType<string | undefined>;
    }>;
} & {
    readonly Open: OneWay<{
        readonly flags: NumberType<number>;
        readonly mode: NumberType<number>;
        readonly path: NullableType<string>;
        readonly object: NullableType<Channel>;
    }>;
    readonly Unlink: TwoWay<{
        readonly path: NullableType<string>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly ReadDirents: TwoWay<{
        readonly maxBytes: NumberType<bigint>;
    }, {
        readonly s: NumberType<number>;
        readonly dirents: NullableType<Uint8Array<ArrayBufferLike>>;
    }>;
    readonly Rewind: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly GetToken: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly token: FidlType<Handle | undefined>;
    }>;
    readonly Rename: TwoWay<{
        readonly src: NullableType<string>;
        readonly dstParentToken: NullableType<Handle>;
        readonly dst: NullableType<string>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly Link: TwoWay<{
        readonly src: NullableType<string>;
        readonly dstParentToken: NullableType<Handle>;
        readonly dst: NullableType<string>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly Watch: TwoWay<{
        readonly mask: NumberType<number>;
        readonly options: NumberType<number>;
        readonly watcher: NullableType<Channel>;
    }, {
        readonly s: NumberType<number>;
    }>;
} & {
    readonly Clone: OneWay<{
        readonly flags: NumberType<number>;
        readonly object: NullableType<Channel>;
    }>;
    readonly Close: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly Describe: TwoWay<{}, {
        readonly info: NullableType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }>>;
    }>;
    readonly OnOpen: EventMethod<{
        readonly s: NumberType<number>;
        readonly info: FidlType<UnionValue<{
            readonly service: readonly [1, StructType<{}>];
            readonly file: readonly [2, StructType<{
                event: FidlType<Event | undefined>;
                stream: FidlType<Handle | undefined>;
            }>];
            readonly directory: readonly [3, StructType<{}>];
            readonly pipe: readonly [4, StructType<{
                socket: NullableType<Socket>;
            }>];
            readonly vmofile: readonly [5, StructType<{
                vmo: NullableType<Vmo>;
                offset: NumberType<bigint>;
                length: NumberType<bigint>;
            }>];
            readonly device: readonly [6, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly tty: readonly [7, StructType<{
                event: FidlType<EventPair | undefined>;
            }>];
            readonly datagramSocket: readonly [9, StructType<{
                event: NullableType<EventPair>;
            }>];
            readonly streamSocket: readonly [10, StructType<{
                socket: NullableType<Socket>;
            }>];
        }> | undefined>;
    }>;
    readonly Sync: TwoWay<{}, {
        readonly s: NumberType<number>;
    }>;
    readonly GetAttr: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }>;
    readonly SetAttr: TwoWay<{
        readonly flags: NumberType<number>;
        readonly attributes: StructType<{
            mode: NumberType<number>;
            id: NumberType<bigint>;
            contentSize: NumberType<bigint>;
            storageSize: NumberType<bigint>;
            linkCount: NumberType<bigint>;
            creationTime: NumberType<bigint>;
            modificationTime: NumberType<bigint>;
        }>;
    }, {
        readonly s: NumberType<number>;
    }>;
    readonly NodeGetFlags: TwoWay<{}, {
        readonly s: NumberType<number>;
        readonly flags: NumberType<number>;
    }>;
    readonly NodeSetFlags: TwoWay<{
        readonly flags: NumberType<number>;
    }, {
        readonly s: NumberType<number>;
    }>;
}>;

declare const fuchsiaIo_d_Buffer: typeof Buffer;
declare const fuchsiaIo_d_DatagramSocket: typeof DatagramSocket;
declare const fuchsiaIo_d_Device: typeof Device;
declare const fuchsiaIo_d_Directory: typeof Directory;
declare const fuchsiaIo_d_DirectoryAdmin: typeof DirectoryAdmin;
declare const fuchsiaIo_d_DirectoryObject: typeof DirectoryObject;
declare const fuchsiaIo_d_File: typeof File;
declare const fuchsiaIo_d_FileObject: typeof FileObject;
declare const fuchsiaIo_d_FilesystemInfo: typeof FilesystemInfo;
declare const fuchsiaIo_d_MAX_BUF: typeof MAX_BUF;
declare const fuchsiaIo_d_MAX_FILENAME: typeof MAX_FILENAME;
declare const fuchsiaIo_d_Node: typeof Node;
declare const fuchsiaIo_d_NodeAttributes: typeof NodeAttributes;
declare const fuchsiaIo_d_NodeInfo: typeof NodeInfo;
declare const fuchsiaIo_d_Pipe: typeof Pipe;
declare const fuchsiaIo_d_SeekOrigin: typeof SeekOrigin;
declare const fuchsiaIo_d_StreamSocket: typeof StreamSocket;
declare const fuchsiaIo_d_Tty: typeof Tty;
declare const fuchsiaIo_d_Vmofile: typeof Vmofile;
declare namespace fuchsiaIo_d {
  export {
    fuchsiaIo_d_Buffer as Buffer,
    fuchsiaIo_d_DatagramSocket as DatagramSocket,
    fuchsiaIo_d_Device as Device,
    fuchsiaIo_d_Directory as Directory,
    fuchsiaIo_d_DirectoryAdmin as DirectoryAdmin,
    fuchsiaIo_d_DirectoryObject as DirectoryObject,
    fuchsiaIo_d_File as File,
    fuchsiaIo_d_FileObject as FileObject,
    fuchsiaIo_d_FilesystemInfo as FilesystemInfo,
    fuchsiaIo_d_MAX_BUF as MAX_BUF,
    fuchsiaIo_d_MAX_FILENAME as MAX_FILENAME,
    MAX_PATH$1 as MAX_PATH,
    fuchsiaIo_d_Node as Node,
    fuchsiaIo_d_NodeAttributes as NodeAttributes,
    fuchsiaIo_d_NodeInfo as NodeInfo,
    fuchsiaIo_d_Pipe as Pipe,
    fuchsiaIo_d_SeekOrigin as SeekOrigin,
    Service$1 as Service,
    fuchsiaIo_d_StreamSocket as StreamSocket,
    fuchsiaIo_d_Tty as Tty,
    fuchsiaIo_d_Vmofile as Vmofile,
  };
}

/** What file descriptors can refer to: a node, as it says of itself, or something without one. */
type FdKind = NodeKind | "socket" | "log" | "vmo" | "localDirectory" | "null";
/** What a node says that it is; a pipe is its socket. */
type NodeKind = Exclude<ValueOf<typeof NodeInfo>["kind"], "pipe">;
/** What a file descriptor refers to (`fdio_t`). */
declare abstract class FdObject {
    abstract readonly kind: FdKind;
    /**
     * A handle to the same for another process.
     *
     * @throws {@link ZirconiaError} `NOT_SUPPORTED` for what has none
     */
    clone(): Handle;
    /**
     * The handle behind it, which ends the object, whatever comes of it.
     *
     * @throws {@link ZirconiaError} `NOT_SUPPORTED` for what has none
     */
    unwrap(): Handle;
    /**
     * A VMO with a file's content that can be executed.
     *
     * @throws {@link ZirconiaError} `NOT_SUPPORTED` for what is no file
     */
    getVmoExec(): Promise<Vmo>;
    /** Gives up what is behind it. */
    abstract close(): Promise<void>;
    private unsupported;
}
/** A directory that exists in the namespace only, on the way to what is mounted. */
declare class LocalDirectory extends FdObject {
    readonly kind = "localDirectory";
    /** What is in it. */
    readonly names: readonly string[];
    constructor(names: readonly string[]);
    close(): Promise<void>;
}

/** The file descriptors of a process (sdk/lib/fdio/fd.cc, unistd.cc): at most 1,024. */
declare class FileDescriptors {
    #private;
    /** The open ones, in ascending order. */
    get open(): readonly number[];
    /** What a descriptor refers to; `undefined` for a closed one. */
    kind(fd: number): FdKind | undefined;
    /**
     * `fdio_fd_create`: lets a descriptor refer to a handle of whatever context, which is consumed: a
     * node's channel, whose server is asked what it is, a socket, the debug log or a VMO.
     *
     * @param fd which one, in place of what it refers to; by default the lowest that is closed
     * @returns the descriptor
     * @throws {@link ZirconiaError} `BAD_HANDLE`; `INVALID_ARGS` for other objects; `PEER_CLOSED` if
     * nobody serves the channel; `BAD_STATE` if all are open
     */
    create(handle: Handle, fd?: number): Promise<number>;
    /**
     * `fdio_null_create`: lets a descriptor refer to the null object, which cannot be passed on.
     *
     * @param fd which one, in place of what it refers to; by default the lowest that is closed
     * @returns the descriptor
     * @throws {@link ZirconiaError} `BAD_STATE` if all are open
     */
    createNull(fd?: number): Promise<number>;
    /**
     * Lets a descriptor refer to an object, which belongs to it then.
     *
     * @param fd which one, in place of what it refers to; by default the lowest that is closed
     * @returns the descriptor
     * @throws {@link ZirconiaError} `BAD_STATE` if all are open; the object is closed then
     */
    bind(object: FdObject, fd?: number): Promise<number>;
    /**
     * `dup`, `dup2`: a further descriptor for the same.
     *
     * @param target which one, in place of what it refers to; by default the lowest that is closed
     * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `BAD_STATE` if all are open
     */
    dup(fd: number, target?: number): Promise<number>;
    /**
     * `close`. The server of a node is told when its last descriptor goes, and is waited for.
     *
     * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor
     */
    close(fd: number): Promise<void>;
    /**
     * `fdio_fd_clone`: a handle to the same for another process. A node's is a new connection, by
     * `Node.Clone`; that of a socket, the debug log or a VMO is a duplicate.
     *
     * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `NOT_SUPPORTED` for what
     * cannot be passed on; {@link ZxError} `ACCESS_DENIED` without DUPLICATE
     */
    clone(fd: number): Handle;
    /**
     * `fdio_fd_transfer`: the handle behind a descriptor, for another process. The descriptor is
     * closed, whatever comes of it.
     *
     * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `UNAVAILABLE` if there are
     * others for the same, or it is in use; `NOT_SUPPORTED` for what cannot be passed on; `BAD_STATE`
     * if a node's server has sent what nobody asked for
     */
    transfer(fd: number): Handle;
    /**
     * `fdio_get_vmo_exec`: a copy of a file that can be executed.
     *
     * @throws {@link ZirconiaError} `INVALID_ARGS` for a closed descriptor; `NOT_SUPPORTED` for what is
     * no file; as its server says
     */
    getVmoExec(fd: number): Promise<Vmo>;
}

/**
 * The services of a namespace (sdk/lib/fdio, `fdio_service_connect_by_name`): `/svc` is opened at
 * the first use, and kept while somebody serves it.
 */
declare class ServiceDirectory {
    #private;
    /**
     * Connects to a service. Whether there is one shows on the channel only.
     *
     * @param name as in `fuchsia.process.Launcher`
     * @returns the client end
     * @throws {@link ZirconiaError} `NOT_FOUND` without `/svc`; `PEER_CLOSED` if nobody serves it
     */
    connect(name: string): Channel;
}

/** Options of {@link Context.createClock} (`ZX_CLOCK_OPT_*`). */
declare const ClockOptions: Readonly<{
    /** The clock never goes back. */
    readonly MONOTONIC: number;
    /** It never jumps either. */
    readonly CONTINUOUS: number;
    /** It starts as a copy of its reference. */
    readonly AUTO_START: number;
    /** Its reference is the boot clock, which is the monotonic clock here. */
    readonly BOOT: number;
    /** It can be mapped: not supported. */
    readonly MAPPABLE: number;
}>;
/**
 * A line: what is shown when the reference shows `reference` is
 * `(reference - referenceOffset) * syntheticTicks / referenceTicks + syntheticOffset`.
 */
interface ClockTransformation {
    readonly referenceOffset: bigint;
    readonly syntheticOffset: bigint;
    readonly syntheticTicks: number;
    readonly referenceTicks: number;
}
/** `zx_clock_details_v1_t` */
interface ClockDetails {
    /** Bits of {@link ClockOptions}. */
    readonly options: number;
    /** What the clock never shows less than, in nanoseconds. */
    readonly backstop: bigint;
    /** From ticks of the reference. */
    readonly fromTicks: ClockTransformation;
    /** From nanoseconds of the reference. */
    readonly fromNanoseconds: ClockTransformation;
    /** The estimated error in nanoseconds; 2^64 - 1 if unknown. */
    readonly errorBound: bigint;
    /** When the details were asked for, in ticks. */
    readonly queryTicks: bigint;
    /** When the clock was last set, in ticks. */
    readonly lastValueUpdateTicks: bigint;
    /** When its rate was last changed, in ticks. */
    readonly lastRateAdjustUpdateTicks: bigint;
    /** When its error bound was last changed, in ticks. */
    readonly lastErrorBoundsUpdateTicks: bigint;
    /** Counts the updates. */
    readonly generation: number;
}
/** A change of a clock: at least one of these. */
interface ClockUpdate {
    /** Sets it, in nanoseconds. */
    value?: bigint;
    /** Makes it run faster than its reference, in millionths: -1000 to 1000. */
    rateAdjust?: number;
    /** The estimated error in nanoseconds. */
    errorBound?: bigint;
    /** The moment of the reference, in nanoseconds, for which value or rate count; now by default. */
    reference?: bigint;
    /**
     * By the rules of `zx_clock_update_args_v1_t`, which knows no `reference`, or of
     * `zx_clock_update_args_v2_t`, by which a running monotonic clock is set for a moment only; `v2` by
     * default.
     */
    version?: "v1" | "v2";
}
/**
 * A clock of the user's: a line over the monotonic clock. STARTED once it runs; UPDATED is shown to
 * those who wait at the moment of a change.
 */
declare class Clock extends Handle {
    /**
     * `zx_clock_read`, in nanoseconds: its backstop until it is started. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    read(): bigint;
    /**
     * `zx_clock_get_details`. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    details(): ClockDetails;
    /**
     * `zx_clock_update`. The first update, which has to set the clock, starts it. Needs WRITE.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for no change, a rate beyond 1000 millionths, and what the
     * clock's options or the version forbid; `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a clock
     * that is neither started nor set
     */
    update(update: ClockUpdate): void;
}

/** A string without NUL: text, which becomes UTF-8, or bytes as they are. */
type CString = string | Uint8Array;

/** What a job's policy decides about (`ZX_POL_*`). */
declare const PolicyCondition: Readonly<{
    readonly BadHandle: 0;
    readonly WrongObject: 1;
    readonly VmarWx: 2;
    readonly NewAny: 3;
    readonly NewVmo: 4;
    readonly NewChannel: 5;
    readonly NewEvent: 6;
    readonly NewEventpair: 7;
    readonly NewPort: 8;
    readonly NewSocket: 9;
    readonly NewFifo: 10;
    readonly NewTimer: 11;
    readonly NewProcess: 12;
    readonly NewProfile: 13;
    readonly NewPager: 14;
    readonly AmbientMarkVmoExec: 15;
    readonly NewIob: 16;
    readonly NewSampler: 17;
}>;
/** The name of a policy's condition. */
type PolicyConditionName = keyof typeof PolicyCondition;
/** In the order of `ZX_POL_ACTION_*`. */
declare const ACTIONS: readonly ["allow", "deny", "allowException", "denyException", "kill"];
/** What happens when a policy's condition is met. */
type PolicyAction = (typeof ACTIONS)[number];
/** One entry of a policy. */
interface PolicyEntry {
    readonly condition: PolicyConditionName;
    readonly action: PolicyAction;
    /** Whether jobs below may change it; `false` by default. */
    readonly canOverride?: boolean;
}

/** In the order in which the binding has them. */
declare const REGISTERS: readonly ["rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags", "fsBase", "gsBase"];
/** The general registers of x86-64. */
type GeneralRegisters = Readonly<Record<(typeof REGISTERS)[number], bigint>>;

/** One line of an address space: a VMAR, or a mapping in it. */
type MappingInfo = {
    /** Nesting: 0 for the root VMAR. */
    readonly depth: number;
    /** The first address. */
    readonly base: bigint;
    /** Bytes. */
    readonly size: bigint;
} & ({
    readonly type: "vmar";
    readonly koid: bigint;
    /** `ZX_VM_CAN_MAP_*` bits. */
    readonly canMap: number;
} | {
    readonly type: "mapping";
    /** The VMO's koid. */
    readonly vmo: bigint;
    /** The VMO's name. */
    readonly name: string;
    /** Where in the VMO the mapping begins, in bytes. */
    readonly vmoOffset: bigint;
    /** `ZX_VM_PERM_*` bits: 1 read, 2 write, 4 execute. */
    readonly permissions: number;
});
/** What is left of a process that died of an exception. */
interface CrashReport {
    /**
     * One line for people: `FATAL_PAGE_FAULT in hello/initial-thread at pc 0x…, address 0x0`. What is not
     * printable in the names is spelled.
     */
    readonly summary: string;
    /** The process's koid. */
    readonly process: bigint;
    readonly processName: string;
    /** The koid of the thread that raised the exception. */
    readonly thread: bigint;
    readonly threadName: string;
    /** `ZX_EXCP_*` */
    readonly exception: number;
    /** The exception's name less its `ZX_EXCP_`. */
    readonly exceptionName: string;
    /** The processor's vector. */
    readonly vector: bigint;
    /** The processor's error code. */
    readonly errorCode: bigint;
    /** The address that could not be accessed, for page faults; else 0. */
    readonly faultAddress: bigint;
    /** `ZX_EXCP_POLICY_CODE_*`, for policy errors. */
    readonly synthCode: number;
    /** Belongs to `synthCode`. */
    readonly synthData: number;
    readonly registers: GeneralRegisters;
    /** The address space at that moment. */
    readonly maps: readonly MappingInfo[];
}

/** `zx_info_maps_t`: one line of an address space. Sizes are in bytes. */
type MapsInfo = {
    /** Of the process, `root`, `useralloc`, or the VMO's. */
    readonly name: string;
    /** The first address. */
    readonly base: bigint;
    readonly size: bigint;
    /** Nesting. */
    readonly depth: number;
} & ({
    readonly type: "aspace" | "vmar";
} | {
    readonly type: "mapping";
    /** `PERM_*` bits of {@link VmOptions}. */
    readonly permissions: number;
    readonly vmoKoid: bigint;
    /** Where in the VMO the mapping begins. */
    readonly vmoOffset: bigint;
    /** What of it takes up room on the host. */
    readonly committedBytes: bigint;
    /** Committed bytes that no other VMO shares. */
    readonly committedPrivateBytes: bigint;
    /** Committed bytes, each divided by the number of VMOs that share it. */
    readonly committedScaledBytes: bigint;
});

/**
 * Suspends a process or thread until its last handle is closed, for instance by
 * {@link Handle.dispose}.
 */
declare class SuspendToken extends Handle {
}

/** `zx_info_task_runtime_t`, in nanoseconds. */
interface TaskRuntime {
    /** How long its threads were neither waiting in the kernel nor suspended nor dead. */
    readonly cpuTime: bigint;
    /** How long they waited for a processor: 0, as only the host knows. */
    readonly queueTime: bigint;
    /** 0, likewise. */
    readonly pageFaultTime: bigint;
    /** 0, likewise. */
    readonly lockContentionTime: bigint;
}
/** A job, process or thread. */
declare class Task extends Handle {
    /**
     * `zx_task_kill`. TERMINATED follows once nothing of it runs any more; killing the dead does
     * nothing. Needs DESTROY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `WRONG_TYPE` for a thread
     */
    kill(): void;
    /**
     * `zx_object_get_info` with `ZX_INFO_TASK_RUNTIME`, of a job with its dead processes. Needs
     * INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    runtime(): TaskRuntime;
}

/** What a thread does (`ZX_THREAD_STATE_*`). */
declare const ThreadState: Readonly<{
    /** Not started yet. */
    readonly New: 0;
    readonly Running: 1;
    readonly Suspended: 2;
    /** Waiting in the kernel. */
    readonly Blocked: 3;
    readonly Dying: 4;
    readonly Dead: 5;
    readonly BlockedException: 259;
    readonly BlockedSleeping: 515;
    readonly BlockedFutex: 771;
    readonly BlockedPort: 1027;
    readonly BlockedChannel: 1283;
    readonly BlockedWaitOne: 1539;
    readonly BlockedWaitMany: 1795;
}>;
/** The number of a state. */
type ThreadState = (typeof ThreadState)[keyof typeof ThreadState];
/** `zx_info_thread_t` */
interface ThreadInfo {
    readonly state: ThreadState;
}
/** `zx_info_thread_stats_t` */
interface ThreadStats {
    /** Nanoseconds that the thread was neither waiting in the kernel nor suspended nor dead. */
    readonly totalRuntime: bigint;
    /** 2^32 - 1: only the host knows. */
    readonly lastScheduledCpu: number;
}
/** A thread. */
declare class Thread extends Task {
    /**
     * `zx_object_get_info` with `ZX_INFO_THREAD`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): ThreadInfo;
    /**
     * `zx_object_get_info` with `ZX_INFO_THREAD_STATS`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead thread
     */
    stats(): ThreadStats;
    /**
     * `zx_thread_start`: a further thread of a running process begins at `entry`; a process's first
     * one is for {@link Process.start}. Needs MANAGE_THREAD.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a thread that was started
     * before, or whose process does not run
     */
    start(entry: bigint, stack: bigint, arg1: bigint, arg2: bigint): void;
    /**
     * `zx_task_suspend`: the thread stops wherever it is, and goes on exactly there once all tokens for
     * it and its process are closed. It has stopped when THREAD_SUSPENDED is set. One that waits in
     * the kernel goes on waiting, but does not return; one that has not begun does not begin. Needs
     * WRITE.
     *
     * A process one of whose threads cannot be stopped is killed after ten seconds or more.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead thread
     */
    suspend(): SuspendToken;
    /**
     * `zx_thread_read_state` with `ZX_THREAD_STATE_GENERAL_REGS`: the registers of the program, in a
     * system call those around it. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless the thread has been
     * suspended
     */
    readState(): GeneralRegisters;
    /**
     * `zx_thread_write_state` with `ZX_THREAD_STATE_GENERAL_REGS`: the thread goes on with them. Needs
     * WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless the thread has been
     * suspended; `INVALID_ARGS` for addresses in `rip`, `fsBase` or `gsBase` that are not the
     * program's; `NOT_SUPPORTED` for a thread in a system call, for another `gsBase`, and for a thread
     * that has not begun if others than `rip`, `rsp`, `rdi` and `rsi` change
     */
    writeState(registers: GeneralRegisters): void;
}

/** `zx_info_vmo_t`. Sizes are in bytes. */
interface VmoInfo {
    readonly koid: bigint;
    readonly name: string;
    /** Whole pages. */
    readonly size: bigint;
    /** 0 for none. */
    readonly parentKoid: bigint;
    readonly children: number;
    readonly mappings: number;
    /** In how many address spaces it is mapped. */
    readonly shareCount: number;
    /** Bits of {@link VmoInfoFlags}. */
    readonly flags: number;
    /** What takes up room on the host. A slice's or reference's is its parent's. */
    readonly committedBytes: bigint;
    /** Rights of the handle asked through; 0 for a VMO found through a mapping. */
    readonly handleRights: number;
    readonly cachePolicy: CachePolicy;
    /** Committed bytes that no other VMO shares. */
    readonly committedPrivateBytes: bigint;
    /** Committed bytes, each divided by the number of VMOs that share it. */
    readonly committedScaledBytes: bigint;
}
/** What is special about a VMO (`ZX_INFO_VMO_*`). */
declare const VmoInfoFlags: Readonly<{
    readonly TYPE_PAGED: number;
    readonly RESIZABLE: number;
    /** A copy-on-write child. */
    readonly IS_COW_CLONE: number;
    readonly VIA_HANDLE: number;
    readonly VIA_MAPPING: number;
    readonly DISCARDABLE: number;
    /** It cannot have changed since it was made. */
    readonly IMMUTABLE: number;
}>;

/** `zx_info_process_t` */
interface ProcessInfo {
    /** 0 until the process has ended. */
    readonly returnCode: bigint;
    /** In nanoseconds of the monotonic clock; 0 before the start. */
    readonly startTime: bigint;
    readonly started: boolean;
    readonly exited: boolean;
}
/** `zx_info_task_stats_t`, in bytes. */
interface TaskStats {
    /** Of all mappings. */
    readonly mappedBytes: bigint;
    /** Committed, mapped by this process only and held by one VMO only. */
    readonly privateBytes: bigint;
    /** All else that is committed and mapped. */
    readonly sharedBytes: bigint;
    /** The process's share of that. */
    readonly scaledSharedBytes: bigint;
}
/** One handle of a process (`zx_info_handle_extended_t`). */
interface HandleTableEntry {
    readonly type: ObjectType;
    /** The raw value in that process. */
    readonly value: number;
    readonly rights: Rights;
    readonly koid: bigint;
    /** The koid of the peer, parent or owner; 0 for none. */
    readonly relatedKoid: bigint;
}
/** A process. */
declare class Process extends Task {
    /**
     * `zx_object_get_info` with `ZX_INFO_PROCESS`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): ProcessInfo;
    /**
     * Resolves once the process is dead. Needs WAIT and INSPECT.
     *
     * @throws as {@link Handle.waitOne}
     */
    exited(options?: WaitOptions): Promise<ProcessInfo>;
    /**
     * `zx_object_get_info` with `ZX_INFO_PROCESS_THREADS`: koids, oldest first. Needs ENUMERATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    threads(): bigint[];
    /**
     * The address space, as `ZX_INFO_PROCESS_MAPS` tells it. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
     */
    maps(): MappingInfo[];
    /**
     * What a process has left that died of an exception; `undefined` for any other. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    crashReport(): CrashReport | undefined;
    /**
     * `zx_thread_create`; 31 bytes of the name are kept. Needs MANAGE_THREAD.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` in a dead process
     */
    createThread(name: CString): Thread;
    /**
     * `zx_process_start`: the first thread begins at `entry`. Needs WRITE on process and thread, and
     * TRANSFER on `arg1`, which moves into the process and is consumed on every outcome.
     *
     * @throws {@link ZxError} `NOT_SUPPORTED` on the null machine; `BAD_HANDLE`; `ACCESS_DENIED`;
     * `BAD_STATE` for a process that was started or is dead
     */
    start(thread: Thread, entry: bigint, stack: bigint, arg1: Handle, arg2: bigint): void;
    /**
     * `zx_object_get_child`: a handle to the started thread with this koid. Needs ENUMERATE.
     *
     * @param rights at most those of this handle, which are the default
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for rights not held; `NOT_FOUND`
     */
    getChild(koid: bigint, rights?: Rights): Thread;
    /**
     * `zx_process_read_memory`: up to `length` bytes, as far as the mapping at `address` and its VMO
     * go, whatever the permissions. Needs READ and WRITE.
     *
     * @param length 1 to 67,108,864 bytes
     * @throws {@link ZxError} `INVALID_ARGS` for another length; `BAD_HANDLE`; `ACCESS_DENIED`;
     * `BAD_STATE` for a process without an address space, and a VMO that is not cached; `NO_MEMORY`
     * where nothing is mapped; `OUT_OF_RANGE` beyond the VMO's end
     */
    readMemory(address: bigint, length: number): Uint8Array;
    /**
     * `zx_process_write_memory`: how many of the bytes were written, as far as the mapping at
     * `address` and its VMO go, whatever the permissions. Whoever else maps that VMO sees them. Needs
     * WRITE.
     *
     * @param bytes 1 to 67,108,864
     * @throws {@link ZxError} `INVALID_ARGS` for another length; `BAD_HANDLE`; `ACCESS_DENIED` also
     * for the vDSO; `BAD_STATE` for a process without an address space, and a VMO that is not cached;
     * `NO_MEMORY` where nothing is mapped; `OUT_OF_RANGE` beyond the VMO's end
     */
    writeMemory(address: bigint, bytes: Bytes): number;
    /**
     * `zx_task_suspend`: all threads stop, as {@link Thread.suspend} stops one, also those that are
     * started meanwhile. The process itself shows no signal. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process;
     * `NOT_SUPPORTED` for a context
     */
    suspend(): SuspendToken;
    /**
     * `zx_object_get_info` with `ZX_INFO_TASK_STATS`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
     */
    taskStats(): TaskStats;
    /**
     * `zx_object_get_info` with `ZX_INFO_PROCESS_MAPS`: {@link Process.maps} as Zircon's record has
     * it, with what takes up room. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
     */
    mapsInfo(): MapsInfo[];
    /**
     * `zx_object_get_info` with `ZX_INFO_PROCESS_VMOS`: all VMOs that the process has handles to, then
     * all that it maps, as often as it does. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a dead process
     */
    vmos(): VmoInfo[];
    /**
     * `zx_object_get_info` with `ZX_INFO_PROCESS_HANDLE_STATS`: how many handles of each type the
     * process has; types without any are left out. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    handleStats(): Readonly<Partial<Record<ObjectTypeName | "Unknown", number>>>;
    /**
     * `zx_object_get_info` with `ZX_INFO_HANDLE_TABLE`. Needs INSPECT, MANAGE_PROCESS and
     * MANAGE_THREAD.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    handleTable(): HandleTableEntry[];
    /**
     * `ZX_PROP_PROCESS_VDSO_BASE_ADDRESS`; 0 without one. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getVdsoBase(): bigint;
    /**
     * `ZX_PROP_PROCESS_DEBUG_ADDR`: where the dynamic linker keeps its list of modules; 0 if it has
     * not told. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getDebugAddress(): bigint;
    /**
     * Sets `ZX_PROP_PROCESS_DEBUG_ADDR`, once; 1 may be replaced. Needs SET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also if it is set; `INVALID_ARGS` for 0
     */
    setDebugAddress(address: bigint): void;
    /**
     * `ZX_PROP_PROCESS_BREAK_ON_LOAD`: not 0 if the process is to stop at each load of a module. Needs
     * GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getBreakOnLoad(): bigint;
    /**
     * Sets `ZX_PROP_PROCESS_BREAK_ON_LOAD`. Needs SET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    setBreakOnLoad(value: bigint): void;
}

/** On which side of its deadline a timer may fire, in the order of `ZX_TIMER_SLACK_*`. */
declare const SLACK_MODES: readonly ["center", "early", "late"];
/** On which side of its deadline a timer may fire. */
type TimerSlackMode = (typeof SLACK_MODES)[number];
/** The clocks that timers follow, in the order of `zx_clock_t`. */
declare const TIMER_CLOCKS: readonly ["monotonic", "boot"];
/** The clock that a timer follows. */
type TimerClock = (typeof TIMER_CLOCKS)[number];
/** What a timer is like. */
interface TimerOptions {
    /** `center` by default. */
    slackMode?: TimerSlackMode;
    /** `monotonic` by default; the boot clock is the same here. */
    clock?: TimerClock;
}
/** `zx_info_timer_t`, in nanoseconds. */
interface TimerInfo {
    readonly slackMode: TimerSlackMode;
    readonly clock: TimerClock;
    /** What it is set to; 0 once it has fired or is cancelled. */
    readonly deadline: bigint;
    /** The slack that counts: at least that of the policy. */
    readonly slack: bigint;
}
/** A timer: SIGNALED from its deadline on. It does not keep Node alive. */
declare class Timer extends Handle {
    /**
     * `zx_timer_set`: SIGNALED at `deadline`, at once if that is past. An earlier setting is
     * forgotten. Needs WRITE.
     *
     * @param deadline absolute, in nanoseconds of the kernel's monotonic clock
     * @param slack how far from it the timer may fire, in nanoseconds; this kernel never makes use of
     * that
     * @throws {@link ZxError} `OUT_OF_RANGE` for a slack below 0; `BAD_HANDLE`; `ACCESS_DENIED`
     */
    set(deadline: bigint, slack?: bigint): void;
    /**
     * `zx_timer_cancel`: it will not fire, and is not SIGNALED. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    cancel(): void;
    /**
     * `zx_object_get_info` with `ZX_INFO_TIMER`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): TimerInfo;
}

/** Options of VMARs and mappings (`zx_vm_option_t`). */
declare const VmOptions: Readonly<{
    readonly PERM_READ: number;
    readonly PERM_WRITE: number;
    readonly PERM_EXECUTE: number;
    readonly COMPACT: number;
    readonly SPECIFIC: number;
    readonly SPECIFIC_OVERWRITE: number;
    readonly CAN_MAP_SPECIFIC: number;
    readonly CAN_MAP_READ: number;
    readonly CAN_MAP_WRITE: number;
    readonly CAN_MAP_EXECUTE: number;
    readonly MAP_RANGE: number;
    readonly REQUIRE_NON_RESIZABLE: number;
    readonly ALLOW_FAULTS: number;
    readonly OFFSET_IS_UPPER_LIMIT: number;
    /** PERM_READ where execute-only memory does not exist: everywhere, here. */
    readonly PERM_READ_IF_XOM_UNSUPPORTED: number;
    /** Fault beyond the VMO's stream size; needs ALLOW_FAULTS. */
    readonly FAULT_BEYOND_STREAM_SIZE: number;
    /** See {@link vmAlign}. */
    readonly ALIGN_MASK: 4278190080;
    /** All permissions. */
    readonly PERM_ALL: 7;
    /** All that a VMAR can allow in mappings. */
    readonly CAN_MAP_RXW: number;
}>;
/**
 * The {@link VmOptions} of an alignment (`ZX_VM_ALIGN_*`).
 *
 * @param log2 of the alignment in bytes: 10 to 32, though it is a page at least
 */
declare function vmAlign(log2: number): number;
/** Operations of {@link Vmar.opRange} (`ZX_VMAR_OP_*`). */
declare const VmarOp: Readonly<{
    /** Give memory to every page. */
    readonly Commit: 1;
    /** Give whole pages back: they read as zero. */
    readonly Decommit: 2;
    /** Fill the page tables. */
    readonly MapRange: 3;
    /** Make a range read as zero. */
    readonly Zero: 10;
    /** A hint: the pages may go. */
    readonly DontNeed: 12;
    /** A hint: the pages should stay. */
    readonly AlwaysNeed: 13;
    /** A hint: the pages will be read soon. */
    readonly Prefetch: 14;
}>;
/** The number of an operation on a range of a VMAR. */
type VmarOp = (typeof VmarOp)[keyof typeof VmarOp];
/** `zx_info_vmar_t` */
interface VmarInfo {
    /** The first address. */
    readonly base: bigint;
    /** Bytes. */
    readonly size: bigint;
}
/** A range of a process's address space. Offsets are in bytes from its base, sizes in bytes. */
declare class Vmar extends Handle {
    /**
     * `zx_object_get_info` with `ZX_INFO_VMAR`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): VmarInfo;
    /**
     * `zx_object_get_info` with `ZX_INFO_VMAR_MAPS`: this VMAR and all in it, in pre-order. Needs
     * INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    mapsInfo(): MapsInfo[];
    /**
     * `zx_vmar_allocate`: a child VMAR and its base. Needs the rights of the `CAN_MAP_*` options.
     *
     * @param options `CAN_MAP_*`, `COMPACT`, `SPECIFIC`, `OFFSET_IS_UPPER_LIMIT`, and an alignment
     * @param offset with `SPECIFIC` or `OFFSET_IS_UPPER_LIMIT`, otherwise 0
     * @param size whole pages
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for `CAN_MAP_*` that this VMAR lacks
     * and an offset in one without CAN_MAP_SPECIFIC; `INVALID_ARGS` for other options, a size or
     * offset within pages, an alignment that cannot be, and outside of this VMAR; `BAD_STATE` if it is
     * destroyed; `ALREADY_EXISTS` with SPECIFIC where something is; `NO_MEMORY` where there is no
     * room
     */
    allocate(options: number, offset: bigint, size: bigint): {
        vmar: Vmar;
        base: bigint;
    };
    /**
     * `zx_vmar_map`: the address where `length` bytes of a VMO, rounded up to pages, appear. The VMO
     * needs MAP, and both need the rights of the `PERM_*` options.
     *
     * @param options `PERM_*`, `SPECIFIC`, `SPECIFIC_OVERWRITE`, `OFFSET_IS_UPPER_LIMIT`, `MAP_RANGE`,
     * `REQUIRE_NON_RESIZABLE`, `ALLOW_FAULTS`, `FAULT_BEYOND_STREAM_SIZE`, and an alignment
     * @param offset with `SPECIFIC`, `SPECIFIC_OVERWRITE` or `OFFSET_IS_UPPER_LIMIT`, otherwise 0
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for an offset in a VMAR without
     * CAN_MAP_SPECIFIC, and for a vDSO's code that is not mapped exactly or again; `INVALID_ARGS` for
     * options that do not go together, length 0, offsets within pages, and outside of this VMAR;
     * `NOT_SUPPORTED` for a resizable VMO with REQUIRE_NON_RESIZABLE and a discardable one without
     * ALLOW_FAULTS; `BUFFER_TOO_SMALL` beyond the end of a VMO of fixed size without ALLOW_FAULTS;
     * `BAD_STATE` if this VMAR is destroyed; `ALREADY_EXISTS` with SPECIFIC where something is;
     * `NO_MEMORY`
     */
    map(options: number, offset: bigint, vmo: Vmo, vmoOffset: bigint, length: bigint): bigint;
    /**
     * `zx_vmar_unmap`: removes mappings and whole child VMARs in a range; holes are fine. Child VMARs
     * need OP_CHILDREN.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for an address within a page, length 0,
     * outside of this VMAR, for a child VMAR that is only partly covered, and without OP_CHILDREN for
     * any; `BAD_STATE` if this VMAR is destroyed; `ACCESS_DENIED` for the vDSO's code
     */
    unmap(address: bigint, length: bigint): void;
    /**
     * `zx_vmar_protect`: new permissions for a range that mappings fill. Needs the rights of the
     * `PERM_*` options, and OP_CHILDREN for mappings in child VMARs.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for permissions that a mapping cannot
     * have, and for the vDSO's code; `INVALID_ARGS` for other options, an address within a page,
     * length 0 and outside of this VMAR; `BAD_STATE` if it is destroyed; `NOT_FOUND` for a hole
     */
    protect(options: number, address: bigint, length: bigint): void;
    /**
     * `zx_vmar_destroy`: everything in it goes.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `BAD_STATE` if it is destroyed already
     */
    destroy(): void;
    /**
     * `zx_vmar_op_range`: does to the VMOs what mappings in a range show. What cannot be made writable
     * cannot be committed, decommitted or zeroed, what cannot be made readable cannot be prefetched.
     * Mappings in child VMARs need OP_CHILDREN, and cannot be committed, decommitted or prefetched.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `NOT_SUPPORTED` for an unknown operation; `INVALID_ARGS`
     * for length 0, an address within a page, and child VMARs as above; `OUT_OF_RANGE` outside of this
     * VMAR; `BAD_STATE` if it is destroyed, and for a hole; `ACCESS_DENIED` as above, and for the
     * vDSO's code; otherwise as {@link Vmo.opRange}
     */
    opRange(op: VmarOp, address: bigint, length: bigint): void;
}

/** `zx_info_job_t` */
interface JobInfo {
    /** 0 until the job has ended. */
    readonly returnCode: bigint;
    readonly exited: boolean;
    /** Whether it is to die first when memory runs out. */
    readonly killOnOom: boolean;
}
/** Options of `zx_process_create`. */
declare const ProcessOptions: Readonly<{
    /** The process shares its address space with others. */
    readonly SHARED: number;
}>;
/** How critical a process is. */
interface SetCriticalOptions {
    /** Spare the job if the process returns 0 (`ZX_JOB_CRITICAL_PROCESS_RETCODE_NONZERO`). */
    unlessZero?: boolean;
}
/** A job: a group of processes and further jobs. */
declare class Job extends Task {
    /**
     * `zx_job_create`: a child job. Needs MANAGE_JOB or WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` 32 levels below the root;
     * `BAD_STATE` below a killed job
     */
    createJob(): Job;
    /**
     * `zx_process_create`: a process without threads, and its root VMAR. Needs MANAGE_PROCESS or
     * WRITE, and a context whose policy allows NEW_PROCESS. It speaks the context's own ABI, or the
     * one that is asked for; once it maps a vDSO, that one's.
     *
     * @param name 31 bytes are kept
     * @param options bits of {@link ProcessOptions}
     * @throws {@link ZxError} `INVALID_ARGS` for options; `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE`
     * in a killed job
     */
    createProcess(name: CString, options?: number, abiOptions?: AbiOptions): {
        process: Process;
        rootVmar: Vmar;
    };
    /**
     * `zx_job_set_policy` with `ZX_JOB_POL_BASIC_V2`, for processes and jobs that are created in this
     * job from now on. Entries without `canOverride` are those of `ZX_JOB_POL_BASIC_V1`. In mode
     * `relative` entries that a job above has fixed are left as they are. Needs SET_POLICY.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for no entries or more than 32; `BAD_HANDLE`;
     * `ACCESS_DENIED`; `BAD_STATE` for a job that has children; `OUT_OF_RANGE` for more than 18
     * entries; in mode `absolute` `ALREADY_EXISTS` for a conflict with what a job above has fixed
     */
    setPolicy(mode: "relative" | "absolute", entries: readonly PolicyEntry[]): void;
    /**
     * `zx_job_set_policy` with `ZX_JOB_POL_TIMER_SLACK`, for processes and jobs that are created in
     * this job from now on. The amount that counts is never less than that of the job above. Needs
     * SET_POLICY.
     *
     * @param amount the least slack of timers, in nanoseconds
     * @param mode for timers that the kernel sets itself
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a job that has children;
     * `INVALID_ARGS` for an amount below 0
     */
    setTimerSlack(amount: bigint, mode?: TimerSlackMode): void;
    /**
     * `zx_job_set_critical`: this job dies when the process does. That is final. Needs DESTROY, and
     * WAIT on the process.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for either; `ALREADY_BOUND` for a process
     * that is critical to a job; `INVALID_ARGS` for one that is not in this job or below
     */
    setCritical(process: Process, options?: SetCriticalOptions): void;
    /**
     * `zx_object_get_child`: a handle to the job or process with this koid directly in this job. Needs
     * ENUMERATE.
     *
     * @param rights at most those of this handle, which are the default
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for rights not held; `NOT_FOUND`
     */
    getChild(koid: bigint, rights?: Rights): Job | Process;
    /**
     * Sets `ZX_PROP_JOB_KILL_ON_OOM`: whether the job is to die first when memory runs out, which it
     * never does here. Needs SET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    setKillOnOom(kill: boolean): void;
    /**
     * `zx_object_get_info` with `ZX_INFO_JOB`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): JobInfo;
    /**
     * `zx_object_get_info` with `ZX_INFO_JOB_CHILDREN`: koids, oldest first. Needs ENUMERATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    children(): bigint[];
    /**
     * `zx_object_get_info` with `ZX_INFO_JOB_PROCESSES`: koids, oldest first. Needs ENUMERATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    processes(): bigint[];
}

/** An entry of a namespace: a path, and a client end of the directory there. */
interface ExportedEntry {
    readonly path: string;
    readonly directory: Channel;
}
/**
 * The namespace of a process (sdk/lib/fdio/namespace): directories, each behind a channel, at
 * absolute paths. There is no directory above them but what leads to them.
 */
declare class Namespace {
    #private;
    /** The paths at which directories are bound, depth first, in the order in which they came. */
    get paths(): string[];
    /**
     * `fdio_ns_bind`: binds a directory.
     *
     * @param path absolute; its parts are 1 to 255 bytes, and neither `.` nor `..`
     * @param directory a client end of `fuchsia.io/Directory`, of whatever context. Consumed.
     * @throws {@link ZirconiaError} `BAD_HANDLE`; `INVALID_ARGS` for another path; `NOT_SUPPORTED`
     * below a bound directory, and at `/` if some are bound; `ALREADY_EXISTS` where one is bound, or
     * where some are bound below
     */
    bind(path: string, directory: Channel): void;
    /**
     * Binds what a process gets at its start, as it does: of entries that conflict the first counts,
     * and what cannot be bound is closed without a word.
     */
    bindAll(entries: readonly ExportedEntry[]): void;
    /**
     * `fdio_ns_unbind`: closes a directory, and forgets the places that only led to it.
     *
     * @throws {@link ZirconiaError} `INVALID_ARGS` as {@link Namespace.bind}; `NOT_SUPPORTED` for `/`;
     * `NOT_FOUND` where none is bound
     */
    unbind(path: string): void;
    /**
     * `fdio_ns_connect`: has `object` served by what is at a path. Whether there is anything shows on
     * the channel only.
     *
     * @param flags of `Directory.Open`
     * @param object a server end of this context. Consumed.
     * @throws {@link ZirconiaError} `NOT_FOUND` for a path that is not absolute or leads to no
     * directory; `BAD_PATH` for an empty part on the way; `NOT_SUPPORTED` on the way to directories;
     * `INVALID_ARGS` for 4,096 bytes and more below one; `PEER_CLOSED` if nobody serves it
     */
    connect(path: string, flags: number, object: Channel): void;
    /**
     * `fdio_ns_open`: opens what is at a path, and waits until its server says what it is.
     *
     * @param flags of `Directory.Open`, to which DESCRIBE is added
     * @returns on the way to directories: what there is
     * @throws {@link ZirconiaError} as {@link Namespace.connect}; `ALREADY_EXISTS` for CREATE where a
     * directory is bound; as the server says
     */
    open(path: string, flags: number): Promise<FdObject>;
    /**
     * `fdio_ns_export`: all entries, each with a new connection to its directory, by `Node.Clone`,
     * which belongs to the caller. Whether it is served shows on the channel only.
     *
     * @throws {@link ZirconiaError} `PEER_CLOSED` if one of them is served no more; nothing is left then
     */
    export(): ExportedEntry[];
}

/**
 * What a process has been given, and shares with those that it spawns: what the C library and
 * libfdio keep for a program. Handles that are given to it move into its context.
 */
declare class Environment {
    #private;
    /** The directories that the process sees. */
    readonly namespace: Namespace;
    /** What its file descriptors refer to. */
    readonly descriptors: FileDescriptors;
    /** The services in its namespace's `/svc`. */
    readonly services: ServiceDirectory;
    /** `environ`: `KEY=VALUE` by convention. Empty at first. */
    get environ(): readonly CString[];
    set environ(environ: readonly CString[]);
    /**
     * `zx_job_default`. The host's is the root job at first; others have none. The environment keeps
     * the handle: it is a duplicate that can be given away.
     */
    get defaultJob(): Job | undefined;
    /**
     * `zx_utc_reference_get`. There is none at first. The environment keeps the handle: it is a
     * duplicate that can be given away.
     */
    get utcClock(): Clock | undefined;
    /** Whether there is a loader service, which there is not at first. */
    get hasLoaderService(): boolean;
    /** Sets the default job. Consumes the handle; closes the one before. */
    setDefaultJob(job: Job): void;
    /** Sets the UTC clock. Consumes the handle; closes the one before. */
    setUtcClock(clock: Clock): void;
    /**
     * Sets the loader service, by which the process gets its libraries: a client end of
     * `fuchsia.ldsvc/Loader`. Consumes the channel; closes the one before.
     */
    setLoaderService(loader: Channel): void;
    /**
     * `dl_clone_loader_service`: a further connection to the loader service, which belongs to the
     * caller.
     *
     * @throws {@link ZirconiaError} `UNAVAILABLE` without a loader service; as the service says;
     * `PEER_CLOSED` if it is gone
     */
    cloneLoaderService(): Promise<Channel>;
    /**
     * `fdio_open_fd`: opens what is at a path of the namespace.
     *
     * @param flags of `Directory.Open`
     * @param fd which descriptor, in place of what it refers to; by default the lowest that is closed
     * @returns the descriptor
     * @throws {@link ZirconiaError} `NOT_FOUND`, `BAD_PATH`, `INVALID_ARGS` for the path, and
     * `ALREADY_EXISTS` for CREATE of what is bound; as the server says; `BAD_STATE` if all descriptors
     * are open
     */
    open(path: string, flags: number, fd?: number): Promise<number>;
}

/** A record of the kernel's debug log. */
interface LogRecord {
    /** Its number, from 0. */
    readonly sequence: bigint;
    /** In nanoseconds of the kernel's monotonic clock. */
    readonly timestamp: bigint;
    /** The koid of the process that wrote it. */
    readonly process: bigint;
    /** The koid of the thread that wrote it; 0 for the host. */
    readonly thread: bigint;
    /** `DEBUGLOG_*` severity. */
    readonly severity: number;
    /** At most 216 bytes. */
    readonly data: Uint8Array;
}
/** A handle to the kernel's one debug log, with a place in it to read from. */
declare class DebugLog extends Handle {
    /**
     * `zx_debuglog_write`; 216 bytes are kept. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    write(data: string | Bytes): void;
    /**
     * `zx_debuglog_read`: the next record of this handle. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` at the end
     */
    read(): LogRecord;
}

/**
 * One end of a fifo: elements of one size, in both directions. The size is not told by a fifo; each
 * call says it again.
 */
declare class Fifo extends PeerHandle {
    /**
     * `zx_fifo_write`: how many elements were taken, which may be fewer than given. Needs WRITE.
     *
     * @param elementSize bytes of an element
     * @param elements elements one after the other, all of them whole
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED`; `OUT_OF_RANGE` for elements
     * of another size than the fifo's, and for none; `SHOULD_WAIT` without room
     */
    write(elementSize: number, elements: Uint8Array): number;
    /**
     * `zx_fifo_read` of at most `max` elements: their bytes, one after the other. Needs READ.
     *
     * @param elementSize bytes of an element
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` for elements of another
     * size than the fifo's, and for none; when empty `SHOULD_WAIT`, `PEER_CLOSED` if the peer is gone
     */
    read(elementSize: number, max?: number): Uint8Array;
}

/** What a packet of a port has, whatever its type. */
interface PacketBase {
    /** What it was asked for or queued with: 64 bits. */
    readonly key: bigint;
    /** A `zx_status_t`; 0 unless a user has queued another. */
    readonly status: number;
}
/** A packet that {@link Port.queue} has queued (`ZX_PKT_TYPE_USER`). */
interface UserPacket extends PacketBase {
    readonly type: "user";
    /** 32 bytes. */
    readonly payload: Uint8Array;
}
/** What {@link Handle.waitAsync} has asked for (`ZX_PKT_TYPE_SIGNAL_ONE`). */
interface SignalPacket extends PacketBase {
    readonly type: "signal";
    /** The signals that were waited for. */
    readonly trigger: number;
    /** The signals that were set: when they matched, and since. */
    readonly observed: number;
    /** How many operations are pending: messages of a readable channel, otherwise 1. */
    readonly count: bigint;
    /** When the signals matched, in nanoseconds; 0 unless that was asked for. */
    readonly timestamp: bigint;
}
/** `zx_port_packet_t` */
type PortPacket = UserPacket | SignalPacket;

/** A queue of packets: of users', and of signals that {@link Handle.waitAsync} asked for. */
declare class Port extends Handle {
    /**
     * `zx_port_queue`: a {@link UserPacket}. Needs WRITE.
     *
     * @param payload at most 32 bytes; what is missing is zero
     * @param status a `zx_status_t` of the user's choice
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` while 2048 packets of users
     * wait
     */
    queue(key: bigint, payload?: Bytes, status?: number): void;
    /**
     * `zx_port_wait`: the oldest packet, once there is one. Those who wait get packets in the order
     * of their calls. Needs READ.
     *
     * A pending wait keeps Node alive.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `TIMED_OUT`; `CANCELED` if the last
     * handle to the port is closed meanwhile
     * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts; the packets stay
     */
    wait(options?: WaitOptions): Promise<PortPacket>;
    /**
     * `zx_port_cancel`: takes back what {@link Handle.waitAsync} on this very handle has asked for
     * under `key`, and its packets. Needs WRITE, and WAIT on `source`.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for either; `NOT_FOUND` if there is
     * nothing to take back
     */
    cancel(source: Handle, key: bigint): void;
    /**
     * `zx_port_cancel_key`: takes back all waits and packets with this key, users' packets too. Needs
     * WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `NOT_FOUND` if there is nothing to take
     * back
     */
    cancelKey(key: bigint): void;
}

/** A kernel's monotonic clock, which also drives deadlines. */
declare class KernelClock {
    #private;
    /** Whether it runs as the host's does, or moves only when told. */
    readonly kind: "system" | "virtual";
    /** The time in nanoseconds, above 0 from the start. */
    now(): bigint;
    /**
     * Moves a virtual clock on, and lets deadlines pass.
     *
     * @param nanoseconds 0 or more
     * @throws {@link ZxError} `NOT_SUPPORTED` for the system's clock
     */
    advance(nanoseconds: bigint): void;
}

/** All targets. */
declare const TARGETS: readonly ["x86-64", "aarch64", "riscv64"];
/** The processor that processes are built for. */
type Target = (typeof TARGETS)[number];

/** An object that something in the trace names. */
interface TracedObject {
    /** Its koid; 0 for a handle that names nothing. */
    readonly koid: bigint;
    /** Its type; `Unknown` for a handle that names nothing. */
    readonly type: ObjectTypeName | "Unknown";
}
/** What one argument of a system call leads to. */
interface TracedArgument {
    /** Which argument, from 0. */
    readonly index: number;
    /** The objects behind its handles, in order. */
    readonly objects: readonly TracedObject[];
    /** What it points to: the first 256 bytes at most. */
    readonly bytes: Uint8Array;
}
/** Something that happened in the kernel. Koids name processes, threads and other objects. */
type TraceEvent = {
    readonly type: "syscallEnter";
    readonly process: bigint;
    readonly thread: bigint;
    readonly number: bigint;
    /** The name less its `zx_`; `undefined` for a number that the process's ABI lacks. */
    readonly name: string | undefined;
    /** The eight argument registers. */
    readonly args: readonly bigint[];
    /** What arguments that go into the call lead to. */
    readonly known: readonly TracedArgument[];
} | {
    /** The call waits: it returns later, or never. */
    readonly type: "syscallBlocked";
    readonly process: bigint;
    readonly thread: bigint;
} | {
    readonly type: "syscallExit";
    readonly process: bigint;
    readonly thread: bigint;
    /** The result register. */
    readonly value: bigint;
    /** What the call has written. */
    readonly known: readonly TracedArgument[];
} | {
    readonly type: "syscallNotImplemented";
    readonly process: bigint;
    readonly thread: bigint;
    readonly name: string;
} | {
    readonly type: "map";
    readonly process: bigint;
    readonly base: bigint;
    readonly length: bigint;
    /** 1 read, 2 write, 4 execute. */
    readonly permissions: number;
    readonly vmo: bigint;
    readonly vmoName: string;
    /** Where in the VMO the mapping begins, in bytes. */
    readonly vmoOffset: bigint;
} | {
    readonly type: "unmap";
    readonly process: bigint;
    readonly base: bigint;
    readonly length: bigint;
} | {
    readonly type: "protect";
    readonly process: bigint;
    readonly base: bigint;
    readonly length: bigint;
    readonly permissions: number;
} | {
    readonly type: "message";
    /** Who wrote it. */
    readonly process: bigint;
    /** The writing thread; 0 for a context of JavaScript. */
    readonly thread: bigint;
    /** The end that it was written to. */
    readonly from: bigint;
    /** The end that it can be read from. */
    readonly to: bigint;
    readonly bytes: Uint8Array;
    readonly handles: readonly TracedObject[];
} | {
    readonly type: "signal";
    readonly object: bigint;
    readonly objectType: ObjectTypeName | "Unknown";
    readonly before: number;
    readonly after: number;
} | {
    readonly type: "processCreate";
    readonly process: bigint;
    readonly name: string;
    readonly job: bigint;
} | {
    readonly type: "processStart";
    readonly process: bigint;
    /** The first thread. */
    readonly thread: bigint;
    readonly threadName: string;
    readonly entry: bigint;
    readonly stack: bigint;
} | {
    /** A further thread was started. */
    readonly type: "threadStart";
    readonly process: bigint;
    readonly thread: bigint;
    readonly name: string;
    readonly entry: bigint;
    readonly stack: bigint;
} | {
    /** A thread is dead; the call that it was in does not return. */
    readonly type: "threadExit";
    readonly process: bigint;
    readonly thread: bigint;
} | {
    readonly type: "exception";
    readonly process: bigint;
    readonly thread: bigint;
    /** `ZX_EXCP_*` */
    readonly exception: number;
    /** The exception's name less its `ZX_EXCP_`. */
    readonly exceptionName: string;
    readonly pc: bigint;
    readonly faultAddress: bigint;
} | {
    readonly type: "processExit";
    readonly process: bigint;
    readonly returnCode: bigint;
};
/** An event and when it happened. */
type TraceRecord = TraceEvent & {
    /** In nanoseconds of the kernel's monotonic clock. */
    readonly time: bigint;
};

/** What a kernel is made of. */
interface KernelOptions {
    /**
     * `native` runs guests on this computer, which must be x86-64 Linux; `null` builds and inspects
     * processes everywhere, and runs none. By default `native` where it can run.
     */
    machine?: "native" | "null";
    /** `virtual` moves only when told; `system` is the default. */
    clock?: "system" | "virtual";
    /** Makes the kernel's random choices repeatable. An integer of 64 bits, not below 0. */
    seed?: bigint | number;
    /** The processor that processes are built for; `x86-64` by default, and with `native` always. */
    target?: Target;
    /** Gets what happens in the kernel, in batches. */
    trace?: (records: TraceRecord[]) => void;
}
/** How many objects of a type there are, and handles to them. */
interface TypeStats {
    readonly objects: number;
    readonly handles: number;
}
/** What exists in a kernel. */
interface KernelStats {
    /** Types without objects are left out. */
    readonly types: Readonly<Partial<Record<ObjectTypeName, TypeStats>>>;
    /** Objects of all types. */
    readonly objects: number;
    /** Handles to all of them, those in messages included. */
    readonly handles: number;
    /** Waits that have not ended, the host's and the guests'. */
    readonly waits: number;
    /** Watches on objects, by waits and for ports. */
    readonly observers: number;
    /** Packets in ports. */
    readonly packets: number;
    /** Guest processes that run. */
    readonly running: number;
}
/**
 * A simulated Zircon kernel. Two of them share nothing.
 *
 * Node stays alive while a wait is pending or a guest runs; a kernel alone does not keep it.
 */
declare class Kernel implements Disposable, AsyncDisposable {
    #private;
    /** Whether guests can run. */
    readonly machine: "native" | "null";
    /** The processor that processes are built for. */
    readonly target: Target;
    /** The monotonic clock. */
    readonly clock: KernelClock;
    /** The process of JavaScript itself: whoever no other context is named for. */
    readonly host: Context;
    /**
     * @throws {@link ZirconiaError} `NOT_SUPPORTED` if the native machine is asked for where it
     * cannot run
     */
    constructor(options?: KernelOptions);
    /**
     * The root of all jobs: one and the same handle each time, and another only once it was closed. It
     * is the kernel's own: what takes handles over refuses it, and takes a {@link Handle.duplicate}.
     */
    get rootJob(): Job;
    /** Whether the kernel has ended, or is about to. */
    get isDisposed(): boolean;
    /** The monotonic clock in nanoseconds. */
    now(): bigint;
    /** {@link Context.createVmo} of the host. */
    createVmo(size: bigint, options?: number): Vmo;
    /** {@link Context.vmoFromBytes} of the host. */
    vmoFromBytes(bytes: Bytes, options?: VmoFromBytesOptions): Vmo;
    /** {@link Context.vmoFromFile} of the host. */
    vmoFromFile(path: string | URL, options?: VmoFromFileOptions): Promise<Vmo>;
    /** {@link Context.systemVdso} of the host. */
    systemVdso(options?: AbiOptions): Vmo;
    /** {@link Context.createChannel} of the host. */
    createChannel(): [Channel, Channel];
    /** {@link Context.createSocket} of the host. */
    createSocket(mode?: SocketMode): [Socket, Socket];
    /** {@link Context.createEvent} of the host. */
    createEvent(): Event;
    /** {@link Context.createEventPair} of the host. */
    createEventPair(): [EventPair, EventPair];
    /** {@link Context.createFifo} of the host. */
    createFifo(elementCount: number, elementSize: number): [Fifo, Fifo];
    /** {@link Context.createPort} of the host. */
    createPort(): Port;
    /** {@link Context.createTimer} of the host. */
    createTimer(options?: TimerOptions): Timer;
    /** {@link Context.createClock} of the host. */
    createClock(options?: number, backstop?: bigint): Clock;
    /** {@link Context.waitMany} of the host. */
    waitMany(items: readonly WaitItem[], options?: WaitOptions): Promise<number[]>;
    /** {@link Context.debugLog} of the host. */
    debugLog(): DebugLog;
    /** What exists right now. */
    stats(): KernelStats;
    /** Hands the records that have gathered to {@link KernelOptions.trace}, without delay. */
    flushTrace(): void;
    /**
     * Ends the kernel: guests are killed, pending waits reject with `CANCELED`, and every handle is
     * invalid from now on. Does nothing the second time.
     */
    dispose(): void;
    /** Same as {@link Kernel.dispose}. */
    [DISPOSE](): void;
    /** Kills the guests, waits until none of them runs any more, and disposes of the kernel. */
    [ASYNC_DISPOSE](): Promise<void>;
}

/** One of several things to wait for. */
interface WaitItem {
    readonly handle: Handle;
    /** The signals of which one ends the wait. */
    readonly signals: number;
}
/** What a VMO of the host's bytes is like. */
interface VmoFromBytesOptions {
    /** Its name, of which 31 bytes are kept. */
    name?: CString;
    /** The rights of its handle: by default those of a file, which are the VMO's own less WRITE, and EXECUTE. */
    rights?: number;
}
/** How a file of the host is read. */
interface VmoFromFileOptions {
    /** Ends it, also where nobody writes to a pipe. */
    signal?: AbortSignal;
}
/**
 * A process that is played by JavaScript: a table of handles, and the policy of a job, which judge
 * what is done through it. There is {@link Kernel.host}, and there are further
 * {@link ProcessContext}s.
 */
declare class Context {
    #private;
    readonly kernel: Kernel;
    /** The name of its process, as far as it is text; `host` for {@link Kernel.host}. */
    readonly name: string;
    /** What its process has been given, and shares with those that it spawns. */
    readonly environment: Environment;
    /** The koid of the context's process. */
    get koid(): bigint;
    /**
     * `zx_vmo_create`: zero-filled, of `size` bytes rounded up to pages.
     *
     * @param options bits of {@link VmoOptions}
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `INVALID_ARGS` for other options, TRAP_DIRTY,
     * and RESIZABLE with UNBOUNDED; `OUT_OF_RANGE` for a size that cannot be; `NO_MEMORY`
     */
    createVmo(size: bigint, options?: number): Vmo;
    /**
     * A VMO with a copy of these bytes.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for rights beyond the VMO's own and EXECUTE; `NO_MEMORY`
     */
    vmoFromBytes(bytes: Bytes, options?: VmoFromBytesOptions): Vmo;
    /**
     * A VMO with the content of a file of the host, as a file server hands it out: it can be read,
     * mapped and executed, not written. It is named after the file.
     *
     * A file may have any size; its holes take up nothing. A pipe or FIFO is read to its end.
     *
     * @throws Node's error if the file cannot be read; `EINVAL` for a device or a socket; {@link ZxError}
     * `NO_MEMORY`; an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
     */
    vmoFromFile(path: string | URL, options?: VmoFromFileOptions): Promise<Vmo>;
    /**
     * The system's vDSO image, as it is handed down from process to process: of the context's own
     * ABI, or of the one that is asked for.
     *
     * @throws {@link ZxError} `NO_MEMORY`; `NOT_SUPPORTED` for an ABI that the kernel's target never
     * had
     */
    systemVdso(options?: AbiOptions): Vmo;
    /**
     * `zx_channel_create`: both ends.
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createChannel(): [Channel, Channel];
    /**
     * `zx_socket_create`: both ends.
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createSocket(mode?: SocketMode): [Socket, Socket];
    /**
     * `zx_event_create`
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createEvent(): Event;
    /**
     * `zx_eventpair_create`: both ends.
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createEventPair(): [EventPair, EventPair];
    /**
     * `zx_fifo_create`: both ends, each of which holds so many elements.
     *
     * @param elementSize bytes of an element
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `OUT_OF_RANGE` if a number is 0, or their
     * product more than 4,096; `NO_MEMORY`
     */
    createFifo(elementCount: number, elementSize: number): [Fifo, Fifo];
    /**
     * `zx_port_create`
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createPort(): Port;
    /**
     * `zx_timer_create`
     *
     * @throws {@link ZxError} `ACCESS_DENIED` by policy; `NO_MEMORY`
     */
    createTimer(options?: TimerOptions): Timer;
    /**
     * `zx_clock_create`
     *
     * @param options bits of {@link ClockOptions}
     * @param backstop what the clock never shows less than, in nanoseconds
     * @throws {@link ZxError} `INVALID_ARGS` for other options, CONTINUOUS without MONOTONIC, a
     * backstop below 0 or, with AUTO_START, in the future; `NOT_SUPPORTED` for MAPPABLE; `NO_MEMORY`
     */
    createClock(options?: number, backstop?: bigint): Clock;
    /**
     * `zx_object_wait_many`: resolves with all signals of each item, in their order, once one of an
     * item's `signals` is set. Without items it lasts until the deadline. Needs WAIT on each.
     *
     * A pending wait keeps Node alive.
     *
     * @param items handles of this context, at most 64
     * @throws {@link ZxError} `OUT_OF_RANGE` for more; `BAD_HANDLE`; `ACCESS_DENIED`; `TIMED_OUT`;
     * `CANCELED` if one of the handles is closed or moved meanwhile. The last two tell the signals of
     * each item in `pending`.
     * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
     */
    waitMany(items: readonly WaitItem[], options?: WaitOptions): Promise<number[]>;
    /**
     * `zx_debuglog_create`, readable: begins with the oldest record that is kept.
     *
     * @throws {@link ZxError} `NO_MEMORY`
     */
    debugLog(): DebugLog;
}
/** What a further context is like. */
interface ProcessContextOptions {
    /** The job that its process is in, and whose policy it gets. Borrowed. */
    job: Job;
    /** The name of its process, of which 31 bytes are kept. */
    name?: CString;
}
/**
 * A further process that is played by JavaScript, in a job of its own.
 *
 * Disposing of it ends the process: its handles are closed.
 */
declare class ProcessContext extends Context implements Disposable {
    /**
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` for a job handle with neither
     * MANAGE_PROCESS nor WRITE; `BAD_STATE` in a killed job
     */
    constructor(kernel: Kernel, options: ProcessContextOptions);
    /** Ends the process. Its handles are closed; waits through them end with `CANCELED`. */
    dispose(): void;
    /** Same as {@link ProcessContext.dispose}. */
    [DISPOSE](): void;
}

/** When a packet of {@link Handle.waitAsync} comes, and what it tells (`ZX_WAIT_ASYNC_*`). */
declare const WaitAsyncOptions: Readonly<{
    /** The packet tells when the signals matched. */
    readonly TIMESTAMP: number;
    /** Signals that are set already do not match; only ones that become set. */
    readonly EDGE: number;
    /** As TIMESTAMP, on the boot clock, which is the same here. */
    readonly BOOT_TIMESTAMP: number;
}>;
/** `zx_info_handle_basic_t` */
interface HandleBasicInfo {
    /** The object's koid. */
    readonly koid: bigint;
    /** The handle's rights. */
    readonly rights: Rights;
    /** The object's type. */
    readonly type: ObjectType;
    /** The koid of the peer, parent or owner; 0 for none. */
    readonly relatedKoid: bigint;
}
/**
 * A handle: an object, and rights to it, in the table of a {@link Context}.
 *
 * Handles stay until they are closed, moved away, or their context or kernel is disposed of; being
 * forgotten does not close them. Every use after that fails with `ZX_ERR_BAD_HANDLE`.
 */
declare class Handle implements Disposable {
    #private;
    /** Takes over the handle with this raw value in the context's table. */
    constructor(context: Context, value: number);
    /** The context whose table holds the handle, and on whose behalf it is used. */
    get context(): Context;
    /** The kernel of the object. */
    get kernel(): Kernel;
    /** The raw value in the context's table; 0 once the handle is closed or moved. */
    get value(): number;
    /** Whether the handle was neither closed nor moved. */
    get isValid(): boolean;
    /** The object's id: unique in its kernel. */
    get koid(): bigint;
    /** The koid of the peer, parent or owner; 0 for none. */
    get relatedKoid(): bigint;
    /** What the handle allows. */
    get rights(): Rights;
    /** The object's type. */
    get objectType(): ObjectType;
    /**
     * `zx_object_get_info` with `ZX_INFO_HANDLE_BASIC`. Needs no right.
     *
     * @throws {@link ZxError} `BAD_HANDLE`
     */
    basicInfo(): HandleBasicInfo;
    /**
     * `zx_object_get_info` with `ZX_INFO_HANDLE_COUNT`: how many handles the object has. Needs
     * INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    handleCount(): number;
    /**
     * `ZX_PROP_NAME`: empty for types without names. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getName(): string;
    /**
     * Sets `ZX_PROP_NAME`, of which 31 bytes are kept. Needs SET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`; `NOT_SUPPORTED` for types without names
     */
    setName(name: CString): void;
    /**
     * `zx_handle_duplicate`: a second handle, with these rights or fewer. Needs DUPLICATE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for rights not held
     */
    duplicate(rights?: Rights): this;
    /**
     * `zx_handle_replace`: the same object through a new handle, with these rights or fewer. This
     * handle is gone afterwards, also on an error.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for rights not held
     * @throws TypeError `ERR_INVALID_ARG_VALUE` for a handle that cannot be given away
     */
    replace(rights: Rights): this;
    /**
     * Moves the handle into the table of another context of the same kernel. Needs TRANSFER. On an
     * error it stays where it is.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a disposed context
     * @throws TypeError `ERR_INVALID_ARG_VALUE` for a handle that cannot be given away
     */
    transferTo(context: Context): this;
    /**
     * `zx_object_signal`: clears, then sets signals. Needs SIGNAL.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for signals that are
     * neither the user's nor an event's SIGNALED
     */
    signal(clear: number, set: number): void;
    /**
     * `zx_object_wait_one`: resolves with all signals once one of `signals` is set. Needs WAIT.
     *
     * A pending wait keeps Node alive.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `TIMED_OUT`; `CANCELED` if the handle is
     * closed or moved meanwhile. The last two tell the signals in `observed`.
     * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
     */
    waitOne(signals: number, options?: WaitOptions): Promise<number>;
    /**
     * `zx_object_wait_async`: a {@link SignalPacket} with `key` comes to the port once one of
     * `signals` is set. Needs WAIT, and WRITE on the port, which is of the same context. Unlike a
     * pending wait, this does not keep Node alive.
     *
     * @param options bits of {@link WaitAsyncOptions}
     * @throws {@link ZxError} `INVALID_ARGS` for other options or both timestamps; `BAD_HANDLE`,
     * `ACCESS_DENIED` for the port; then for this handle
     */
    waitAsync(port: Port, key: bigint, signals: number, options?: number): void;
    /** `zx_handle_close`. Does nothing if the handle is closed or moved already. */
    close(): void;
    /** Same as {@link Handle.close}. */
    dispose(): void;
    /** Same as {@link Handle.close}. */
    [DISPOSE](): void;
    /** What it is a handle to; of one that is gone, nothing but its value. */
    toJSON(): object;
}

/** Options of {@link Context.createVmo}. */
declare const VmoOptions: Readonly<{
    /** The VMO can be resized. */
    readonly RESIZABLE: number;
    /** The kernel may discard the pages while they are not locked, which this one never does. */
    readonly DISCARDABLE: number;
    /** For VMOs of pagers only. */
    readonly TRAP_DIRTY: number;
    /** As large as a VMO can be; the size is that of its stream only. */
    readonly UNBOUNDED: number;
}>;
/** Options of {@link Vmo.createChild}: one kind, and what goes with it. */
declare const VmoChildOptions: Readonly<{
    /** A kind: copy-on-write, as if copied now. */
    readonly SNAPSHOT: number;
    /** The child can be resized. */
    readonly RESIZABLE: number;
    /** A kind: a window on the parent. */
    readonly SLICE: number;
    /** A kind: copy-on-write; pages are taken when the child writes at the latest. */
    readonly SNAPSHOT_AT_LEAST_ON_WRITE: number;
    /** The child's handle cannot write. */
    readonly NO_WRITE: number;
    /** A kind: the parent under another koid. */
    readonly REFERENCE: number;
    /** A kind: copy-on-write of the pages already modified. */
    readonly SNAPSHOT_MODIFIED: number;
}>;
/** Operations of {@link Vmo.opRange} (`ZX_VMO_OP_*`). */
declare const VmoOp: Readonly<{
    /** Give memory to every page. */
    readonly Commit: 1;
    /** Give whole pages back: they read as zero. */
    readonly Decommit: 2;
    /** Keep the pages of a discardable VMO. */
    readonly Lock: 3;
    /** Let the pages of a discardable VMO go. */
    readonly Unlock: 4;
    readonly CacheSync: 6;
    readonly CacheInvalidate: 7;
    readonly CacheClean: 8;
    readonly CacheCleanInvalidate: 9;
    /** Make a range read as zero. */
    readonly Zero: 10;
    /** As `Lock`, unless pages were discarded. */
    readonly TryLock: 11;
    /** A hint: the pages may go. */
    readonly DontNeed: 12;
    /** A hint: the pages should stay. */
    readonly AlwaysNeed: 13;
    /** A hint: the pages will be read soon. */
    readonly Prefetch: 14;
}>;
/** The number of an operation on a range of a VMO. */
type VmoOp = (typeof VmoOp)[keyof typeof VmoOp];
/** How mappings of a VMO are cached (`ZX_CACHE_POLICY_*`). */
declare const CachePolicy: Readonly<{
    readonly Cached: 0;
    readonly Uncached: 1;
    readonly UncachedDevice: 2;
    readonly WriteCombining: 3;
}>;
/** The number of a cache policy. */
type CachePolicy = (typeof CachePolicy)[keyof typeof CachePolicy];
/** `zx_vmo_lock_state_t`, in bytes. */
interface VmoLockState {
    readonly offset: bigint;
    readonly size: bigint;
    /** Where discarded pages begin. */
    readonly discardedOffset: bigint;
    /** What from there on holds all discarded pages; 0, as this kernel discards none. */
    readonly discardedSize: bigint;
}
/** Memory that can be read, written and mapped. Sizes and offsets are in bytes. */
declare class Vmo extends Handle {
    /**
     * `zx_vmo_read`: `length` bytes from `offset` on. Needs READ.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists
     */
    read(offset: bigint, length: number): Uint8Array;
    /**
     * `zx_vmo_write`: copies the bytes to `offset`. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists;
     * `NO_MEMORY`
     */
    write(offset: bigint, bytes: Bytes): void;
    /**
     * `zx_vmo_get_size`: whole pages. Needs no right.
     *
     * @throws {@link ZxError} `BAD_HANDLE`
     */
    getSize(): bigint;
    /**
     * `zx_vmo_set_size`, rounded up to pages. Needs WRITE and RESIZE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `UNAVAILABLE` for a VMO of fixed size;
     * `OUT_OF_RANGE`; `NO_MEMORY`
     */
    setSize(size: bigint): void;
    /**
     * `ZX_PROP_VMO_CONTENT_SIZE`: how many of the bytes are content. Needs GET_PROPERTY.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    getContentSize(): bigint;
    /**
     * Sets `ZX_PROP_VMO_CONTENT_SIZE`, as {@link Vmo.setStreamSize}. Needs SET_PROPERTY and WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` beyond the VMO's size;
     * `NO_MEMORY`
     */
    setContentSize(size: bigint): void;
    /**
     * `zx_vmo_get_stream_size`: how many of the bytes are content. Needs no right.
     *
     * @throws {@link ZxError} `BAD_HANDLE`
     */
    getStreamSize(): bigint;
    /**
     * `zx_vmo_set_stream_size`. What lies beyond the old or the new one becomes zero. Needs WRITE.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` beyond the VMO's size;
     * `NO_MEMORY`
     */
    setStreamSize(size: bigint): void;
    /**
     * `zx_vmo_create_child`. Needs DUPLICATE and READ.
     *
     * The copy-on-write kinds are one here: a copy made now, which may reach beyond this VMO, where it
     * is zero. A slice is a window on this VMO. A reference is this VMO under another koid, with
     * offset and size 0. Copies can be written unless under NO_WRITE, and not be executed.
     *
     * @param options a kind and other bits of {@link VmoChildOptions}
     * @param offset where in this VMO the child begins: a multiple of the page size
     * @param size rounded up to pages
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for options that do not go
     * together, an offset within a page, a slice not wholly inside and a reference with a range;
     * `OUT_OF_RANGE`; `NOT_SUPPORTED` for a child of a discardable VMO, a slice of a resizable one, a
     * reference to a slice, and a resizable reference to one of fixed size; `BAD_STATE` unless this
     * VMO is cached; `NO_MEMORY`
     */
    createChild(options: number, offset: bigint, size: bigint): Vmo;
    /**
     * `zx_vmo_replace_as_executable` without a resource: the same VMO through a handle that has
     * EXECUTE. This handle is gone afterwards, also on an error.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` by the policy AMBIENT_MARK_VMO_EXEC
     */
    replaceAsExecutable(): Vmo;
    /**
     * `zx_vmo_op_range`: the state of a lock from `Lock`, nothing from others. Commits whole pages
     * around the range. Needs WRITE to commit, decommit, invalidate caches and zero; READ for other
     * operations on caches and to prefetch; either to lock and unlock; none for other hints.
     *
     * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for an unknown operation; `ACCESS_DENIED`;
     * `NOT_SUPPORTED` to lock what is not discardable and to decommit a copy-on-write child;
     * `INVALID_ARGS` for an empty range of a cache and a range within pages to decommit;
     * `OUT_OF_RANGE` if not all of it exists, and to lock less than everything; `BAD_STATE` to unlock
     * what is not locked and to zero what is not cached; `NO_MEMORY`
     */
    opRange(op: VmoOp, offset: bigint, size: bigint): VmoLockState | undefined;
    /**
     * `zx_vmo_set_cache_policy`. What is not cached cannot be read or written by calls, nor have
     * children. Needs MAP.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for an unknown policy; `BAD_HANDLE`; `ACCESS_DENIED`;
     * `BAD_STATE` for a VMO that is mapped, has children or is one, and for a discardable one unless
     * it stays cached
     */
    setCachePolicy(policy: CachePolicy): void;
    /**
     * `zx_vmo_transfer_data`: moves whole pages from `source` here; there they read as zero
     * afterwards. Needs WRITE, and READ and WRITE on `source`.
     *
     * @throws {@link ZxError} `INVALID_ARGS` for offsets or a length within pages; `BAD_HANDLE`,
     * `ACCESS_DENIED` for either; `OUT_OF_RANGE` if not all of either range exists; `NO_MEMORY`
     */
    transferData(offset: bigint, length: bigint, source: Vmo, sourceOffset: bigint): void;
    /**
     * `zx_object_get_info` with `ZX_INFO_VMO`. Needs INSPECT.
     *
     * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
     */
    info(): VmoInfo;
}

/** The processor that an ELF file's header names; `undefined` if Fuchsia runs on no such. */
declare function elfTarget(bytes: Bytes): Target | undefined;
/** Segment types (`p_type`) that the loader knows. */
declare const SegmentType: Readonly<{
    /** `PT_NULL` */
    readonly Unused: 0;
    /** `PT_LOAD` */
    readonly Load: 1;
    /** `PT_DYNAMIC` */
    readonly Dynamic: 2;
    /** `PT_INTERP` */
    readonly Interp: 3;
    /** `PT_GNU_STACK` */
    readonly GnuStack: 1685382481;
}>;
/** `Elf64_Ehdr`, with the names of the ELF specification less their `e_`. */
interface Elf64FileHeader {
    /** `e_ident`: magic, class, data encoding, version, OS ABI, ABI version. */
    readonly ident: {
        readonly magic: number;
        readonly class: number;
        readonly data: number;
        readonly version: number;
        readonly osabi: number;
        readonly abiversion: number;
    };
    readonly type: number;
    readonly machine: number;
    readonly version: number;
    /** The entry point's address before relocation. */
    readonly entry: bigint;
    readonly phoff: bigint;
    readonly shoff: bigint;
    readonly flags: number;
    readonly ehsize: number;
    readonly phentsize: number;
    readonly phnum: number;
    readonly shentsize: number;
    readonly shnum: number;
    readonly shstrndx: number;
}
/** `Elf64_Phdr`, with the names of the ELF specification less their `p_`. */
interface Elf64ProgramHeader {
    readonly type: number;
    readonly flags: number;
    readonly offset: bigint;
    readonly vaddr: bigint;
    readonly paddr: bigint;
    readonly filesz: bigint;
    readonly memsz: bigint;
    readonly align: bigint;
}
/** The headers of an ELF file that Fuchsia's loader accepts. Objects are made when asked for. */
declare class Elf64Headers {
    #private;
    /**
     * Reads and checks the headers of the file in `bytes`, for `x86-64` by default.
     *
     * @throws {@link ElfParseError}
     */
    static fromBytes(bytes: Bytes, target?: Target): Elf64Headers;
    /**
     * Reads and checks the headers of the file in `vmo`, for its kernel's target. Needs READ.
     *
     * @throws {@link ElfParseError}
     */
    static fromVmo(vmo: Vmo): Elf64Headers;
    /** The file header. */
    get fileHeader(): Elf64FileHeader;
    /** All of them, as JSON can have them. */
    toJSON(): object;
    /** How many program headers there are. */
    get programHeaderCount(): number;
    /** All program headers, in table order. */
    get programHeaders(): Elf64ProgramHeader[];
    /** The program headers of one type, in table order. */
    programHeadersWithType(type: number): Elf64ProgramHeader[];
    /**
     * The only program header of a type; `undefined` if there is none.
     *
     * @throws {@link ElfParseError} `MultipleHeaders` if there are several, even if they are equal
     */
    programHeaderWithType(type: number): Elf64ProgramHeader | undefined;
}

/** A process ready to start: all of it is there to be inspected. It owns its handles. */
declare class BuiltProcess implements Disposable {
    /** The process. */
    readonly process: Process;
    /** The root of its address space. */
    readonly rootVmar: Vmar;
    /** Its initial thread. */
    readonly thread: Thread;
    /** The address where the thread will start: in the dynamic linker, if the executable has one. */
    readonly entry: bigint;
    /** Its initial stack pointer. */
    readonly stack: bigint;
    /** The lowest address of its stack. */
    readonly stackBase: bigint;
    /** Its stack. */
    readonly stackVmo: Vmo;
    /** The channel end that the process gets as its first argument, with its messages. */
    readonly bootstrap: Channel;
    /** Where the vDSO is mapped: the second argument. */
    readonly vdsoBase: bigint;
    /** The base address of what is loaded: of a dynamic executable, its dynamic linker. */
    readonly elfBase: bigint;
    /** The headers of the executable itself. */
    readonly elfHeaders: Elf64Headers;
    /**
     * Starts the process. All handles but the process's are closed.
     *
     * @throws {@link ProcessBuilderError} `ProcessStart`, on the null machine with `NOT_SUPPORTED`.
     * All handles are closed then, and the process dies.
     */
    start(): Process;
    /** Closes the handles; a process that was not started dies. */
    dispose(): void;
    /** What it holds: numbers as JSON can have them, and what its handles are to. */
    toJSON(): object;
    /** Same as {@link BuiltProcess.dispose}. */
    [DISPOSE](): void;
}

/** What the loader, or after it the dynamic linker, fails with. */
interface CheckFailure {
    /** The variant of {@link ProcessBuilderError}: `ElfParse`, `ElfLoad`. */
    readonly kind: string;
    /** The variant of the error within, if there is one: `InvalidFileHeader`, `VmarMap`. */
    readonly cause: string | undefined;
    /** The name of the status: `ZX_ERR_ACCESS_DENIED`. */
    readonly code: string;
    /** The status: a number below 0. */
    readonly status: number;
}
/**
 * What Fuchsia makes of a file: it would load it, and nothing tells that the file is made for another
 * system; it would load it, but the file is plainly made for another system; it would not load it.
 */
type CheckVerdict = "fuchsia" | "foreign" | "broken";
/** One thing that is wrong with a file. */
interface CheckFinding {
    /** An error makes a build fail; a warning is what only a dynamic linker or nobody would meet. */
    readonly severity: "error" | "warning";
    /** What it is about, in kebab case: `writable-code`. */
    readonly code: string;
    /** Where the field at fault begins in the file, in bytes. It may lie beyond the end. */
    readonly offset: bigint;
    /** The field's name in the ELF specification, or the tag of a dynamic entry. */
    readonly field: string;
    /** What would have been accepted. */
    readonly expected: string;
    /** What the file holds. */
    readonly actual: string;
    /** What is wrong, in words: the loader's if it has some. */
    readonly message: string;
    /** Set if the file does not run for it. */
    readonly failure: CheckFailure | undefined;
}
/** What Fuchsia makes of a file. */
interface CheckReport {
    /** The processor that the file was checked for. */
    readonly target: Target;
    /**
     * `broken` if a finding is a failure: Fuchsia does not load it, whatever dynamic linker and
     * libraries there are. `foreign` if something tells that it is made for another system, and nothing
     * that it is Fuchsia's; those findings have codes that begin with `foreign-`. Else `fuchsia`.
     */
    readonly verdict: CheckVerdict;
    /** Whether the verdict is `fuchsia`. */
    readonly ok: boolean;
    /**
     * The dynamic linker that it asks for, if a loader service can be asked for it; `undefined` for a
     * static file too. It may be empty, or have a NUL in it: no loader service has it then.
     */
    readonly interpreter: string | undefined;
    /** Errors in the order in which the loader would meet them, then warnings. */
    readonly findings: readonly CheckFinding[];
    /** At most 16 findings of a kind are listed: how many more there are, by code. */
    readonly omitted: Readonly<Record<string, bigint>>;
}

/** How files are checked. */
interface CheckOptions {
    /** The processor to load for; by default the one that the file names, or else `x86-64`. */
    target?: Target;
}
/** How many files are checked. */
interface CheckFilesOptions extends CheckOptions {
    /** How many at a time; 4 by default, which is how many Node reads at once. */
    jobs?: number;
}
/**
 * A file, by its path, and what became of it. A byte of the path that is part of no UTF-8 is one of
 * U+DC80 to U+DCFF.
 */
type CheckRecord = {
    readonly file: string;
    readonly report: CheckReport;
    readonly error?: undefined;
} | {
    readonly file: string;
    readonly report?: undefined;
    /** Why it could not be read, as Node makes such errors. */
    readonly error: NodeJS.ErrnoException;
};
/**
 * Says whether Fuchsia would load a file, whether the file is another system's, and everything that
 * is wrong with it: the rules for headers, and a dry build under the rights that the kernel gives a
 * loader.
 *
 * No more of a regular file is read than is looked at, on Node's thread pool. A pipe or FIFO is read
 * to its end.
 *
 * @throws an error with `code` and `path`, as those of `node:fs`, if the file cannot be read; `EINVAL`
 * for a device or a socket
 */
declare function checkFile(path: string | URL, options?: CheckOptions): Promise<CheckReport>;
/** {@link checkFile} for a file whose bytes are at hand. */
declare function checkBytes(bytes: Bytes, options?: CheckOptions): CheckReport;
/**
 * {@link checkFile} for many files, several at a time; records come in the order of the files. A
 * file that cannot be read is a record with an error and stops nothing.
 */
declare function checkFiles(files: Iterable<string | URL> | AsyncIterable<string | URL>, options?: CheckFilesOptions): AsyncGenerator<CheckRecord, void, undefined>;

/** An ELF file that was loaded. */
interface LoadedElf {
    /** The VMAR that its segments are in. */
    readonly vmar: Vmar;
    /** The VMAR's first address. */
    readonly vmarBase: bigint;
    /** The address of the entry point. */
    readonly entry: bigint;
}
/**
 * Loads the segments of the file in `vmo` into a new VMAR below `rootVmar`, at an address of the
 * kernel's choice (src/lib/process_builder, `elf_load::load_elf`). Both handles are borrowed, and
 * of one context.
 *
 * @throws {@link ElfLoadError}. What was mapped by then goes with the VMAR's process.
 */
declare function loadElf(vmo: Vmo, headers: Elf64Headers, rootVmar: Vmar): LoadedElf;
/**
 * Maps the segments of the file in `vmo` into a VMAR that begins at `mapperBase`; `vaddrBias`,
 * modulo 2^64, is added to their addresses (`elf_load::map_elf_segments`). Both handles are
 * borrowed, and of one context.
 *
 * @throws {@link ElfLoadError}. What was mapped by then stays.
 */
declare function mapElfSegments(vmo: Vmo, headers: Elf64Headers, vmar: Vmar, mapperBase: bigint, vaddrBias: bigint): void;

type MethodsOfKind<M extends Methods, Kind> = {
    [K in keyof M]: M[K]["kind"] extends Kind ? K : never;
}[keyof M] & string;
type Arguments<Q> = {} extends Q ? [request?: Q] : [request: Q];
/** The methods of a protocol, to be called: `proxy.loadObject({ objectName })`. */
type Proxy<M extends Methods> = {
    readonly [K in MethodsOfKind<M, "one-way"> as Uncapitalize<K>]: (...request: Arguments<RequestOf<M[K]>>) => void;
} & {
    readonly [K in MethodsOfKind<M, "two-way"> as Uncapitalize<K>]: (...request: [...Arguments<RequestOf<M[K]>>, limits?: WaitOptions]) => Promise<ResponseOf<M[K]>>;
};
/** An event of a protocol. */
type ProtocolEvent<M extends Methods> = {
    readonly [K in MethodsOfKind<M, "event">]: {
        readonly kind: Uncapitalize<K>;
        readonly value: ResponseOf<M[K]>;
    };
}[MethodsOfKind<M, "event">];
/** How a client or server speaks. */
interface ConnectionOptions {
    /**
     * The wire format of what is sent. A client sends 2 by default; a server sends what its client
     * began with, and 2 before that. What is received may be either.
     */
    wireFormat?: WireFormat;
}
/**
 * The client of a protocol, over a client end.
 *
 * Requests may be sent before earlier ones are answered. A pending call keeps Node alive; a client
 * at rest does not even wait, and its channel can be passed on. Events that come during a call are
 * kept for {@link Client.nextEvent}; more than 3,500 of them end the client, with `NO_RESOURCES`.
 */
declare class Client<M extends Methods> implements Disposable {
    #private;
    readonly protocol: Protocol<M>;
    /** The methods of the protocol. */
    readonly proxy: Proxy<M>;
    /** Speaks over a channel, which belongs to the client until {@link Client.intoChannel}. */
    constructor(protocol: Protocol<M>, channel: Channel, options?: ConnectionOptions);
    /**
     * The next event: one that came already, or else the first that comes. A pending one keeps Node
     * alive.
     *
     * @throws {@link FidlError} `Closed`, `Timeout`, and what is wrong with what came
     */
    nextEvent(limits?: WaitOptions): Promise<ProtocolEvent<M>>;
    /**
     * Gives the channel back, and ends the client.
     *
     * @throws {@link FidlError} `Channel` with `BAD_STATE` while something is in flight
     */
    intoChannel(): Channel;
    /** Closes the channel; what is pending fails with `CANCELED`. */
    close(): void;
    /** Same as {@link Client.close}. */
    [DISPOSE](): void;
}

/**
 * A protocol in FIDL's own language, with the ordinals of its methods, after the types that it
 * needs.
 */
declare function describe<M extends Methods>(protocol: Protocol<M>): string;

/**
 * A handle to an object of this class: `handle(Vmo)`; `handle(Handle)` for any.
 *
 * @param rights what a received handle must have, and is cut down to; by default whatever it has
 */
declare function handle<T extends Handle>(Class: abstract new (...args: never[]) => T, rights?: number): NullableType<T>;
/** The client end of a channel that speaks a protocol: `clientEnd("fuchsia.io/Directory")`. */
declare function clientEnd(protocol: string): NullableType<Channel>;
/** The server end of a channel that speaks a protocol. */
declare function serverEnd(protocol: string): NullableType<Channel>;

/** Bytes of a name, at most. */
declare const MAX_OBJECT_NAME = 1024;
/** `fuchsia.ldsvc/Loader`: how a dynamic linker gets its libraries (sdk/fidl/fuchsia.ldsvc). */
declare const Loader: Protocol<{
    readonly Done: OneWay<Readonly<Record<string, FidlType<unknown>>>>;
    readonly LoadObject: TwoWay<{
        readonly objectName: NullableType<string>;
    }, {
        readonly rv: NumberType<number>;
        readonly object: FidlType<Vmo | undefined>;
    }>;
    readonly Config: TwoWay<{
        readonly config: NullableType<string>;
    }, {
        readonly rv: NumberType<number>;
    }>;
    readonly Clone: TwoWay<{
        readonly loader: NullableType<Channel>;
    }, {
        readonly rv: NumberType<number>;
    }>;
}>;

declare const fuchsiaLdsvc_d_Loader: typeof Loader;
declare const fuchsiaLdsvc_d_MAX_OBJECT_NAME: typeof MAX_OBJECT_NAME;
declare namespace fuchsiaLdsvc_d {
  export {
    fuchsiaLdsvc_d_Loader as Loader,
    fuchsiaLdsvc_d_MAX_OBJECT_NAME as MAX_OBJECT_NAME,
  };
}

/** A startup handle, and what it is for (zircon/processargs.h). */
declare const HandleInfo$1: StructType<{
    handle: NullableType<Handle>;
    id: NumberType<number>;
}>;
/** Bytes of a path, at most. */
declare const MAX_PATH = 4096;
/** Bytes of a process's name with its NUL, at most. */
declare const MAX_NAME_LEN = 32;
/** An entry of the namespace. */
declare const NameInfo$1: StructType<{
    path: NullableType<string>;
    directory: NullableType<Channel>;
}>;
/** What a process begins with. */
declare const LaunchInfo$1: StructType<{
    executable: NullableType<Vmo>;
    job: NullableType<Job>;
    name: NullableType<string>;
}>;
/** All that `zx_process_start` needs. */
declare const ProcessStartData$1: StructType<{
    process: NullableType<Process>;
    rootVmar: NullableType<Vmar>;
    thread: NullableType<Thread>;
    entry: NumberType<bigint>;
    stack: NumberType<bigint>;
    bootstrap: NullableType<Channel>;
    vdsoBase: NumberType<bigint>;
    base: NumberType<bigint>;
}>;
/** `fuchsia.process/Launcher`: builds and starts processes (sdk/fidl/fuchsia.process). */
declare const Launcher$1: Protocol<{
    readonly Launch: TwoWay<{
        readonly info: StructType<{
            executable: NullableType<Vmo>;
            job: NullableType<Job>;
            name: NullableType<string>;
        }>;
    }, {
        readonly status: NumberType<number>;
        readonly process: FidlType<Process | undefined>;
    }>;
    readonly CreateWithoutStarting: TwoWay<{
        readonly info: StructType<{
            executable: NullableType<Vmo>;
            job: NullableType<Job>;
            name: NullableType<string>;
        }>;
    }, {
        readonly status: NumberType<number>;
        readonly data: FidlType<FieldValues<{
            process: NullableType<Process>;
            rootVmar: NullableType<Vmar>;
            thread: NullableType<Thread>;
            entry: NumberType<bigint>;
            stack: NumberType<bigint>;
            bootstrap: NullableType<Channel>;
            vdsoBase: NumberType<bigint>;
            base: NumberType<bigint>;
        }> | undefined>;
    }>;
    readonly AddArgs: OneWay<{
        readonly args: NullableType<readonly Uint8Array<ArrayBufferLike>[]>;
    }>;
    readonly AddEnvirons: OneWay<{
        readonly environ: NullableType<readonly Uint8Array<ArrayBufferLike>[]>;
    }>;
    readonly AddNames: OneWay<{
        readonly names: NullableType<readonly FieldValues<{
            path: NullableType<string>;
            directory: NullableType<Channel>;
        }>[]>;
    }>;
    readonly AddHandles: OneWay<{
        readonly handles: NullableType<readonly FieldValues<{
            handle: NullableType<Handle>;
            id: NumberType<number>;
        }>[]>;
    }>;
    readonly SetOptions: OneWay<{
        readonly options: NumberType<number>;
    }>;
}>;
/** `fuchsia.process/Resolver`: finds executables by name. */
declare const Resolver$1: Protocol<{
    readonly Resolve: TwoWay<{
        readonly name: NullableType<string>;
    }, {
        readonly status: NumberType<number>;
        readonly executable: FidlType<Vmo | undefined>;
        readonly ldsvc: FidlType<Channel | undefined>;
    }>;
}>;

declare const fuchsiaProcess_d_MAX_NAME_LEN: typeof MAX_NAME_LEN;
declare const fuchsiaProcess_d_MAX_PATH: typeof MAX_PATH;
declare namespace fuchsiaProcess_d {
  export {
    HandleInfo$1 as HandleInfo,
    LaunchInfo$1 as LaunchInfo,
    Launcher$1 as Launcher,
    fuchsiaProcess_d_MAX_NAME_LEN as MAX_NAME_LEN,
    fuchsiaProcess_d_MAX_PATH as MAX_PATH,
    NameInfo$1 as NameInfo,
    ProcessStartData$1 as ProcessStartData,
    Resolver$1 as Resolver,
  };
}

/**
 * The ordinal of a method: of the SHA-256 of `library/Protocol.Method` the first eight bytes, little
 * endian, less the highest bit (docs/reference/fidl/language/wire-format). The library `fuchsia.io`
 * is hashed as `fuchsia.io1`, as fidlc did until 2022.
 *
 * @param protocol the protocol that declares the method, as in `fuchsia.ldsvc/Loader`
 */
declare function methodOrdinal(protocol: string, method: string): bigint;

/** A string of at most this many bytes of UTF-8. */
declare function string(bound?: number): NullableType<string>;
/** A vector of at most this many bytes, as a Uint8Array. */
declare function bytes(bound?: number): NullableType<Uint8Array>;
/** A vector of at most this many elements. */
declare function vector<T>(element: FidlType<T>, bound?: number): NullableType<readonly T[]>;
/** An array of exactly this many elements: one or more. */
declare function array<T>(element: FidlType<T>, length: number): FidlType<readonly T[]>;

type EventNames<M extends Methods> = {
    [K in keyof M]: M[K]["kind"] extends "event" ? K : never;
}[keyof M] & string;
/** A reply, now or later; nothing will do for one that may be empty. */
type Reply<T> = {} extends T ? T | void | Promise<T | void> : T | Promise<T>;
/** Who answers a protocol's requests. The handles of a request are its own. */
type Implementation<M extends Methods> = {
    readonly [K in Exclude<keyof M & string, EventNames<M>> as Uncapitalize<K>]: (request: RequestOf<M[K]>, connection: ServerConnection<M>) => Reply<ResponseOf<M[K]>>;
};
/** The events of a protocol, to be sent: `events.onOpen({ s: ZxStatus.OK })`. */
type EventSender<M extends Methods> = {
    readonly [K in EventNames<M> as Uncapitalize<K>]: (event: ResponseOf<M[K]>) => void;
};
/**
 * A connection that is served: one request after the other, in their order. It ends when its client
 * closes it or has gone before a reply, sends what it may not, or when answering fails. It does not
 * keep Node alive.
 */
declare class ServerConnection<M extends Methods> implements Disposable {
    #private;
    readonly protocol: Protocol<M>;
    /** The events of the protocol. */
    readonly events: EventSender<M>;
    /** Resolves when the connection has ended: with the reason, unless a side has closed it. */
    readonly closed: Promise<unknown>;
    /** The wire format of what is sent; `undefined` while nothing has decided it. */
    get wireFormat(): WireFormat | undefined;
    /** Closes the connection once the request at hand is answered. */
    finish(): void;
    /**
     * Closes the connection, after an epitaph if a status is given. Does nothing the second time.
     *
     * @throws {@link ZxError} `SHOULD_WAIT`, once it is closed, if the client has left too much unread
     * for an epitaph
     */
    close(epitaph?: number): void;
    /** Same as {@link ServerConnection.close} without an epitaph. */
    [DISPOSE](): void;
}
/** Serves a protocol over a server end, which belongs to the connection. */
declare function serve<M extends Methods>(protocol: Protocol<M>, channel: Channel, implementation: NoInfer<Implementation<M>>, options?: ConnectionOptions): ServerConnection<M>;

/** The value of a table: those of its members that are there. */
type TableValue<M extends Members> = {
    readonly [K in keyof M]?: ValueOf<M[K][1]>;
};
/** A table: any of its members. Members it does not know are passed over. */
declare function table<const M extends Members>(name: string, members: M): FidlType<TableValue<M>>;

/**
 * FIDL: protocols are described once, and clients and servers follow from the descriptions.
 *
 * @module
 */

type index_d_Client<M extends Methods> = Client<M>;
declare const index_d_Client: typeof Client;
type index_d_ConnectionOptions = ConnectionOptions;
type index_d_EventMethod<S extends Fields> = EventMethod<S>;
type index_d_EventSender<M extends Methods> = EventSender<M>;
type index_d_FidlError = FidlError;
declare const index_d_FidlError: typeof FidlError;
type index_d_FidlErrorKind = FidlErrorKind;
type index_d_FidlType<T> = FidlType<T>;
declare const index_d_FidlType: typeof FidlType;
type index_d_FieldValues<F extends Fields> = FieldValues<F>;
type index_d_Fields = Fields;
type index_d_Implementation<M extends Methods> = Implementation<M>;
type index_d_Members = Members;
type index_d_MembersType<T extends number | bigint, M> = MembersType<T, M>;
declare const index_d_MembersType: typeof MembersType;
type index_d_Method<M = Methods[string]> = Method<M>;
type index_d_Methods = Methods;
type index_d_NullableType<T> = NullableType<T>;
declare const index_d_NullableType: typeof NullableType;
type index_d_NumberType<T extends number | bigint> = NumberType<T>;
declare const index_d_NumberType: typeof NumberType;
type index_d_OneWay<Q extends Fields> = OneWay<Q>;
type index_d_Parameters<F extends Fields> = Parameters<F>;
declare const index_d_Parameters: typeof Parameters;
type index_d_Protocol<M extends Methods> = Protocol<M>;
declare const index_d_Protocol: typeof Protocol;
type index_d_ProtocolEvent<M extends Methods> = ProtocolEvent<M>;
type index_d_ProtocolOptions<C extends Methods> = ProtocolOptions<C>;
type index_d_Proxy<M extends Methods> = Proxy<M>;
type index_d_RequestOf<M> = RequestOf<M>;
type index_d_ResponseOf<M> = ResponseOf<M>;
type index_d_ServerConnection<M extends Methods> = ServerConnection<M>;
declare const index_d_ServerConnection: typeof ServerConnection;
type index_d_Strictness = Strictness;
type index_d_StructType<F extends Fields> = StructType<F>;
declare const index_d_StructType: typeof StructType;
type index_d_TableValue<M extends Members> = TableValue<M>;
type index_d_TwoWay<Q extends Fields, S extends Fields> = TwoWay<Q, S>;
type index_d_UnionValue<M extends Members> = UnionValue<M>;
type index_d_UnknownMember = UnknownMember;
type index_d_ValueOf<T> = ValueOf<T>;
type index_d_WireFormat = WireFormat;
declare const index_d_array: typeof array;
declare const index_d_bits: typeof bits;
declare const index_d_bool: typeof bool;
declare const index_d_box: typeof box;
declare const index_d_bytes: typeof bytes;
declare const index_d_clientEnd: typeof clientEnd;
declare const index_d_describe: typeof describe;
declare const index_d_enumeration: typeof enumeration;
declare const index_d_event: typeof event;
declare const index_d_flexibleUnion: typeof flexibleUnion;
declare const index_d_float32: typeof float32;
declare const index_d_float64: typeof float64;
declare const index_d_handle: typeof handle;
declare const index_d_int16: typeof int16;
declare const index_d_int32: typeof int32;
declare const index_d_int64: typeof int64;
declare const index_d_int8: typeof int8;
declare const index_d_methodOrdinal: typeof methodOrdinal;
declare const index_d_oneWay: typeof oneWay;
declare const index_d_optional: typeof optional;
declare const index_d_protocol: typeof protocol;
declare const index_d_serve: typeof serve;
declare const index_d_serverEnd: typeof serverEnd;
declare const index_d_status: typeof status;
declare const index_d_string: typeof string;
declare const index_d_struct: typeof struct;
declare const index_d_table: typeof table;
declare const index_d_twoWay: typeof twoWay;
declare const index_d_uint16: typeof uint16;
declare const index_d_uint32: typeof uint32;
declare const index_d_uint64: typeof uint64;
declare const index_d_uint8: typeof uint8;
declare const index_d_union: typeof union;
declare const index_d_vector: typeof vector;
declare namespace index_d {
  export { index_d_Client as Client, index_d_FidlError as FidlError, index_d_FidlType as FidlType, index_d_MembersType as MembersType, index_d_NullableType as NullableType, index_d_NumberType as NumberType, index_d_Parameters as Parameters, index_d_Protocol as Protocol, index_d_ServerConnection as ServerConnection, index_d_StructType as StructType, index_d_array as array, index_d_bits as bits, index_d_bool as bool, index_d_box as box, index_d_bytes as bytes, index_d_clientEnd as clientEnd, index_d_describe as describe, index_d_enumeration as enumeration, index_d_event as event, index_d_flexibleUnion as flexibleUnion, index_d_float32 as float32, index_d_float64 as float64, index_d_handle as handle, index_d_int16 as int16, index_d_int32 as int32, index_d_int64 as int64, index_d_int8 as int8, fuchsiaIo_d as io, fuchsiaLdsvc_d as ldsvc, index_d_methodOrdinal as methodOrdinal, index_d_oneWay as oneWay, index_d_optional as optional, fuchsiaProcess_d as process, index_d_protocol as protocol, index_d_serve as serve, index_d_serverEnd as serverEnd, index_d_status as status, index_d_string as string, index_d_struct as struct, index_d_table as table, index_d_twoWay as twoWay, index_d_uint16 as uint16, index_d_uint32 as uint32, index_d_uint64 as uint64, index_d_uint8 as uint8, index_d_union as union, index_d_vector as vector };
  export type { index_d_ConnectionOptions as ConnectionOptions, index_d_EventMethod as EventMethod, index_d_EventSender as EventSender, index_d_FidlErrorKind as FidlErrorKind, index_d_FieldValues as FieldValues, index_d_Fields as Fields, index_d_Implementation as Implementation, index_d_Members as Members, index_d_Method as Method, index_d_Methods as Methods, index_d_OneWay as OneWay, index_d_ProtocolEvent as ProtocolEvent, index_d_ProtocolOptions as ProtocolOptions, index_d_Proxy as Proxy, index_d_RequestOf as RequestOf, index_d_ResponseOf as ResponseOf, index_d_Strictness as Strictness, index_d_TableValue as TableValue, index_d_TwoWay as TwoWay, index_d_UnionValue as UnionValue, index_d_UnknownMember as UnknownMember, index_d_ValueOf as ValueOf, index_d_WireFormat as WireFormat };
}

/** The name of a type of startup handles. */
type HandleTypeName = keyof typeof HandleType;
/** What a startup handle is for (`PA_*`, zircon/processargs.h). */
declare const HandleType: Readonly<{
    readonly ProcessSelf: 1;
    readonly ThreadSelf: 2;
    readonly DefaultJob: 3;
    readonly RootVmar: 4;
    readonly LoadedVmar: 5;
    readonly LdsvcLoader: 16;
    readonly VdsoVmo: 17;
    readonly StackVmo: 19;
    readonly ExecutableVmo: 20;
    readonly BootdataVmo: 26;
    readonly BootfsVmo: 27;
    readonly KernelFileVmo: 28;
    readonly ComponentConfigVmo: 29;
    readonly NamespaceDirectory: 32;
    readonly FileDescriptor: 48;
    readonly Lifecycle: 58;
    readonly DirectoryRequest: 59;
    readonly EscrowedDictionary: 60;
    readonly LogSink: 61;
    readonly Resource: 63;
    readonly ClockUtc: 64;
    readonly MmioResource: 80;
    readonly IrqResource: 81;
    readonly IoportResource: 82;
    readonly SmcResource: 83;
    readonly SystemResource: 84;
    readonly User0: 240;
    readonly User1: 241;
    readonly User2: 242;
}>;
/** The number of a type of startup handles. */
type HandleType = (typeof HandleType)[HandleTypeName];
/** The name of a type of startup handles. */
declare function handleTypeName(type: HandleType): HandleTypeName;
/** Which rule a number breaks that is no {@link HandleInfo}. */
type HandleInfoErrorKind = "UnknownHandleType" | "InvalidHandleInfo";
/** A number is no {@link HandleInfo}. */
declare class HandleInfoError extends ZirconiaError {
    /** Which rule the number breaks. */
    readonly kind: HandleInfoErrorKind;
    /** The number. */
    readonly raw: number;
    constructor(kind: HandleInfoErrorKind, raw: number);
}
/** A startup handle's type and argument: `PA_HND(type, arg)`. */
declare class HandleInfo {
    /** What the handle is for. */
    readonly type: HandleType;
    /** Which one of its type it is; the type says what that means. 0 to 65535. */
    readonly arg: number;
    /**
     * @throws TypeError `ERR_INVALID_ARG_VALUE` for an unknown type; RangeError `ERR_OUT_OF_RANGE`
     * for an argument beyond 16 bits.
     */
    constructor(type: HandleType, arg?: number);
    /** The name of the type. */
    get typeName(): HandleTypeName;
    /** The number in a bootstrap message: the type in bits 0 to 7, the argument in bits 16 to 31. */
    get raw(): number;
    /**
     * The info that a number in a bootstrap message stands for.
     *
     * @throws {@link HandleInfoError} for an unknown type or bits between type and argument.
     */
    static fromRaw(raw: number): HandleInfo;
    /** With the type's name. */
    toJSON(): {
        type: HandleTypeName;
        arg: number;
        raw: number;
    };
    /** `FileDescriptor(1)` */
    toString(): string;
}

/** How much one client of a Launcher may add to a launch. */
interface LauncherLimits {
    /** Bytes of arguments, environment and names, each with its NUL: 1 MiB by default. */
    readonly bytes: number;
    /** Startup handles and directories: 1,024 by default. */
    readonly handles: number;
    /** Arguments, variables, names and startup handles: 65,536 by default. */
    readonly entries: number;
}

/** What a launch failed of: its arguments, building the process, or the id of a handle. */
type LauncherErrorKind = "InvalidArg" | "BuilderError" | "HandleInfo";
/**
 * A Launcher could not launch a process. Its client is told the status. `cause` is the
 * {@link ProcessBuilderError} or {@link HandleInfoError} within, if there is one.
 */
declare class LauncherError extends ZirconiaError {
    /** What the launch failed of. */
    readonly kind: LauncherErrorKind;
}

/**
 * A client of a service's protocol. Its calls reject with a {@link ZirconiaError} of the service's
 * status, or with a {@link fidl.FidlError} if the connection fails.
 */
declare abstract class ServiceProxy<M extends Methods> implements Disposable {
    #private;
    /**
     * Gives the client end back, and ends the proxy.
     *
     * @throws {@link fidl.FidlError} `Channel` with `BAD_STATE` while something is in flight
     */
    intoChannel(): Channel;
    /** Closes the connection. */
    close(): void;
    /** Same as {@link ServiceProxy.close}. */
    [DISPOSE](): void;
}

/**
 * A process that a Launcher has built and not started: there to be inspected, and to be started with
 * {@link ProcessStartData.start}. It owns its handles; a process that is not started dies with them.
 */
declare class ProcessStartData implements Disposable {
    /** The process. */
    readonly process: Process;
    /** The root of its address space. */
    readonly rootVmar: Vmar;
    /** Its initial thread. */
    readonly thread: Thread;
    /** The address where the thread will start. */
    readonly entry: bigint;
    /** Its initial stack pointer. */
    readonly stack: bigint;
    /** The channel end that the process gets as its first argument, with its messages. */
    readonly bootstrap: Channel;
    /** Where the vDSO is mapped: the second argument. */
    readonly vdsoBase: bigint;
    /** Where the ELF file is loaded: of a dynamic executable, its linker. */
    readonly base: bigint;
    /**
     * `zx_process_start`. All handles but the process's, which goes to the caller, are closed.
     *
     * @throws {@link ZxError} as {@link Process.start}. All handles are closed then, and the process
     * dies.
     */
    start(): Process;
    /** Closes the handles; a process that was not started dies. */
    dispose(): void;
    /** What it holds: numbers as JSON can have them, and what its handles are to. */
    toJSON(): object;
    /** Same as {@link ProcessStartData.dispose}. */
    [DISPOSE](): void;
}

/** What a process begins with. */
interface LaunchInfo {
    /**
     * The executable. Consumed. It needs READ, MAP, EXECUTE, DUPLICATE and TRANSFER, and GET_PROPERTY.
     */
    readonly executable: Vmo;
    /** The job of the process. Borrowed: a duplicate is sent. */
    readonly job: Job;
    /** The process's name: at most 32 bytes of UTF-8, of which 31 are kept. */
    readonly name: CString;
}
/** A name in the namespace: a path, of at most 4,096 bytes of UTF-8, and the directory there. */
interface NameInfo {
    readonly path: CString;
    readonly directory: Channel;
}
/** A startup handle, and what it is for. A number is sent as it is. */
interface LauncherHandle {
    readonly handle: Handle;
    readonly info: HandleInfo | number;
}
/**
 * A client of `fuchsia.process/Launcher`. Its calls reject with a {@link ZirconiaError} of the
 * Launcher's status, or with a {@link fidl.FidlError} if the connection fails.
 *
 * What is added is for the next launch only, whatever comes of that, and wherever it fails. It is
 * sent with the launch, as several messages where one does not hold it; what is wrong with it shows
 * then. Handles are of the channel's context, and consumed on every outcome.
 */
declare class LauncherProxy extends ServiceProxy<MethodsOf<typeof Launcher$1>> {
    #private;
    /** Speaks over a client end, which belongs to it until {@link LauncherProxy.intoChannel}. */
    constructor(channel: Channel, options?: ConnectionOptions);
    /** Appends arguments; the program's name comes first. */
    addArgs(args: readonly CString[]): this;
    /** Appends environment variables, `KEY=VALUE` by convention. */
    addEnvirons(environ: readonly CString[]): this;
    /**
     * Appends names to the namespace. Nobody but the process looks at the paths.
     *
     * @throws {@link fidl.FidlError} `TooLong`, `Utf8` for a path that cannot be sent; {@link ZxError}
     * `BAD_HANDLE`; `ACCESS_DENIED` for a handle without TRANSFER. Nothing is added then.
     */
    addNames(names: readonly NameInfo[]): this;
    /** Appends startup handles. @throws as {@link LauncherProxy.addNames} */
    addHandles(handles: readonly LauncherHandle[]): this;
    /** Sets the options of `zx_process_create`; the last call counts. */
    setOptions(options: number): this;
    /**
     * Launches a process with what was added. If the call ends early, the process may run all the
     * same.
     *
     * @throws {@link ZirconiaError} as the Launcher says; `BAD_HANDLE` if it is content and sends
     * nothing; {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` for a job handle without DUPLICATE, and
     * for one that cannot be sent
     */
    launch(info: LaunchInfo, limits?: WaitOptions): Promise<Process>;
    /**
     * Builds a process with what was added, for the caller to look at and to start.
     *
     * @throws as {@link LauncherProxy.launch}
     */
    createWithoutStarting(info: LaunchInfo, limits?: WaitOptions): Promise<ProcessStartData>;
    /**
     * Gives the client end back, and ends the proxy. What was added is sent before: it is for whatever
     * is launched next over the channel.
     *
     * @throws {@link fidl.FidlError} `Channel` with `BAD_STATE` while something is in flight; if what
     * was added cannot be sent, when the channel is closed
     */
    intoChannel(): Channel;
    /** Closes the connection, and what was added. */
    close(): void;
}

/** What a connection to a node may be used for: bits, to be combined with `|`. */
declare const NodeRights: Readonly<{
    /** Content can be read. */
    readonly READABLE: number;
    /** Content can be changed, and entries of a directory. */
    readonly WRITABLE: number;
    /** Content can be had as a VMO that can be executed. */
    readonly EXECUTABLE: number;
}>;
/** Rights that are combined. */
type NodeRights = number;

/** What is known about a node. Sizes are in bytes, times in nanoseconds since 1970. */
interface VfsAttributes {
    /** Distinguishes a node from others of its file system; unknown by default. */
    readonly id?: bigint;
    /** How long the content is. */
    readonly contentSize: bigint;
    /** How much room the content takes. */
    readonly storageSize: bigint;
    readonly linkCount: bigint;
    readonly creationTime: bigint;
    readonly modificationTime: bigint;
}
interface NodeBase {
    /** What connections to the node may have at most. */
    readonly rights: NodeRights;
    attributes(): VfsAttributes | Promise<VfsAttributes>;
}
/** An entry of a directory. */
interface VfsEntry {
    readonly name: string;
    readonly kind: VfsNode["kind"];
}
/**
 * A directory. Names are of 1 to 255 bytes, without `/` and NUL, and neither `.` nor `..`; they are
 * compared byte by byte. What a method throws is its status if it is a {@link ZirconiaError}, and
 * `INTERNAL` otherwise.
 */
interface DirectoryNode extends NodeBase {
    readonly kind: "directory";
    /** The node of a name, if there is one. */
    lookup(name: string): VfsNode | undefined | Promise<VfsNode | undefined>;
    /** All entries, in any order. */
    entries(): readonly VfsEntry[] | Promise<readonly VfsEntry[]>;
    /** How clients change it; left out where they cannot. */
    readonly changes?: DirectoryChanges | undefined;
}
/** How clients change a directory. */
interface DirectoryChanges {
    /** Makes an empty file or directory. */
    create(name: string, kind: "directory" | "file"): void | Promise<void>;
    /** Removes an entry; a directory must be empty. */
    unlink(name: string, mustBeDirectory: boolean): void | Promise<void>;
    /** Moves an entry to another place, which may be taken. */
    rename(name: string, mustBeDirectory: boolean, target: DirectoryChanges, newName: string): void | Promise<void>;
    /** Gives a file a further place. */
    link(name: string, target: DirectoryChanges, newName: string): void | Promise<void>;
}
/** A file. */
interface FileNode extends NodeBase {
    readonly kind: "file";
    /**
     * Opens the file for one connection, and its clones.
     *
     * @param context on whose behalf it is served: whose VMOs its buffers are
     * @param rights of the connection; its clones have no more
     */
    open(context: Context, rights: NodeRights): OpenFile | Promise<OpenFile>;
}
/** A node behind which there is a protocol other than those of file systems. */
interface ConnectorNode extends NodeBase {
    readonly kind: "service";
    /**
     * Connects a client to what is behind the node: its server end, which is consumed. It is closed
     * if this fails.
     */
    connect(channel: Channel): void | Promise<void>;
}
/** A node of a tree that can be served. */
type VfsNode = DirectoryNode | FileNode | ConnectorNode;
/** How a file's content is to come as a VMO. */
interface BufferRequest {
    /** The rights of the VMO. */
    readonly rights: NodeRights;
    /** A VMO of the client's own, or the file's very own; either, by default. */
    readonly sharing?: "private" | "exact";
}
/** What has been written at the end of a file. */
interface Appended {
    /** How many bytes. */
    readonly actual: number;
    /** Where the file ends now. */
    readonly end: bigint;
}
/** A file that a connection has opened. */
interface OpenFile {
    /** Whether the content is a VMO's that clients may read directly while they cannot write. */
    readonly isMemory: boolean;
    /** The length of the content in bytes. */
    size(): bigint | Promise<bigint>;
    /** Up to `length` bytes from `offset` on: fewer at the end, none beyond. */
    read(offset: bigint, length: number): Uint8Array | Promise<Uint8Array>;
    /** The content as a VMO, which belongs to the caller. */
    buffer(request: BufferRequest): Vmo | Promise<Vmo>;
    /** Writes bytes, and tells how many. Connections to files that cannot be written do not ask. */
    write?(offset: bigint, bytes: Uint8Array): number | Promise<number>;
    /** Writes bytes at the end, wherever that is by then, likewise. */
    append?(bytes: Uint8Array): Appended | Promise<Appended>;
    /** Makes the content longer or shorter, likewise. */
    truncate?(size: bigint): void | Promise<void>;
    /** Gives up what it has. */
    close(): void;
}

/**
 * A node behind which there is a protocol: whoever opens it speaks to that, as clients of `/svc` do.
 */
declare class ServiceNode implements ConnectorNode {
    #private;
    readonly kind = "service";
    readonly rights: NodeRights;
    /** @param connect gets the server end of each client, which it owns. What it throws closes it. */
    constructor(connect: (channel: Channel) => void | Promise<void>);
    attributes(): VfsAttributes;
    connect(channel: Channel): void | Promise<void>;
}

/** What one client of a {@link Service} gets. */
interface Session<M extends Methods> {
    /** Who answers its requests. */
    readonly answers: Implementation<M>;
    /**
     * Is told that the connection has ended: with the reason, unless a side has closed it. What is
     * still owned is to be given up.
     */
    ended?(reason: unknown): void;
}
/**
 * Serves a protocol to any number of clients, on behalf of a context. A service does not keep Node
 * alive.
 */
declare abstract class Service<M extends Methods> implements Disposable {
    #private;
    /** On whose behalf it serves: whose handles the clients' become, and whose policy counts. */
    readonly context: Context;
    /**
     * A new connection: its client end.
     *
     * @param context whose table the client end goes to: the service's own by default; a kernel stands
     * for its host
     * @throws {@link ZirconiaError} `BAD_STATE` once the service is disposed of;
     * {@link ZxError} `ACCESS_DENIED` by policy, `BAD_STATE` for a disposed context
     */
    connect(context?: Kernel | Context): Channel;
    /**
     * Serves a connection over its server end, of whatever context, which is consumed.
     *
     * @throws {@link ZirconiaError} `BAD_STATE` once the service is disposed of;
     * {@link ZxError} `ACCESS_DENIED` for a channel of another context without TRANSFER
     */
    serve(channel: Channel): void;
    /** A node for a directory, such as `/svc`: whoever opens it is served. */
    node(): ServiceNode;
    /** Closes all connections. Does nothing the second time. */
    dispose(): void;
    /** Same as {@link Service.dispose}. */
    [DISPOSE](): void;
}

/** How much a record matters. */
type LauncherLogLevel = "info" | "warn" | "error";
/** A launch has failed. */
interface LaunchFailure {
    /** `info` if the job was killed meanwhile, `warn` if it ended otherwise, else `error`. */
    readonly level: LauncherLogLevel;
    readonly op: "launch" | "create";
    readonly processName: string;
    /** `undefined` if the Launcher's context has gone, and its handles with it. */
    readonly jobKoid: bigint | undefined;
    /** `undefined` for a job handle without INSPECT. */
    readonly jobInfo: JobInfo | undefined;
    readonly error: LauncherError;
    /** All of this, for people. */
    readonly message: string;
}
/** A connection has ended because of what its client sent. */
interface ServeFailure {
    readonly level: "warn";
    readonly op: "serve";
    readonly error: unknown;
    readonly message: string;
}
/** What a Launcher tells its logger. */
type LauncherRecord = LaunchFailure | ServeFailure;

type LauncherMethods = MethodsOf<typeof Launcher$1>;
/** How a {@link Launcher} serves. */
interface LauncherOptions {
    /** Is told of launches and connections that fail. */
    logger?: (record: LauncherRecord) => void;
    /** How much one client may add to a launch. One that adds more gets `INVALID_ARGS` for it. */
    limits?: Partial<LauncherLimits>;
}
/**
 * Serves `fuchsia.process/Launcher`: builds and starts processes for clients whose own job does not
 * let them (src/sys/lib/elf_runner, `process_launcher`). What matters is the policy of the
 * Launcher's context, and the rights of the job handle that the client sends.
 *
 * A client adds arguments, environment, names and handles to its next launch; `Launch` and
 * `CreateWithoutStarting` use them up, whatever comes of it. Requests of one client are answered
 * one after the other: a loader service that is silent holds up to 30 seconds of the kernel's
 * clock, its own client only. A launch that has begun goes on when its client goes.
 */
declare class Launcher extends Service<LauncherMethods> {
    #private;
    /** @param context on whose behalf it serves; a kernel stands for its host */
    constructor(context: Kernel | Context, options?: LauncherOptions);
}

/** An object: the bytes of a file, or a VMO with them. */
type LoaderObject = Bytes | Vmo;
/** Objects by name. */
type LoaderObjects = ReadonlyMap<string, LoaderObject> | Readonly<Record<string, LoaderObject>>;

type LoaderMethods = MethodsOf<typeof Loader>;
/** Where a {@link LoaderService} has its objects from; it looks in this order. */
interface LoaderServiceOptions {
    /**
     * Objects by name. VMOs are borrowed: they need DUPLICATE, READ and TRANSFER while the service is
     * used.
     */
    objects?: LoaderObjects;
    /**
     * Is asked for an object; `undefined` for none. A VMO is consumed. A {@link ZirconiaError} that it
     * throws is the answer; anything else that it throws is `INTERNAL`.
     */
    load?: (name: string) => LoaderObject | undefined | Promise<LoaderObject | undefined>;
    /**
     * Directories of the host; the first that has a regular file of the name counts. What a file holds
     * now is what is served; one that has not changed is not read again.
     */
    directories?: readonly string[];
}
/**
 * Serves `fuchsia.ldsvc/Loader`, by which a dynamic linker gets its libraries
 * (src/lib/loader_service). Objects come as VMOs that can be executed, not written, and are named
 * as they were asked for.
 *
 * Names are paths, such as `asan/libfoo.so`, of which none leads out of a directory. `Config` with
 * `S` looks in `S/` first, with `S!` nowhere else, for the rest of the connection.
 *
 * {@link Service.connect} gives what {@link ProcessBuilder.setLoaderService} takes.
 */
declare class LoaderService extends Service<LoaderMethods> {
    #private;
    /** @param context on whose behalf it serves; a kernel stands for its host */
    constructor(context: Kernel | Context, options?: LoaderServiceOptions);
}

/**
 * A client of `fuchsia.ldsvc/Loader`, as a dynamic linker is one. Its calls reject with a
 * {@link ZirconiaError} of the service's status, or with a {@link fidl.FidlError} if the connection
 * fails.
 */
declare class LoaderProxy extends ServiceProxy<MethodsOf<typeof Loader>> {
    #private;
    /** Speaks over a client end, which belongs to it until {@link LoaderProxy.intoChannel}. */
    constructor(channel: Channel);
    /**
     * The object of a name.
     *
     * @throws {@link ZirconiaError} as the service says; `INTERNAL` if it is content and sends nothing
     */
    loadObject(name: string, limits?: WaitOptions): Promise<Vmo>;
    /**
     * Looks for objects in a subdirectory from now on: first, or with a `!` at the end only.
     *
     * @throws {@link ZirconiaError} `INVALID_ARGS` for what cannot be a subdirectory
     */
    config(config: string, limits?: WaitOptions): Promise<void>;
    /** A further connection to the service, unconfigured: its client end. */
    clone(limits?: WaitOptions): Promise<Channel>;
    /** Tells the service that nothing more is wanted: it closes the connection. */
    done(): void;
}

/**
 * Asks a loader service for the dynamic linker that an executable's PT_INTERP names
 * (src/lib/process_builder, `get_dynamic_linker`). Channel and executable are borrowed, and of one
 * context; nothing is in flight on the channel afterwards unless this fails.
 *
 * @throws {@link ProcessBuilderError} `GenericStatus` if PT_INTERP cannot be read;
 * `InvalidInterpHeader` if it names nothing; then as the loader service answers: see
 * {@link ProcessBuilder.build}
 */
declare function getDynamicLinker(loader: Channel, executable: Vmo, interp: Pick<Elf64ProgramHeader, "offset" | "filesz">): Promise<Vmo>;

/** A handle for a new process, and what it is for: an info, or its {@link HandleInfo.raw}. */
interface StartupHandle {
    readonly handle: Handle;
    readonly info: HandleInfo | number;
}
/** What a bootstrap message tells a new process. */
interface MessageContents {
    /** Command line arguments, the program's name first. None by default. */
    readonly args?: readonly CString[];
    /** Environment, `KEY=VALUE` by convention. None by default. */
    readonly environmentVars?: readonly CString[];
    /**
     * Where the directories of the namespace go; the index is the argument of their handles. None by
     * default.
     */
    readonly namespacePaths?: readonly CString[];
    /** Handles, in the order in which the process receives them. None by default. */
    readonly handles?: readonly StartupHandle[];
}
/** The contents of a message, without its handles themselves. */
interface DecodedMessage {
    readonly args: readonly string[];
    readonly environmentVars: readonly string[];
    readonly namespacePaths: readonly string[];
    /** What each handle is for, in the order of the handles. */
    readonly handleInfos: readonly HandleInfo[];
}
/** A bootstrap message: what to write to the bootstrap channel. */
declare class Message {
    readonly bytes: Uint8Array;
    /** They belong to whoever has built the message, until it is written. */
    readonly handles: readonly Handle[];
    /**
     * Builds a message.
     *
     * @throws {@link ProcessargsError} over 64 handles or 65,536 bytes
     */
    constructor(contents: MessageContents);
    /**
     * Writes the message to a channel, which is borrowed. The handles are consumed on every outcome.
     *
     * @throws as {@link Channel.write}
     */
    write(channel: Channel): void;
    /**
     * Bytes in the message with these contents.
     *
     * @throws {@link ProcessargsError} as the constructor does
     */
    static calculateSize(contents: MessageContents): number;
}
/**
 * The contents of a bootstrap message of these bytes that came with `handleCount` handles. Bytes
 * that are not UTF-8 become U+FFFD.
 *
 * @throws {@link MessageDecodeError}
 */
declare function decodeMessage(bytes: Bytes, handleCount: number): DecodedMessage;
/**
 * The size in bytes of the stack on which the dynamic linker can read a message with these
 * contents and `extraHandles` more: whole pages.
 *
 * @throws {@link ProcessargsError} if there can be no such message
 */
declare function calculateInitialLinkerStackSize(contents: MessageContents, extraHandles: number): bigint;

/** The facts about a computer that decide which binary fits it. */
interface Host {
    readonly platform: string;
    readonly arch: string;
    /** The C library; `undefined` where the platform has only one. */
    readonly libc: "gnu" | "musl" | "msvc" | undefined;
    /** A binary to load in place of the usual ones: `NAPI_RS_NATIVE_LIBRARY_PATH`. */
    readonly libraryPath: string | undefined;
}
/** One place a binary was looked for, and why it could not be had from there. */
interface LoadAttempt {
    readonly specifier: string;
    readonly error: unknown;
}
/** No binary could be loaded; `cause` is the error of the attempt that came closest. */
declare class NativeBindingError extends Error {
    readonly code = "ERR_ZIRCONIA_NATIVE_BINDING";
    /** The platform tuple a binary was wanted for, as in `linux-x64-gnu`. */
    readonly tuple: string;
    /** Every place looked at, in order. */
    readonly attempts: readonly LoadAttempt[];
    /** @param isBundled whether a bundler has taken the library out of its package */
    constructor(host: Host, attempts: readonly LoadAttempt[], isBundled?: boolean);
    /** All of it, with the errors of the attempts. */
    toJSON(): object;
}

/** The dynamic linker that an executable asks for. */
interface PlannedLinker {
    /** What PT_INTERP says. */
    readonly name: string;
    /** The file that has it; `undefined` if there is none. */
    readonly path: string | undefined;
}

/** A register at a program's first instruction; all others are 0. */
interface PlannedRegister {
    /** The register's name on the machine. */
    readonly name: string;
    /** What is in it. */
    readonly role: "entry" | "stack" | "bootstrap" | "vdso";
    /** Its value; `undefined` for the bootstrap handle's, which the kernel chooses at the start. */
    readonly value: bigint | undefined;
}

/** What a launch is to be like. */
interface PlanOptions {
    /** The processor to launch on; by default the one that the executable names, or else `x86-64`. */
    target?: Target;
    /** The process's name; the file's by default. */
    name?: CString;
    /** Arguments after the name. */
    args?: readonly CString[];
    /** Environment variables: by name, or as `KEY=VALUE`. */
    env?: Readonly<Record<string, CString>> | readonly CString[];
    /** Where the namespace's directories go. */
    namespace?: readonly string[];
    /** Further startup handles; the plan makes something to stand for each. */
    handles?: readonly (HandleInfo | number)[];
    /** Directories of the host in which the dynamic linker is looked for. */
    libraryPath?: readonly string[];
    /** The least size of the initial stack in bytes. */
    minStackSize?: bigint;
    /** The ABI of the process; by default the newest that has all that its files import. */
    abi?: Abi;
}
/** A handle in a bootstrap message. */
interface PlannedHandle {
    /** What it is for. */
    readonly info: HandleInfo;
    readonly objectType: ObjectTypeName | "Unknown";
    readonly koid: bigint;
    /** The object's name; empty if it has none. */
    readonly name: string;
    /** Bits of {@link Rights}. */
    readonly rights: number;
}
/** A bootstrap message, as the process will read it. */
interface PlannedMessage {
    readonly bytes: Uint8Array;
    readonly contents: DecodedMessage;
    readonly handles: readonly PlannedHandle[];
}
/** The initial stack. */
interface PlannedStack {
    /** The lowest address. */
    readonly base: bigint;
    /** Bytes. */
    readonly size: bigint;
    /** The name of its VMO, which says how the size came about. */
    readonly name: string;
}
/** A launch up to the first instruction. Where it fails, the plan has what was reached. */
interface LaunchPlan {
    /** The process's name. */
    readonly name: string;
    readonly target: Target;
    /** Whether the process could be built, or else why not. */
    readonly verdict: {
        readonly ok: true;
        readonly error?: undefined;
    } | {
        readonly ok: false;
        readonly error: ProcessBuilderError;
    };
    /** The dynamic linker; `undefined` if none was asked for. */
    readonly linker: PlannedLinker | undefined;
    /** The address space: every VMAR, and every mapping in them. */
    readonly maps: readonly MappingInfo[];
    /** The linker's message if there is one, and the main one. None of a launch that fails. */
    readonly messages: readonly PlannedMessage[];
    readonly stack: PlannedStack | undefined;
    /** None of a launch that fails. */
    readonly registers: readonly PlannedRegister[];
}
/**
 * Builds a process for an executable as `run` would, on a kernel of its own that runs nothing, and
 * tells all there is to see. The same input gives the same plan everywhere.
 *
 * @param executable a file's path, or its bytes
 * @throws Node's error if the executable, or a linker that exists, cannot be read. What Fuchsia would
 * fail with is no exception but the plan's verdict.
 */
declare function planLaunch(executable: string | URL | Bytes, options?: PlanOptions): Promise<LaunchPlan>;

/** A namespace entry: a path, and the client end of a directory. */
interface NamespaceEntry {
    readonly path: CString;
    readonly directory: Channel;
}
/** What a {@link ProcessBuilder} begins with. */
interface ProcessBuilderOptions {
    /** The process's name, of which 31 bytes are kept. */
    name: CString;
    /** The job of the process. Borrowed; its context is the caller, whose policy counts. */
    job: Job;
    /**
     * The executable. Consumed. It needs READ, MAP, EXECUTE, DUPLICATE and GET_PROPERTY; TRANSFER, too,
     * if it is dynamic, that is, has a PT_INTERP, for its linker gets it. A dynamic executable needs a
     * loader service: {@link ProcessBuilder.setLoaderService}.
     */
    executable: Vmo;
    /** The vDSO, if not the system's. Consumed. */
    vdso?: Vmo;
    /** Bits of {@link ProcessOptions}, for `zx_process_create`. */
    options?: number;
    /**
     * Which generation of `process_builder` to be like: `2019` differs in the order of handles, in
     * the linker's message, in what becomes of `VdsoVmo` handles, and in some texts.
     */
    compat?: "2019" | "newest";
    /**
     * The ABI of the process: which vDSO it gets, and where its address space begins. By default that
     * of `vdso`, or else the newest that has all system calls that the executable imports; what a
     * dynamic linker imports counts for the vDSO too. It is independent of `compat`.
     */
    abi?: Abi;
}
/**
 * Builds a process as Fuchsia's `process_builder` does.
 *
 * Handles are of the job's context, and consumed on every outcome: they belong to the builder, or, if
 * the call fails, they are closed. The process exists from the constructor on, not started, and dies
 * with the builder.
 *
 * {@link ProcessBuilder.build} and {@link ProcessBuilder.dispose} consume the builder. Every other
 * call then fails with a {@link ProcessBuilderError}, `GenericStatus` with `BAD_STATE`, and does
 * nothing to the build.
 */
declare class ProcessBuilder implements Disposable {
    #private;
    /**
     * @throws {@link ProcessBuilderError} `BadHandle`, `CreateProcess`, `CreateThread`,
     * `DuplicateHandle`
     */
    constructor(options: ProcessBuilderOptions);
    /**
     * The loader service: a client end of `fuchsia.ldsvc.Loader`, as {@link LoaderService.connect}
     * gives it. A dynamic executable needs one, for its linker and for its libraries; there is no other
     * to fall back on. One that is static gets none, and this is closed. Replaces and closes any earlier
     * one.
     *
     * @throws {@link ProcessBuilderError} `BadHandle`
     */
    setLoaderService(loader: Channel): this;
    /** The vDSO to map instead of the system's. Replaces and closes any earlier one. */
    setVdsoVmo(vdso: Vmo): this;
    /** Appends arguments; the program's name comes first. */
    addArguments(args: readonly CString[]): this;
    /** Appends environment variables, `KEY=VALUE` by convention. */
    addEnvironmentVariables(variables: readonly CString[]): this;
    /** The least size of the initial stack in bytes; the last call counts. */
    setMinStackSize(size: bigint): this;
    /**
     * Adds startup handles. `LdsvcLoader` and `VdsoVmo(0)` go where their setters put them.
     *
     * @throws {@link ProcessBuilderError} `BadHandle`; `InvalidArg` for types that are added
     * automatically or by {@link ProcessBuilder.addNamespaceEntries}. Nothing is added then.
     * @throws {@link HandleInfoError} for a number that is no {@link HandleInfo}, likewise
     */
    addHandles(handles: readonly StartupHandle[]): this;
    /**
     * Adds namespace entries, numbered on from those before.
     *
     * @throws {@link ProcessBuilderError} `InvalidArg` beyond 65,535 entries; `BadHandle`. Nothing is
     * added then.
     */
    addNamespaceEntries(entries: readonly NamespaceEntry[]): this;
    /**
     * Loads everything into the process and writes its bootstrap messages. Consumes the builder,
     * whatever comes of it. A dynamic executable's linker comes from the loader service, which has
     * 30 seconds of the kernel's clock to answer.
     *
     * @param options `signal` ends that wait
     * @throws {@link ProcessBuilderError} of any variant: `LoaderMissing` for a dynamic executable
     * without a loader service; {@link ZirconiaError} `CANCELED` if the kernel is disposed of meanwhile
     * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
     */
    build(options?: {
        signal?: AbortSignal;
    }): Promise<BuiltProcess>;
    /**
     * A further handle to the process, through which it can be watched while it is built, and looked
     * at when that fails: it lives as long as the handle.
     *
     * @throws {@link ZxError} `NO_MEMORY`
     */
    duplicateProcess(): Process;
    /**
     * Consumes the builder, and closes what it owns. Does nothing once it is consumed: a build that
     * has begun goes on.
     */
    dispose(): void;
    /** Same as {@link ProcessBuilder.dispose}. */
    [DISPOSE](): void;
}

/** What a name stands for. It belongs to who has asked. */
interface Resolved {
    /** The executable. */
    readonly executable: Vmo | undefined;
    /** The client end of a loader service for it, if it needs one of its own. */
    readonly ldsvc: Channel | undefined;
}
/**
 * A client of `fuchsia.process/Resolver`. Its calls reject with a {@link ZirconiaError} of the
 * Resolver's status, or with a {@link fidl.FidlError} if the connection fails.
 */
declare class ResolverProxy extends ServiceProxy<MethodsOf<typeof Resolver$1>> {
    /** Speaks over a client end, which belongs to it until {@link ResolverProxy.intoChannel}. */
    constructor(channel: Channel, options?: ConnectionOptions);
    /**
     * What a name of at most 2,048 bytes stands for.
     *
     * @throws {@link ZirconiaError} as the Resolver says
     */
    resolve(name: string, limits?: WaitOptions): Promise<Resolved>;
}

type ResolverMethods = MethodsOf<typeof Resolver$1>;
/** Where a {@link Resolver} has its packages from; it looks in this order. */
interface ResolverOptions {
    /**
     * Packages by name: their files by their paths in them. VMOs are borrowed, as those of a
     * {@link LoaderService}.
     */
    packages?: ReadonlyMap<string, LoaderObjects> | Readonly<Record<string, LoaderObjects>>;
    /** A folder of the host, in which each folder is a package. */
    directory?: string;
}
/**
 * Serves `fuchsia.process/Resolver`, by which `fdio_spawn` finds what follows `#!resolve`
 * (src/sys/process_resolver).
 *
 * `fuchsia-pkg://HOST/NAME#bin/x` is the file `bin/x` of the package NAME, and comes with a loader
 * service over the package's `lib/`. Hosts are not told apart and hashes not compared. A package has
 * one variant, `0`.
 */
declare class Resolver extends Service<ResolverMethods> {
    #private;
    /** @param context on whose behalf it serves; a kernel stands for its host */
    constructor(context: Kernel | Context, options: ResolverOptions);
    /** Closes all connections, also those to loader services. Does nothing the second time. */
    dispose(): void;
}

/** How a directory is served. */
interface ServeOptions {
    /** The rights of the connection: bits of {@link OpenFlags}. All that the directory has by default. */
    rights?: NodeRights;
}
/**
 * A directory that can be served over fuchsia.io, as it was in 2020. What is opened through a
 * connection never has more rights than the connection. Being served does not keep Node alive.
 */
declare abstract class VfsDirectory implements DirectoryNode, Disposable {
    #private;
    readonly kind = "directory";
    abstract readonly rights: NodeRights;
    /** How clients change it; nothing where they cannot. */
    get changes(): DirectoryChanges | undefined;
    abstract attributes(): VfsAttributes | Promise<VfsAttributes>;
    abstract lookup(name: string): VfsNode | undefined | Promise<VfsNode | undefined>;
    abstract entries(): readonly VfsEntry[] | Promise<readonly VfsEntry[]>;
    /**
     * A new connection: its client end.
     *
     * @param context whose table both ends are in; a kernel stands for its host
     * @throws {@link ZirconiaError} `BAD_STATE` once the directory is disposed of;
     * {@link ZxError} `ACCESS_DENIED` by policy
     */
    connect(context: Kernel | Context, options?: ServeOptions): Channel;
    /**
     * Serves the directory over a server end, which is consumed, on behalf of its context.
     *
     * @throws {@link ZirconiaError} `BAD_STATE` once the directory is disposed of
     */
    serve(channel: Channel, options?: ServeOptions): void;
    /**
     * Closes all connections that began here, and all that was opened through them, except to
     * services. Does nothing the second time.
     */
    dispose(): void;
    /** Same as {@link VfsDirectory.dispose}. */
    [DISPOSE](): void;
}

/** A program's directories by their paths: nodes, or paths of the host. */
type NamespaceOption = Readonly<Record<string, VfsDirectory | string>>;

/** What output can go to: a stream of Node's or of the web's. */
type OutputStream = Writable | NodeJS.WritableStream | WritableStream;

/** What can be input: a stream of Node's or of the web's, or a list, of text and bytes. */
type InputStream = Readable | NodeJS.ReadableStream | ReadableStream | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** Where a program's output goes: `buffer` keeps it for the result. */
type OutputOption = "buffer" | "inherit" | "ignore" | OutputStream;
/** How {@link run} runs a program. */
interface RunOptions {
    /** The kernel to run in. By default one of its own, which is disposed of afterwards. */
    kernel?: Kernel;
    /** The process's name; by default the basename of the file, or of its VMO's name. */
    name?: CString;
    /** Environment variables: by name, or as `KEY=VALUE`. None by default: the host's are not passed. */
    env?: Readonly<Record<string, CString>> | readonly CString[];
    /**
     * Directories of the host in which a dynamic executable's linker and libraries are looked for,
     * before those of this package.
     */
    libraryPath?: readonly string[];
    /**
     * The program's directories, by their absolute paths: nodes, or paths of the host's, of which
     * files can be read and executed. None is within another.
     */
    namespace?: NamespaceOption;
    /**
     * File descriptor 0: `inherit` for this process's own. By default there is none: `ignore`. Nothing
     * is read before the program runs, and what breaks is told of from the call on.
     */
    stdin?: "ignore" | "inherit" | InputStream;
    /** What file descriptor 0 holds; not with `stdin`. */
    input?: string | Bytes;
    /** File descriptor 1; `buffer` by default. Streams are not ended. */
    stdout?: OutputOption;
    /** File descriptor 2; `buffer` by default. Streams are not ended. */
    stderr?: OutputOption;
    /**
     * How many bytes of each output `buffer` keeps; 100,000,000 by default. A program that writes more
     * is killed.
     */
    maxBuffer?: number;
    /** Milliseconds from the call on after which the program is killed; none for 0. */
    timeout?: number;
    /** Kills the program; what is aborted already is not begun. */
    signal?: AbortSignal;
    /** Further startup handles. Consumed on every outcome but misuse. */
    handles?: readonly StartupHandle[];
    /** The least size of the initial stack in bytes. */
    minStackSize?: bigint;
    /** The ABI of the process; by default the newest that has all that its files import. */
    abi?: Abi;
    /** How output is decoded; `buffer` leaves it as bytes. `utf8` by default. */
    encoding?: "utf8" | "latin1" | "buffer";
    /** Whether a program that fails makes {@link run} reject; `true` by default. */
    reject?: boolean;
    /** Gets what happens in the kernel, in batches; not with a kernel of the caller's. */
    trace?: (records: TraceRecord[]) => void;
}

/** What can be run: a file's path, bytes, or a VMO, which is borrowed. */
type RunFile = string | URL | Bytes | Vmo;

/** How a program ended. */
interface RunResult<Output extends string | Uint8Array = string> {
    /** The program's name and arguments, for people to read. */
    readonly command: string;
    /** The return code as a number: beyond 2^53 the nearest that there is. */
    readonly exitCode: number;
    /**
     * The return code: a signed 64-bit number. Below 0 the kernel may have chosen it: -1024 for a
     * program that was killed, also before it began.
     */
    readonly returnCode: bigint;
    /** What the program wrote to file descriptor 1; empty unless `stdout` was `buffer`. */
    readonly stdout: Output;
    /** What the program wrote to file descriptor 2; empty unless `stderr` was `buffer`. */
    readonly stderr: Output;
    /** From the call to the end of the program. */
    readonly durationMs: number;
    /** Whether it was not successful. */
    readonly failed: boolean;
    /** Whether it was ended because of `timeout`. */
    readonly timedOut: boolean;
    /** Whether it was ended because of `signal`. */
    readonly isCanceled: boolean;
    /** Whether it was ended because of `maxBuffer`. What came until then was kept. */
    readonly isMaxBuffer: boolean;
    /** What is left of a program that died of an exception. */
    readonly crashReport: CrashReport | undefined;
    /** One line about how it ended. */
    readonly message: string;
}
/**
 * A program failed, or could not be run to its end. Has all that a {@link RunResult} has. `cause` is
 * the reason of an abort, what a stream of the caller's has broken with, or what has become of the
 * kernel.
 */
declare class RunError<Output extends string | Uint8Array = string> extends Error implements RunResult<Output> {
    #private;
    /**
     * `ETIMEDOUT`, `ABORT_ERR`, `ERR_CHILD_PROCESS_STDIO_MAXBUFFER`, or `ERR_ZIRCONIA_RUN` for a
     * program that failed by itself. For a stream of the caller's and for the kernel, the code of
     * `cause`, or `ERR_ZIRCONIA_STREAM`.
     */
    readonly code: string;
    readonly command: string;
    readonly exitCode: number;
    readonly returnCode: bigint;
    readonly stdout: Output;
    readonly stderr: Output;
    readonly durationMs: number;
    readonly failed: boolean;
    readonly timedOut: boolean;
    readonly isCanceled: boolean;
    readonly isMaxBuffer: boolean;
    readonly crashReport: CrashReport | undefined;
    /** What is somebody else's need not be cloneable: as a property it would keep this from being so. */
    get cause(): unknown;
    /** All of it, with numbers, bytes and causes as JSON can have them. */
    toJSON(): object;
}

/**
 * Runs an executable natively, and resolves with how it ended.
 *
 * It gets its name as its first argument, and stream sockets as file descriptors. The linker
 * of a dynamic one gets a loader service. It runs in a job of its own, which is killed when the
 * program has ended, and whenever it is not to go on: at a timeout, an abort, the end of the kernel,
 * more output than is to be kept, and with a stream of the caller's that breaks. All of that counts
 * from the call on, whether the program is read, built, runs or has ended and its output is passed on.
 *
 * @param file the executable: a file's path, bytes, or a VMO that has DUPLICATE and whatever a
 * {@link ProcessBuilder} needs, which is borrowed and decides the kernel
 * @param args arguments after the name
 * @throws {@link RunError} unless `reject` is `false`: for a return code other than 0, a crash, a
 * timeout, an abort, too much output. In any case if a stream has broken or the kernel was disposed of
 * @throws {@link ProcessBuilderError} if the process cannot be built or started: `ProcessStart` with
 * `NOT_SUPPORTED` where guests cannot run
 */
declare function run(file: RunFile, args: readonly CString[] | undefined, options: RunOptions & {
    encoding: "buffer";
}): Promise<RunResult<Uint8Array>>;
declare function run(file: RunFile, args?: readonly CString[], options?: RunOptions): Promise<RunResult>;

/**
 * Signals of objects (zircon/types.h): bits, to be combined with `|`. Bits 3 and up mean different
 * things on different types of objects.
 */
declare const Signals: Readonly<{
    readonly NONE: 0;
    readonly READABLE: number;
    readonly WRITABLE: number;
    readonly PEER_CLOSED: number;
    /** Events and event pairs. */
    readonly SIGNALED: number;
    /** The handle that was waited on was closed: in the result of a wait only. */
    readonly HANDLE_CLOSED: number;
    /** Jobs, processes, threads: dead. */
    readonly TASK_TERMINATED: number;
    readonly VMO_ZERO_CHILDREN: number;
    readonly THREAD_RUNNING: number;
    readonly THREAD_SUSPENDED: number;
    readonly JOB_NO_JOBS: number;
    readonly JOB_NO_PROCESSES: number;
    readonly SOCKET_PEER_WRITE_DISABLED: number;
    readonly SOCKET_WRITE_DISABLED: number;
    readonly SOCKET_READ_THRESHOLD: number;
    readonly SOCKET_WRITE_THRESHOLD: number;
    readonly CLOCK_STARTED: number;
    readonly CLOCK_UPDATED: number;
    /** The eight signals that users may set and clear on any waitable object. */
    readonly USER_ALL: 4278190080;
    readonly USER_0: number;
    readonly USER_1: number;
    readonly USER_2: number;
    readonly USER_3: number;
    readonly USER_4: number;
    readonly USER_5: number;
    readonly USER_6: number;
    readonly USER_7: 2147483648;
}>;
/** Signals that are combined: a number of 32 bits. */
type Signals = number;

/**
 * What a spawned process gets of the environment of its spawner (`FDIO_SPAWN_*`, lib/fdio/spawn.h);
 * other bits mean nothing.
 */
declare const SpawnFlags: Readonly<{
    /** The job that it is spawned in, as its default job. */
    readonly CLONE_JOB: number;
    /** A connection to the loader service: the one that came with a resolved executable, or its own. */
    readonly DEFAULT_LDSVC: number;
    /** The deprecated name of DEFAULT_LDSVC. */
    readonly CLONE_LDSVC: number;
    /** The whole namespace. */
    readonly CLONE_NAMESPACE: number;
    /** File descriptors 0, 1 and 2, as far as they are open and can be passed on. */
    readonly CLONE_STDIO: number;
    /** The environment variables, unless others are given. */
    readonly CLONE_ENVIRON: number;
    /** The UTC clock, if there is one. */
    readonly CLONE_UTC_CLOCK: number;
    /** All of these. */
    readonly CLONE_ALL: 65535;
}>;
/** The number of a {@link SpawnAction} (`FDIO_SPAWN_ACTION_*`). */
declare const SpawnActionType: Readonly<{
    readonly CloneFd: 1;
    readonly TransferFd: 2;
    readonly AddNamespaceEntry: 3;
    readonly AddHandle: 4;
    readonly SetName: 5;
    readonly CloneDir: 6;
}>;
/** The number of a {@link SpawnAction}. */
type SpawnActionType = (typeof SpawnActionType)[keyof typeof SpawnActionType];

/** Lets a descriptor of the new process be a clone of a local one, or the local one itself. */
interface FdAction {
    readonly action: typeof SpawnActionType.CloneFd | typeof SpawnActionType.TransferFd;
    /** Closed by a transfer, whatever comes of it. */
    readonly localFd: number;
    /** 0 to 1,023; with bit 15 it is also used for those of 0 to 2 that are not given. */
    readonly targetFd: number;
}
/** Adds a directory to the namespace of the new process. Consumes the handle. */
interface NamespaceEntryAction {
    readonly action: typeof SpawnActionType.AddNamespaceEntry;
    readonly prefix: string | null;
    readonly handle: Channel | null;
}
/** Adds a startup handle. Consumes the handle. */
interface HandleAction {
    readonly action: typeof SpawnActionType.AddHandle;
    /** Type and argument. A number is sent as it is. */
    readonly id: HandleInfo | number;
    readonly handle: Handle | null;
}
/** Names the new process, which is otherwise named after its first argument; the last one counts. */
interface NameAction {
    readonly action: typeof SpawnActionType.SetName;
    readonly data: CString | null;
}
/** Clones what the namespace has at a path and below; all of it for `/`. */
interface DirectoryAction {
    readonly action: typeof SpawnActionType.CloneDir;
    readonly prefix: string | null;
}
/** What is to be done for a new process (`fdio_spawn_action_t`). Other numbers are ignored. */
type SpawnAction = FdAction | NamespaceEntryAction | HandleAction | NameAction | DirectoryAction;

/** What a {@link ChildProcess} tells. */
interface ChildProcessEvents {
    /** It runs. */
    spawn: [];
    /** It has ended by itself or was killed; what it wrote may still be read. */
    exit: [code: number, returnCode: bigint];
    /** It has ended, or could not be spawned, and the pipes from it are closed. */
    close: [code: number | null, returnCode: bigint | null];
    /**
     * It could not be spawned, a stream that it was to use has broken, or it was aborted. That its
     * kernel was disposed of is told only where somebody listens.
     */
    error: [error: Error];
}
/** A process that was spawned, as Node's own child processes are. */
declare class ChildProcess extends EventEmitter<ChildProcessEvents> implements Disposable {
    #private;
    /** The path, or the VMO's name. */
    readonly spawnfile: string;
    /** All arguments, the program's name first. */
    readonly spawnargs: readonly string[];
    /** The pipe to descriptor 0, if it is one. */
    readonly stdin: Writable | null;
    /** The pipe from descriptor 1, if it is one. */
    readonly stdout: Readable | null;
    /** The pipe from descriptor 2, if it is one. */
    readonly stderr: Readable | null;
    /** The process's koid; `undefined` until it runs. */
    get koid(): bigint | undefined;
    /** The process while it runs: its handle is the child's own, and closed when it has ended. */
    get process(): Process | undefined;
    /** The return code as a number, beyond 2^53 the nearest; `null` until it has ended. */
    get exitCode(): number | null;
    /** The return code; `null` until it has ended. Below 0 the kernel may have chosen it. */
    get returnCode(): bigint | null;
    /** What is left of a child that died of an exception. */
    get crashReport(): CrashReport | undefined;
    /** Whether {@link ChildProcess.kill} has killed it. */
    get killed(): boolean;
    /**
     * `zx_task_kill`, at once, or as soon as it runs.
     *
     * @returns whether there was something to be killed
     */
    kill(): boolean;
    /** Same as {@link ChildProcess.kill}. */
    [DISPOSE](): void;
}

/** A libfdio to be like, instead of the documented contract. */
type SpawnCompat = "2020" | "newest";

/** How {@link fdioSpawnEtc} and {@link fdioSpawnVmo} spawn. */
interface FdioSpawnOptions {
    /**
     * A libfdio to be like, where it differs from what the documentation has promised since 2019: that
     * of mid-2020, or the newest.
     */
    compat?: SpawnCompat;
    /** Once it is aborted, the Launcher is not asked any more: the call fails with an AbortError. */
    signal?: AbortSignal;
}
/**
 * `fdio_spawn` (lib/fdio/spawn.h): {@link fdioSpawnEtc} without an environment and actions.
 *
 * @param context the process that spawns; a kernel stands for its host
 */
declare function fdioSpawn(context: Kernel | Context, job: Job | null, flags: number, path: string | null, argv: readonly CString[] | null, options?: FdioSpawnOptions): Promise<Process>;
/**
 * `fdio_spawn_etc` (lib/fdio/spawn.h): has a process made by the `fuchsia.process.Launcher` in the
 * namespace of the spawner, from an executable that is in its namespace, too.
 *
 * Handles are of the spawner's context. Those in actions are consumed, whatever comes of it, and
 * descriptors that are transferred are closed; misuse, which is a TypeError, consumes nothing.
 *
 * @param context the process that spawns; a kernel stands for its host
 * @param job where to spawn; `null`, for ZX_HANDLE_INVALID, in its default job. Borrowed.
 * @param flags what of its environment is shared: bits of {@link SpawnFlags}
 * @param path the executable, in its namespace; `null` is `INVALID_ARGS`, as NULL is
 * @param argv the arguments, the program's name first; `null` is `INVALID_ARGS`, as NULL is
 * @param environ the environment, `KEY=VALUE` by convention, which overrides CLONE_ENVIRON; `null`,
 * for NULL, for what CLONE_ENVIRON gives, or for none
 * @param actions what else is to be done, in their order; `null`, for NULL, for none
 * @throws {@link SpawnError} `NOT_FOUND` if the path cannot be opened; `BAD_HANDLE` if it can, but not
 * be executed; else as {@link fdioSpawnVmo}
 */
declare function fdioSpawnEtc(context: Kernel | Context, job: Job | null, flags: number, path: string | null, argv: readonly CString[] | null, environ: readonly CString[] | null, actions: readonly SpawnAction[] | null, options?: FdioSpawnOptions): Promise<Process>;
/**
 * `fdio_spawn_vmo` (lib/fdio/spawn.h): as {@link fdioSpawnEtc}, with the executable itself.
 *
 * @param executable the executable. Consumed, whatever comes of it. `null` stands for
 * ZX_HANDLE_INVALID, which is `BAD_HANDLE`.
 * @throws {@link ForeignHandleError} for a handle of another context
 * @throws {@link SpawnError} `INVALID_ARGS` for an action that cannot be, and a process without a
 * name; `IO_INVALID` for more than 255 `#!` lines; for the executable `BAD_HANDLE`, `WRONG_TYPE` if
 * it is no VMO, `ACCESS_DENIED` if it cannot be read, `OUT_OF_RANGE` if it is too small; `INTERNAL`
 * if the Launcher cannot be connected to; else what a step, or the Launcher, says, with `INTERNAL` for
 * `NOT_FOUND`
 */
declare function fdioSpawnVmo(context: Kernel | Context, job: Job | null, flags: number, executable: Handle | null, argv: readonly CString[] | null, environ: readonly CString[] | null, actions: readonly SpawnAction[] | null, options?: FdioSpawnOptions): Promise<Process>;

/**
 * What a file descriptor of a child is: `pipe` to a stream of {@link ChildProcess}, `inherit` for
 * Node's own of the same number, `ignore` for none; a stream of Node's or of the web's, for
 * descriptor 0 also a list of text and bytes; the number of a descriptor of the spawner's, which is
 * cloned; or a handle, which is consumed.
 */
type StdioOption = "pipe" | "inherit" | "ignore" | InputStream | OutputStream | number | Handle;
/** How {@link spawn} spawns. */
interface SpawnOptions {
    /** The process that spawns; a kernel stands for its host. By default that of the VMO. */
    context?: Kernel | Context;
    /** The job to spawn in. Borrowed. The spawner's default job by default. */
    job?: Job;
    /** The first argument; the path, or the VMO's name, by default. */
    argv0?: CString;
    /** The process's name, of which 31 bytes are kept; the first argument by default. */
    name?: CString;
    /** Environment variables: by name, or as `KEY=VALUE`. The spawner's by default. */
    env?: Readonly<Record<string, CString>> | readonly CString[];
    /**
     * File descriptors 0, 1 and 2, and further ones, of which none can be a pipe or Node's. One for all
     * three stands for each of them; `pipe` by default.
     */
    stdio?: "pipe" | "inherit" | "ignore" | readonly (StdioOption | null | undefined)[];
    /** Which of the spawner's directories the child has, too: all by default. */
    share?: boolean | readonly string[];
    /** Further directories, in place of the spawner's at the same paths. */
    namespace?: NamespaceOption;
    /** Further startup handles. Consumed. */
    handles?: readonly StartupHandle[];
    /** Milliseconds from the call on after which the child is killed; none for 0. */
    timeout?: number;
    /** Kills the child; what is aborted already is not spawned. */
    signal?: AbortSignal;
}

/**
 * Spawns a process as {@link fdioSpawnEtc} does, in the manner of Node's child processes.
 *
 * It gets the spawner's job, loader service and UTC clock, and, unless told otherwise, its namespace
 * and environment; pipes as descriptors 0, 1 and 2. The Launcher of the spawner's `/svc` makes it.
 *
 * Node stays alive while it runs.
 *
 * @param file the executable: its path in the spawner's namespace, or a VMO, which is borrowed
 * @param args arguments after the first one
 * @throws Node's error for a directory of the host in `namespace` that there is not; {@link ZxError}
 * for a VMO whose name, or a descriptor that, cannot be had. Whatever else fails is an `error` event,
 * with a {@link SpawnError}, or the {@link ZxError} of a handle that cannot be passed on. Handles
 * are consumed on every outcome but misuse.
 */
declare function spawn(file: string | Vmo, args?: readonly CString[] | null, options?: SpawnOptions): ChildProcess;
declare function spawn(file: string | Vmo, options?: SpawnOptions): ChildProcess;

/** Bytes of an error message with its NUL, at most (`FDIO_SPAWN_ERR_MSG_MAX_LENGTH`). */
declare const SPAWN_ERR_MSG_MAX_LENGTH = 1024;
/**
 * A process could not be spawned: the message tells with what status, and why. `cause` is what the
 * step at fault has thrown, if anything.
 */
declare class SpawnError extends ZirconiaError {
    /** What `err_msg_out` gets: at most 1,023 bytes; empty for arguments that can never be right. */
    readonly errMsg: string;
}

/**
 * The stack pointer with which a thread starts whose stack has `size` bytes from `base` on, for
 * `x86-64` by default.
 *
 * @throws {@link StackError} if the stack's end does not fit in 64 bits
 */
declare function computeInitialStackPointer(base: bigint, size: bigint, target?: Target): bigint;

/**
 * The status codes of Zircon (zircon/errors.h), by name less the `ZX_ERR_`.
 *
 * @see {@link statusName}
 */
declare const ZxStatus: Readonly<{
    readonly OK: 0;
    readonly INTERNAL: -1;
    readonly NOT_SUPPORTED: -2;
    readonly NO_RESOURCES: -3;
    readonly NO_MEMORY: -4;
    readonly INTERNAL_INTR_RETRY: -6;
    readonly INVALID_ARGS: -10;
    readonly BAD_HANDLE: -11;
    readonly WRONG_TYPE: -12;
    readonly BAD_SYSCALL: -13;
    readonly OUT_OF_RANGE: -14;
    readonly BUFFER_TOO_SMALL: -15;
    readonly BAD_STATE: -20;
    readonly TIMED_OUT: -21;
    readonly SHOULD_WAIT: -22;
    readonly CANCELED: -23;
    readonly PEER_CLOSED: -24;
    readonly NOT_FOUND: -25;
    readonly ALREADY_EXISTS: -26;
    readonly ALREADY_BOUND: -27;
    readonly UNAVAILABLE: -28;
    readonly ACCESS_DENIED: -30;
    readonly IO: -40;
    readonly IO_REFUSED: -41;
    readonly IO_DATA_INTEGRITY: -42;
    readonly IO_DATA_LOSS: -43;
    readonly IO_NOT_PRESENT: -44;
    readonly IO_OVERRUN: -45;
    readonly IO_MISSED_DEADLINE: -46;
    readonly IO_INVALID: -47;
    readonly BAD_PATH: -50;
    readonly NOT_DIR: -51;
    readonly NOT_FILE: -52;
    readonly FILE_BIG: -53;
    readonly NO_SPACE: -54;
    readonly NOT_EMPTY: -55;
    readonly STOP: -60;
    readonly NEXT: -61;
    readonly ASYNC: -62;
    readonly PROTOCOL_NOT_SUPPORTED: -70;
    readonly ADDRESS_UNREACHABLE: -71;
    readonly ADDRESS_IN_USE: -72;
    readonly NOT_CONNECTED: -73;
    readonly CONNECTION_REFUSED: -74;
    readonly CONNECTION_RESET: -75;
    readonly CONNECTION_ABORTED: -76;
    readonly INTERNAL_INTR_KILLED: -502;
}>;
/** The name of a status less its `ZX_ERR_`; `Unknown zircon status code: N` for any other. */
declare function statusName(status: number): string;

/**
 * An event of the Trace Event Format, which Perfetto and Chrome's tracing page load. Processes and
 * threads are named by their koids.
 */
interface ChromeTraceEvent {
    readonly name: string;
    /** Begin and end of a system call, an instant, metadata. */
    readonly ph: "B" | "E" | "i" | "M";
    readonly cat?: "syscall" | "event" | "signal";
    /** In microseconds of the kernel's monotonic clock; not of metadata. */
    readonly ts?: number;
    readonly pid: number;
    /** Not of what concerns a whole process. */
    readonly tid?: number;
    /** Of instants: whether it concerns a thread or a process. */
    readonly s?: "t" | "p";
    readonly args: Readonly<Record<string, string>>;
}
/** A document of the Trace Event Format. */
interface ChromeTrace {
    readonly displayTimeUnit: "ns";
    readonly traceEvents: readonly ChromeTraceEvent[];
}
/** How a trace is converted. */
interface ChromeTraceOptions {
    /** Protocols whose messages are named, besides those of this package. */
    protocols?: readonly Protocol<Methods>[];
}
/** Converts a trace to the Trace Event Format, record by record. */
declare class ChromeTracer {
    #private;
    /** @throws TypeError for an unknown option */
    constructor(options?: ChromeTraceOptions);
    /** The events that a record becomes. */
    events(record: TraceRecord): ChromeTraceEvent[];
    /** The ends of the calls that are still open once the last record has come. */
    finish(): ChromeTraceEvent[];
}
/**
 * Converts a whole trace to the Trace Event Format. Each beginning of a call has its end; calls that
 * never returned end with their thread.
 *
 * @throws TypeError for an unknown option
 */
declare function chromeTrace(records: Iterable<TraceRecord>, options?: ChromeTraceOptions): ChromeTrace;

/** A part of a line that may get a colour. */
type TraceStyle = "event" | "failure" | "time";
/** How a trace is written. */
interface FormatTraceOptions {
    /** Protocols whose messages are named, besides those of this package. */
    protocols?: readonly Protocol<Methods>[];
    /** Gives a part of a line its colour; by default lines are plain text. */
    style?: (style: TraceStyle, text: string) => string;
}
/**
 * Writes a trace as text: a line for each system call, once it has returned or begun to wait, and
 * lines that begin with `--` for whatever else happens, after the call that caused it.
 */
declare class TraceFormatter {
    #private;
    constructor(options?: FormatTraceOptions);
    /** The lines that a record completes. */
    format(record: TraceRecord): string[];
    /** The lines that are left once the last record has come. */
    finish(): string[];
}
/**
 * Writes a whole trace as text: see {@link TraceFormatter}.
 *
 * @throws TypeError for an unknown option
 */
declare function formatTrace(records: Iterable<TraceRecord>, options?: FormatTraceOptions): string[];

/** Flags of `fuchsia.io/Directory.Open` and `Node.Clone`, as of 2020. */
declare const OpenFlags: Readonly<{
    /** The right to mount, which nodes here do not have. */
    readonly ADMIN: number;
    /** Makes what does not exist. */
    readonly CREATE: number;
    /** With CREATE: fails if it exists. */
    readonly CREATE_IF_ABSENT: number;
    /** Empties a file. */
    readonly TRUNCATE: number;
    /** Fails unless it is a directory. */
    readonly DIRECTORY: number;
    /** Every write is at the end of the file. */
    readonly APPEND: number;
    readonly NO_REMOTE: number;
    /** A connection to the node itself, without rights to its content. */
    readonly NODE_REFERENCE: number;
    /** OnOpen is sent. */
    readonly DESCRIBE: number;
    /** A directory also gets WRITABLE and EXECUTABLE, where its parent's connection has them. */
    readonly POSIX: number;
    /** Fails if it is a directory. */
    readonly NOT_DIRECTORY: number;
    /** Clone only: the rights of the connection that is cloned. */
    readonly CLONE_SAME_RIGHTS: number;
    readonly READABLE: number;
    readonly WRITABLE: number;
    readonly EXECUTABLE: number;
}>;
/** Flags of `fuchsia.io/File.GetBuffer`. */
declare const VmoFlags: Readonly<{
    readonly READ: number;
    readonly WRITE: number;
    readonly EXEC: number;
    /** A copy-on-write VMO of the client's own. */
    readonly PRIVATE: number;
    /** The VMO that the file itself has. */
    readonly EXACT: number;
}>;

/** What a {@link PseudoFile} holds. */
type FileContent = string | Bytes;
/** How a file is served. */
interface FileOptions {
    /** What its connections may have at most: bits of {@link OpenFlags}. Read and execute by default. */
    rights?: NodeRights;
}
/** A file of bytes that are given, or made anew for each connection. It cannot be written. */
declare class PseudoFile implements FileNode {
    #private;
    readonly kind = "file";
    readonly rights: NodeRights;
    /** @param content the bytes, a string for its UTF-8, or what makes either when it is opened */
    constructor(content: FileContent | (() => FileContent | Promise<FileContent>), options?: FileOptions);
    /** The size of content that is not made yet is 0. */
    attributes(): VfsAttributes;
    open(context: Context): Promise<OpenFile>;
}

/**
 * A directory of the host. Links in it are followed where they lead to something in it; out of it
 * they are refused with `ACCESS_DENIED`. Nothing but directories and regular files is there.
 *
 * With WRITABLE, clients can make, write, rename and remove files and directories; they cannot make
 * symbolic links. What they change is done in turn, so that none can move a link to where another
 * is at work. That holds for one HostDirectory, not for several of one path.
 */
declare class HostDirectory extends VfsDirectory {
    #private;
    readonly rights: NodeRights;
    /**
     * @param options `rights`: what everything in it may be used for; read and execute by default
     * @throws Node's error if there is no such directory
     */
    constructor(path: string | URL, options?: FileOptions);
    get changes(): DirectoryChanges;
    attributes(): Promise<VfsAttributes>;
    lookup(name: string): Promise<VfsNode | undefined>;
    entries(): Promise<readonly VfsEntry[]>;
}

/** What a {@link PseudoDirectory} takes: a node, or the content of a file. */
type PseudoEntry = VfsNode | FileContent;
/**
 * A directory whose entries its embedder adds and removes, also while it is served; clients cannot.
 * One node may have several places, in several directories.
 */
declare class PseudoDirectory extends VfsDirectory {
    #private;
    readonly rights: NodeRights;
    /**
     * @param entries by name; they are borrowed
     * @param options `rights`: all by default; what is below has rights of its own, and no more
     * @throws {@link ZirconiaError} as {@link PseudoDirectory.add}
     */
    constructor(entries?: Readonly<Record<string, PseudoEntry>>, options?: FileOptions);
    /**
     * Adds an entry.
     *
     * @param name 1 to 255 bytes, without `/` and NUL, neither `.` nor `..`
     * @throws {@link ZirconiaError} `ALREADY_EXISTS`; `BAD_PATH` for a name that is too long,
     * `INVALID_ARGS` for any other that is none
     */
    add(name: string, entry: PseudoEntry): this;
    /** Removes an entry: whether there was one. Connections to what it was stay. */
    remove(name: string): boolean;
    attributes(): VfsAttributes;
    lookup(name: string): VfsNode | undefined;
    entries(): readonly VfsEntry[];
}

/**
 * A file whose content is a VMO's: as many bytes as its content size says, which clients may map.
 */
declare class VmoFile implements FileNode {
    #private;
    readonly kind = "file";
    readonly rights: NodeRights;
    /**
     * @param vmo is borrowed: it needs DUPLICATE, TRANSFER and READ while the file is served, MAP and
     * GET_PROPERTY for buffers
     * @param options the rights are READABLE, and EXECUTABLE if the VMO's handle has EXECUTE, by
     * default. WRITABLE needs WRITE: what is written is written to the VMO, within its content size.
     * @throws {@link ZxError} `BAD_HANDLE`
     */
    constructor(vmo: Vmo, options?: FileOptions);
    attributes(): VfsAttributes;
    open(context: Context): OpenFile;
}

export { BuiltProcess, CachePolicy, Channel, ChildProcess, ChromeTracer, Clock, ClockOptions, Context, DebugLog, Elf64Headers, ElfLoadError, ElfParseError, Environment, Event, EventPair, FdObject, Fifo, FileDescriptors, ForeignHandleError, Handle, HandleInfo, HandleInfoError, HandleType, HostDirectory, Job, Kernel, KernelClock, Launcher, LauncherError, LauncherProxy, LoaderProxy, LoaderService, LocalDirectory, Message, MessageDecodeError, Namespace, NativeBindingError, NodeRights, ObjectType, OpenFlags, PeerHandle, PolicyCondition, Port, Process, ProcessBuilder, ProcessBuilderError, ProcessContext, ProcessOptions, ProcessStartData, ProcessargsError, PseudoDirectory, PseudoFile, Resolver, ResolverProxy, Rights, RunError, SPAWN_ERR_MSG_MAX_LENGTH, SegmentType, Service, ServiceDirectory, ServiceNode, ServiceProxy, Signals, Socket, SpawnActionType, SpawnError, SpawnFlags, StackError, SuspendToken, Task, Thread, ThreadState, Timer, TraceFormatter, VfsDirectory, VmOptions, Vmar, VmarOp, Vmo, VmoChildOptions, VmoFile, VmoFlags, VmoInfoFlags, VmoOp, VmoOptions, WaitAsyncOptions, ZirconiaError, ZxError, ZxStatus, calculateInitialLinkerStackSize, checkBytes, checkFile, checkFiles, chromeTrace, computeInitialStackPointer, decodeMessage, elfTarget, fdioSpawn, fdioSpawnEtc, fdioSpawnVmo, index_d as fidl, formatTrace, getDynamicLinker, handleTypeName, loadElf, mapElfSegments, objectTypeName, planLaunch, run, spawn, statusName, vmAlign };
export type { Abi, AbiOptions, Appended, BufferRequest, Bytes, CString, ChannelMessage, ChannelMessageEtc, CheckFailure, CheckFilesOptions, CheckFinding, CheckOptions, CheckRecord, CheckReport, CheckVerdict, ChildProcessEvents, ChromeTrace, ChromeTraceEvent, ChromeTraceOptions, ClockDetails, ClockTransformation, ClockUpdate, ConnectorNode, CrashReport, DecodedMessage, DirectoryAction, DirectoryChanges, DirectoryNode, Elf64FileHeader, Elf64ProgramHeader, ElfLoadErrorKind, ElfParseErrorKind, ExportedEntry, FdAction, FdKind, FdioSpawnOptions, FileContent, FileNode, FileOptions, FormatTraceOptions, GeneralRegisters, HandleAction, HandleBasicInfo, HandleDisposition, HandleInfoErrorKind, HandleReceived, HandleTableEntry, HandleTypeName, InputStream, JobInfo, KernelOptions, KernelStats, LaunchFailure, LaunchInfo, LaunchPlan, LauncherErrorKind, LauncherHandle, LauncherLimits, LauncherLogLevel, LauncherOptions, LauncherRecord, LoadAttempt, LoadedElf, LoaderObject, LoaderObjects, LoaderServiceOptions, LogRecord, MappingInfo, MapsInfo, MessageContents, MessageDecodeErrorKind, NameAction, NameInfo, NamespaceEntry, NamespaceEntryAction, NamespaceOption, NodeKind, ObjectTypeName, OpenFile, OutputOption, OutputStream, PlanOptions, PlannedHandle, PlannedLinker, PlannedMessage, PlannedRegister, PlannedStack, PolicyAction, PolicyConditionName, PolicyEntry, PortPacket, ProcessBuilderErrorKind, ProcessBuilderOptions, ProcessContextOptions, ProcessInfo, ProcessargsErrorKind, PseudoEntry, Resolved, ResolverOptions, RunFile, RunOptions, RunResult, ServeFailure, ServeOptions, Session, SetCriticalOptions, SignalPacket, SocketDisposition, SocketInfo, SocketMode, SpawnAction, SpawnCompat, SpawnOptions, StackErrorKind, StartupHandle, StdioOption, Target, TaskRuntime, TaskStats, ThreadInfo, ThreadStats, TimerClock, TimerInfo, TimerOptions, TimerSlackMode, TraceEvent, TraceRecord, TraceStyle, TracedArgument, TracedObject, TypeStats, UserPacket, VfsAttributes, VfsEntry, VfsNode, VmarInfo, VmoFromBytesOptions, VmoFromFileOptions, VmoInfo, VmoLockState, WaitItem, WaitOptions };
