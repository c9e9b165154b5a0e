import { Directory, File, Node } from "../../fidl/libraries/fuchsia-io-2026.js";
import { type Answering, answering } from "../../fidl/server.js";
import { DirectorySession } from "../directory-session.js";
import { FileSession } from "../file-session.js";
import type { Session } from "../session.js";
import { DirectoryConnection } from "./directory-connection.js";
import { FileConnection } from "./file-connection.js";
import { NodeConnection } from "./node-connection.js";

/** Answers the fuchsia.io of today for a connection. References speak of the node alone. */
export function answers2026(session: Session): Answering {
  if (session.isReference) {
    return answering(Node, new NodeConnection(session));
  }
  if (session instanceof DirectorySession) {
    return answering(Directory, new DirectoryConnection(session));
  }
  return session instanceof FileSession
    ? answering(File, new FileConnection(session))
    : answering(Node, new NodeConnection(session));
}
