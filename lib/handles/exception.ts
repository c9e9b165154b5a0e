import { checkStatus } from "../base/errors.js";
import { checkBoolean, checkU32 } from "../base/validate.js";
import { ExceptionState } from "../zx/exception.js";
import { Handle } from "./handle.js";
import { Process } from "./process.js";
import { Thread } from "./thread.js";

const PROP_STATE = 16;
const PROP_STRATEGY = 18;

const propertyBytes = new Uint8Array(4);
const propertyView = new DataView(propertyBytes.buffer);

/**
 * A thread that waits for its handler's answer, which is to close this handle: the next handler is
 * asked then, or else the thread does what {@link Exception.setState} has said.
 *
 * What begins or ends a thread, or begins a process, only waits; its state means nothing.
 */
export class Exception extends Handle {
  /**
   * `zx_exception_get_thread`: with the rights of the handle that the channel was made with. Needs no
   * right.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `NO_MEMORY`
   */
  getThread(): Thread {
    const thread = this.native.exceptionGetThread(this.context.id, this.value);
    return new Thread(this.context, checkStatus("zx_exception_get_thread", thread));
  }

  /**
   * `zx_exception_get_process`: with the same rights. Needs no right.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` for what has come from a thread's channel;
   * `NO_MEMORY`
   */
  getProcess(): Process {
    const process = this.native.exceptionGetProcess(this.context.id, this.value);
    return new Process(this.context, checkStatus("zx_exception_get_process", process));
  }

  /**
   * `ZX_PROP_EXCEPTION_STATE`, TRY_NEXT until it is set. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getState(): ExceptionState {
    return this.#get(PROP_STATE) as ExceptionState;
  }

  /**
   * Sets `ZX_PROP_EXCEPTION_STATE`. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for another number, and for
   * THREAD_EXIT in a context of the ABI of 2020
   */
  setState(state: ExceptionState): void {
    this.#set(PROP_STATE, checkU32("state", state));
  }

  /**
   * `ZX_PROP_EXCEPTION_STRATEGY`: whether the debugger is asked again once the process's own handler
   * has been. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getSecondChance(): boolean {
    return this.#get(PROP_STRATEGY) !== 0;
  }

  /**
   * Sets `ZX_PROP_EXCEPTION_STRATEGY`, which stays as it is for the next handlers. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless it has come from the
   * channel of a process's debugger
   */
  setSecondChance(again: boolean): void {
    this.#set(PROP_STRATEGY, Number(checkBoolean("again", again)));
  }

  /**
   * Lets the thread go on, with what has been changed of its registers and memory, and closes the
   * handle. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  resume(): void {
    this.setState(ExceptionState.HANDLED);
    this.close();
  }

  #get(property: number): number {
    const { native, id } = this.context;
    const read = native.objectGetProperty(id, this.value, property, propertyBytes);
    checkStatus("zx_object_get_property", read);
    return propertyView.getUint32(0, true);
  }

  #set(property: number, value: number): void {
    const { native, id } = this.context;
    propertyView.setUint32(0, value, true);
    const status = native.objectSetProperty(id, this.value, property, propertyBytes);
    checkStatus("zx_object_set_property", status);
  }
}
