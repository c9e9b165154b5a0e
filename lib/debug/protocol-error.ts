/** A request of a debugger's that cannot be answered. What it says reaches whoever uses the debugger. */
export class ProtocolError extends Error {
  static {
    this.prototype.name = "ProtocolError";
  }
}
