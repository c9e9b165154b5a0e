import { DirectoryAdmin, File, Node } from "../../fidl/libraries/fuchsia-io.js";
import { type Answering, answering } from "../../fidl/server.js";
import { DirectorySession } from "../directory-session.js";
import { FileSession } from "../file-session.js";
import type { Session } from "../session.js";
import { DirectoryConnection } from "./directory-connection.js";
import { FileConnection } from "./file-connection.js";
import { NodeConnection } from "./node-connection.js";

/** Answers the fuchsia.io of 2020 for a connection. */
export function answers2020(session: Session): Answering {
  if (session instanceof DirectorySession) {
    return answering(DirectoryAdmin, new DirectoryConnection(session));
  }
  return session instanceof FileSession
    ? answering(File, new FileConnection(session))
    : answering(Node, new NodeConnection(session));
}
