import type { Context } from "../context.js";
import { checkStatus } from "../errors.js";
import type { Kernel } from "../kernel.js";
import type { NativeBinding } from "../native-loader.js";
import type { ObjectType } from "../object-type.js";
import { Rights } from "../rights.js";
import { decode, encode } from "../strings.js";
import {
  checkAbortSignal,
  checkI64,
  checkMilliseconds,
  checkOptions,
  checkString,
  checkU32,
  incompatibleOptions,
  invalidValue,
} from "../validate.js";

type NativeKernel = InstanceType<NativeBinding["NativeKernel"]>;

const TIME_INFINITE = 2n ** 63n - 1n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000;

const PROP_NAME = 3;
const NAME_SIZE = 32;
const INFO_HANDLE_BASIC = 2;
const INFO_HANDLE_COUNT = 19;

/** Room for every single record. */
const recordBytes = new Uint8Array(256);
const recordView = new DataView(recordBytes.buffer);
const nameBuffer = new Uint8Array(NAME_SIZE);

/** When a wait ends that no signal ends. */
export interface WaitOptions {
  /** Absolute, in nanoseconds of the kernel's monotonic clock; never, by default. */
  deadline?: bigint;
  /** From now on, in milliseconds of the kernel's monotonic clock; not with `deadline`. */
  timeout?: number;
  /** Aborts the wait. */
  signal?: AbortSignal;
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
  /** The context whose table holds the handle, and on whose behalf it is used. */
  readonly context: Context;
  #value: number;

  /** Takes over the handle with this raw value in the context's table. */
  constructor(context: Context, value: number) {
    this.context = context;
    this.#value = value;
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
    return {
      koid: view.getBigUint64(0, true),
      rights: view.getUint32(8, true),
      type: view.getUint32(12, true) as ObjectType,
      relatedKoid: view.getBigUint64(16, true),
    };
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
    const read = native.objectGetProperty(id, this.#value, PROP_NAME, nameBuffer);
    checkStatus("zx_object_get_property", read);
    const end = nameBuffer.indexOf(0);
    return decode(nameBuffer.subarray(0, end < 0 ? NAME_SIZE : end));
  }

  /**
   * Sets `ZX_PROP_NAME`; 31 bytes of UTF-8 are kept. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`; `NOT_SUPPORTED` for types without names
   */
  setName(name: string): void {
    const { native, id } = this.context;
    const bytes = encode(checkString("name", name));
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
    return this.sibling(this.context, checkStatus("zx_handle_duplicate", value));
  }

  /**
   * `zx_handle_replace`: the same object through a new handle, with these rights or fewer. This
   * handle is gone afterwards, also on an error.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for rights not held
   */
  replace(rights: Rights): this {
    checkU32("rights", rights);
    const { native, id } = this.context;
    const value = native.handleReplace(id, this.take(), rights);
    return this.sibling(this.context, checkStatus("zx_handle_replace", value));
  }

  /**
   * Moves the handle into the table of another context of the same kernel. Needs TRANSFER. On an
   * error it stays where it is.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for a disposed context
   */
  transferTo(context: Context): this {
    if (context.kernel !== this.kernel) {
      throw invalidValue("context", "must belong to the same kernel", context);
    }
    const { native, id } = this.context;
    const value = native.handleTransfer(id, this.#value, context.id);
    checkStatus("zx_handle_transfer", value);
    this.take();
    return this.sibling(context, value);
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
    checkOptions(options, ["deadline", "timeout", "signal"]);
    const { deadline, timeout, signal } = options;
    if (signal !== undefined) {
      checkAbortSignal("options.signal", signal);
    }
    const limits = { deadline: this.#deadline(deadline, timeout), signal };
    return this.context.loop.wait(this.context.id, this.#value, signals, limits);
  }

  #deadline(deadline: bigint | undefined, timeout: number | undefined): bigint {
    if (timeout === undefined) {
      return deadline === undefined ? TIME_INFINITE : checkI64("options.deadline", deadline);
    }
    if (deadline !== undefined) {
      throw incompatibleOptions("deadline", "timeout");
    }
    const nanoseconds = checkMilliseconds("options.timeout", timeout) * NANOSECONDS_PER_MILLISECOND;
    if (nanoseconds >= Number.MAX_SAFE_INTEGER) {
      return TIME_INFINITE;
    }
    return this.kernel.now() + BigInt(Math.ceil(nanoseconds));
  }

  /** `zx_handle_close`. Does nothing if the handle is closed or moved already. */
  close(): void {
    const value = this.take();
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
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Takes the value out: whoever gets it owns the handle now.
   *
   * @internal
   */
  take(): number {
    const value = this.#value;
    this.#value = 0;
    return value;
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
   * The koids that an information topic lists.
   *
   * @internal
   */
  protected koids(topic: number): bigint[] {
    const { native, id } = this.context;
    let list = new BigUint64Array(64);
    for (;;) {
      const bytes = new Uint8Array(list.buffer);
      const size = native.objectGetInfo(id, this.#value, topic, bytes);
      checkStatus("zx_object_get_info", size);
      if (size <= bytes.length) {
        return Array.from(list.subarray(0, size / BigUint64Array.BYTES_PER_ELEMENT));
      }
      list = new BigUint64Array(size / BigUint64Array.BYTES_PER_ELEMENT);
    }
  }

  /**
   * The native kernel, for subclasses.
   *
   * @internal
   */
  protected get native(): NativeKernel {
    return this.context.native;
  }

  /** A handle object of the same class. */
  private sibling(context: Context, value: number): this {
    const Class = this.constructor as new (context: Context, value: number) => this;
    return new Class(context, value);
  }
}
