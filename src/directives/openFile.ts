import { directive } from "../model/directive.ts";
import { openFiles } from "../values/openFile.ts";

export const OpenFile = directive({
  name: "OpenFile",
  summary: "Opens a file of the host, or connects to a socket, and passes the descriptor to the service",
  value: openFiles,
  support: "full",
  effect: "grants",
  runOnly: "the engine passes descriptors to a container (podman: --preserve-fds)",
});
