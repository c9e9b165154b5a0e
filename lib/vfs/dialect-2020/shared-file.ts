import type { OpenFile } from "../node.js";

/** A file that is open for a connection and its clones: it is closed when the last of them ends. */
export class SharedFile {
  readonly file: OpenFile;
  #users = 1;

  constructor(file: OpenFile) {
    this.file = file;
  }

  /** The same file, for one more. */
  share(): this {
    this.#users += 1;
    return this;
  }

  /** Gives it up for one of them. */
  release(): void {
    this.#users -= 1;
    if (this.#users > 0) {
      return;
    }
    try {
      this.file.close();
    } catch {
      // Nobody is left to hear why.
    }
  }
}
