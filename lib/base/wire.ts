/** Reads what the binding packs: little-endian numbers, and bytes after their length. */
export class WireReader {
  /** What it reads, of which it may be told to read the first only. */
  readonly room: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.room = bytes;
    this.#end = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether everything has been read. */
  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Begins anew, with what is at the room's start now. */
  rewind(length: number): void {
    this.#at = 0;
    this.#end = length;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** A copy of the next bytes. */
  bytes(): Uint8Array {
    const length = this.u32();
    const at = this.#advance(length);
    return new Uint8Array(this.room.subarray(at, at + length));
  }

  /** Text, of which what is no UTF-8 becomes U+FFFD. */
  text(): string {
    const length = this.u32();
    const at = this.#advance(length);
    const { buffer, byteOffset } = this.room;
    return Buffer.from(buffer, byteOffset + at, length).toString();
  }

  #advance(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
