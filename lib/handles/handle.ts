import { DISPOSE } from "../base/dispose.js";
import { checkStatus, ForeignHandleError } from "../base/errors.js";
import { jsonable, jsonOf } from "../base/json.js";
import { checkCString, type CString, decodeName, NAME_SIZE } from "../base/strings.js";
import { checkU32, checkU64, invalidType, invalidValue } from "../base/validate.js";
import type { Context } from "../kernel/context.js";
import type { Kernel } from "../kernel/kernel.js";
import type { Completion } from "../native/completion.js";
import { WAIT_PENDING } from "../native/event-loop.js";
import type { NativeBinding } from "../native/native-loader.js";
import { type ObjectType, objectTypeName } from "../zx/object-type.js";
import { Rights } from "../zx/rights.js";
import { TIME_INFINITE, waitLimits, type WaitOptions } from "../zx/wait-options.js";
import type { Port } from "./port.js";

type NativeKernel = InstanceType<NativeBinding["NativeKernel"]>;

const PROP_NAME = 3;
const INFO_HANDLE_BASIC = 2;
const INFO_HANDLE_COUNT = 19;

/** Room for every single record. */
const recordBytes = new Uint8Array(256);
const recordView = new DataView(recordBytes.buffer);
const nameBytes = new Uint8Array(NAME_SIZE);
const nameView = new DataView(nameBytes.buffer);
const propertyBytes = new Uint8Array(8);
const propertyView = new DataView(propertyBytes.buffer);

/** When a packet of {@link Handle.waitAsync} comes, and what it tells (`ZX_WAIT_ASYNC_*`). */
export const WaitAsyncOptions = Object.freeze({
  /** The packet tells when the signals matched. */
  TIMESTAMP: 1 << 0,
  /** Signals that are set already do not match; only ones that become set. */
  EDGE: 1 << 1,
  /** As TIMESTAMP, on the boot clock, which is the same here. */
  BOOT_TIMESTAMP: 1 << 2,
} as const);

/** The signals of a wait that has ended without any. */
const nothing = () => 0;

/** The error for a handle that its keeper cannot do without. */
export function keptError(name: string, handle: Handle): TypeError {
  const reason = `is ${handle.kept}, which cannot be given away: pass its duplicate()`;
  return invalidValue(name, reason, handle);
}

/** `zx_info_handle_basic_t` */
export interface HandleBasicInfo {
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
export class Handle implements Disposable {
  readonly #context: Context;
  #value: number;
  #kept: string | undefined;

  /** Takes over the handle with this raw value in the context's table. */
  constructor(context: Context, value: number) {
    this.#context = context;
    this.#value = value;
  }

  /** The context whose table holds the handle, and on whose behalf it is used. */
  get context(): Context {
    return this.#context;
  }

  /** The kernel of the object. */
  get kernel(): Kernel {
    return this.context.kernel;
  }

  /** The raw value in the context's table; 0 once the handle is closed or moved. */
  get value(): number {
    return this.#value;
  }

  /** Whether the handle was neither closed nor moved. */
  get isValid(): boolean {
    return this.#value !== 0;
  }

  /** The object's id: unique in its kernel. */
  get koid(): bigint {
    return this.basicInfo().koid;
  }

  /** The koid of the peer, parent or owner; 0 for none. */
  get relatedKoid(): bigint {
    return this.basicInfo().relatedKoid;
  }

  /** What the handle allows. */
  get rights(): Rights {
    return this.basicInfo().rights;
  }

  /** The object's type. */
  get objectType(): ObjectType {
    return this.basicInfo().type;
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_HANDLE_BASIC`. Needs no right.
   *
   * @throws {@link ZxError} `BAD_HANDLE`
   */
  basicInfo(): HandleBasicInfo {
    const view = this.record(INFO_HANDLE_BASIC);
    return jsonable({
      koid: view.getBigUint64(0, true),
      rights: view.getUint32(8, true),
      type: view.getUint32(12, true) as ObjectType,
      relatedKoid: view.getBigUint64(16, true),
    });
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_HANDLE_COUNT`: how many handles the object has. Needs
   * INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  handleCount(): number {
    return this.record(INFO_HANDLE_COUNT).getUint32(0, true);
  }

  /**
   * `ZX_PROP_NAME`: empty for types without names. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getName(): string {
    const { native, id } = this.context;
    const read = native.objectGetProperty(id, this.#value, PROP_NAME, nameBytes);
    checkStatus("zx_object_get_property", read);
    return decodeName(nameView, 0);
  }

  /**
   * Sets `ZX_PROP_NAME`, of which 31 bytes are kept. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`; `NOT_SUPPORTED` for types without names
   */
  setName(name: CString): void {
    const { native, id } = this.context;
    const bytes = checkCString("name", name);
    const status = native.objectSetProperty(id, this.#value, PROP_NAME, bytes);
    checkStatus("zx_object_set_property", status);
  }

  /**
   * `zx_handle_duplicate`: a second handle, with these rights or fewer. Needs DUPLICATE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for rights not held
   */
  duplicate(rights: Rights = Rights.SAME_RIGHTS): this {
    checkU32("rights", rights);
    const value = this.context.native.handleDuplicate(this.context.id, this.#value, rights);
    return this.#sibling(this.context, checkStatus("zx_handle_duplicate", value));
  }

  /**
   * `zx_handle_replace`: the same object through a new handle, with these rights or fewer. This
   * handle is gone afterwards, also on an error.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for rights not held
   * @throws TypeError `ERR_INVALID_ARG_VALUE` for a handle that cannot be given away
   */
  replace(rights: Rights): this {
    checkU32("rights", rights);
    const { native, id } = this.context;
    const value = native.handleReplace(id, this.take(), rights);
    return this.#sibling(this.context, checkStatus("zx_handle_replace", value));
  }

  /**
   * Moves the handle into the table of another context of the same kernel. Needs TRANSFER. On an
   * error it stays where it is.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a disposed context
   * @throws TypeError `ERR_INVALID_ARG_VALUE` for a handle that cannot be given away
   */
  transferTo(context: Context): this {
    this.#checkGiven();
    if (context.kernel !== this.kernel) {
      throw invalidValue("context", "must belong to the same kernel", context);
    }
    const { native, id } = this.context;
    const value = native.handleTransfer(id, this.#value, context.id);
    checkStatus("zx_handle_transfer", value);
    this.take();
    return this.#sibling(context, value);
  }

  /**
   * `zx_object_signal`: clears, then sets signals. Needs SIGNAL.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for signals that are
   * neither the user's nor an event's SIGNALED
   */
  signal(clear: number, set: number): void {
    checkU32("clear", clear);
    checkU32("set", set);
    const { native, id } = this.context;
    checkStatus("zx_object_signal", native.objectSignal(id, this.#value, clear, set));
  }

  /**
   * `zx_object_wait_one`: resolves with all signals once one of `signals` is set. Needs WAIT.
   *
   * A pending wait keeps Node alive.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `TIMED_OUT`; `CANCELED` if the handle is
   * closed or moved meanwhile. The last two tell the signals in `observed`.
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async waitOne(signals: number, options: WaitOptions = {}): Promise<number> {
    checkU32("signals", signals);
    return this.waitFor(signals, options, true);
  }

  /**
   * {@link Handle.waitOne} for those who say whether Node stays alive for it. Options that are wrong are
   * thrown, not rejected.
   *
   * @internal
   */
  waitFor(signals: number, options: WaitOptions, keepAlive: boolean): Promise<number> {
    const { deadline, signal } = waitLimits(options, () => this.context.native.now());
    return this.#wait(signals, deadline, signal, keepAlive);
  }

  /**
   * Waits until one of `signals` is set, nothing can set it any more, or `ended` aborts: whoever waits
   * looks for himself what there is then.
   *
   * @internal
   */
  async waitUnless(ended: AbortSignal, signals: number): Promise<void> {
    await this.#wait(signals, TIME_INFINITE, ended, true, nothing).catch(() => {});
  }

  #wait(
    signals: number,
    deadline: bigint,
    signal: AbortSignal | undefined,
    keepAlive: boolean,
    aborted?: () => number,
  ): Promise<number> {
    const { native, id, loop } = this.context;
    const operation = "zx_object_wait_one";
    return loop.wait({
      operation,
      signal,
      keepAlive,
      aborted,
      start: (token: number) => {
        const observed = native.objectWaitOne(id, this.#value, signals, deadline, token);
        return checkStatus(operation, observed) === WAIT_PENDING ? undefined : observed;
      },
      completed: ({ observed }: Completion) => observed,
    });
  }

  /**
   * `zx_object_wait_async`: a {@link SignalPacket} with `key` comes to the port once one of
   * `signals` is set. Needs WAIT, and WRITE on the port, which is of the same context. Unlike a
   * pending wait, this does not keep Node alive.
   *
   * @param options bits of {@link WaitAsyncOptions}
   * @throws {@link ZxError} `INVALID_ARGS` for other options or both timestamps; `BAD_HANDLE`,
   * `ACCESS_DENIED` for the port; then for this handle
   */
  waitAsync(port: Port, key: bigint, signals: number, options = 0): void {
    // A subclass, which this module cannot name; what else it may be, the kernel refuses.
    if (!((port as unknown) instanceof Handle)) {
      throw invalidType("port", "an instance of Port", port);
    }
    checkU64("key", key);
    checkU32("signals", signals);
    checkU32("options", options);
    const { native, id } = this.context;
    const target = port.valueIn(this.context, "port");
    const status = native.objectWaitAsync(id, this.#value, target, key, signals, options);
    checkStatus("zx_object_wait_async", status);
  }

  /** `zx_handle_close`. Does nothing if the handle is closed or moved already. */
  close(): void {
    const value = this.#release();
    if (value !== 0) {
      // It may be gone with its context or kernel; there is nothing left to close then.
      this.context.native.handleClose(this.context.id, value);
    }
  }

  /** Same as {@link Handle.close}. */
  dispose(): void {
    this.close();
  }

  /** Same as {@link Handle.close}. */
  [DISPOSE](): void {
    this.close();
  }

  /** What it is a handle to; of one that is gone, nothing but its value. */
  toJSON(): object {
    const value = this.#value;
    try {
      const { koid, type, rights } = this.basicInfo();
      return jsonOf({ value, type: objectTypeName(type), koid, rights });
    } catch {
      return { value };
    }
  }

  /**
   * Keeps the handle from being given away.
   *
   * @param what the handle is, as messages are to say it: `the kernel's root job`
   * @internal
   */
  keepAs(what: string): this {
    this.#kept = what;
    return this;
  }

  /**
   * What the handle is, if it cannot be given away.
   *
   * @internal
   */
  get kept(): string | undefined {
    return this.#kept;
  }

  /**
   * Takes the value out: whoever gets it owns the handle now.
   *
   * @internal
   */
  take(): number {
    this.#checkGiven();
    return this.#release();
  }

  /**
   * Whether this is a handle, and in another table than that of `context`.
   *
   * @internal
   */
  isForeignTo(context: Context): boolean {
    return this.isValid && this.context !== context;
  }

  /**
   * The raw value for a call of `context`.
   *
   * @param name what the caller knows the handle as
   * @throws {@link ForeignHandleError} for a handle of another context
   * @internal
   */
  valueIn(context: Context, name: string): number {
    if (this.isForeignTo(context)) {
      throw new ForeignHandleError(name, this, context);
    }
    return this.#value;
  }

  /**
   * The record that an information topic answers, until the next call.
   *
   * @internal
   */
  protected record(topic: number): DataView {
    const { native, id } = this.context;
    checkStatus("zx_object_get_info", native.objectGetInfo(id, this.#value, topic, recordBytes));
    return recordView;
  }

  /**
   * The records of `size` bytes that an information topic lists.
   *
   * @internal
   */
  protected records(topic: number, size: number): DataView[] {
    const { native, id } = this.context;
    let bytes = new Uint8Array(64 * size);
    for (;;) {
      const used = native.objectGetInfo(id, this.#value, topic, bytes);
      checkStatus("zx_object_get_info", used);
      if (used <= bytes.length) {
        const { buffer } = bytes;
        const length = Math.trunc(used / size);
        return Array.from({ length }, (_, index) => new DataView(buffer, index * size, size));
      }
      bytes = new Uint8Array(used);
    }
  }

  /**
   * The koids that an information topic lists.
   *
   * @internal
   */
  protected koids(topic: number): bigint[] {
    return jsonable(this.records(topic, 8).map((view) => view.getBigUint64(0, true)));
  }

  /**
   * A property that is a number of 64 bits.
   *
   * @internal
   */
  protected getProperty(property: number): bigint {
    const { native, id } = this.context;
    const read = native.objectGetProperty(id, this.#value, property, propertyBytes);
    checkStatus("zx_object_get_property", read);
    return propertyView.getBigUint64(0, true);
  }

  /**
   * Sets such a property.
   *
   * @internal
   */
  protected setProperty(property: number, value: bigint): void {
    const { native, id } = this.context;
    propertyView.setBigUint64(0, value, true);
    const status = native.objectSetProperty(id, this.#value, property, propertyBytes);
    checkStatus("zx_object_set_property", status);
  }

  /**
   * The native kernel, for subclasses.
   *
   * @internal
   */
  protected get native(): NativeKernel {
    return this.context.native;
  }

  #release(): number {
    const value = this.#value;
    this.#value = 0;
    return value;
  }

  #checkGiven(): void {
    if (this.#kept !== undefined) {
      throw keptError("this", this);
    }
  }

  /** A handle object of the same class. */
  #sibling(context: Context, value: number): this {
    const Class = this.constructor as new (context: Context, value: number) => this;
    return new Class(context, value);
  }
}
