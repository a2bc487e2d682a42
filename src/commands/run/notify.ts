import { processesIn } from "../../identity/processes.ts";
import { makeDirectory } from "../../sys/files.ts";
import { openNotifySocket } from "../../sys/notifySocket.ts";
import type { Life } from "./life.ts";
import { changeMain } from "./main.ts";
import { mayNotify, parseNotification } from "./notification.ts";
import { NOTIFY_SOCKETS } from "./notifySocket.ts";

/** Listens to what the service says of itself until `stop` is called. */
export function listen(life: Life, path: string): { stop(): void } {
  makeDirectory(NOTIFY_SOCKETS, 0o755);
  const socket = openNotifySocket(path, (text, pid) => {
    const known = { main: life.main?.pid, control: life.control?.pid, all: () => processesIn(life.cgroups) };
    if (mayNotify(pid, life.lifecycle.notifyAccess, known)) hear(life, text);
  });
  return { stop: socket.close };
}

function hear(life: Life, text: string): void {
  const said = parseNotification(text);
  if (said.mainPid !== undefined && processesIn(life.cgroups).includes(said.mainPid)) changeMain(life, said.mainPid);
  if (said.extendMicroseconds !== undefined) life.timer?.extend(said.extendMicroseconds / 1000);
  if (said.watchdog === "alive") life.watchdog?.restart();
  if (said.watchdog === "failed") life.silence.resolve();
  if (said.ready) life.ready.resolve();
}
