import { dirname } from "node:path";
import { makeDirectory } from "../../sys/files/files.ts";
import { openNotifySocket } from "../../sys/process/notifySocket.ts";
import { changeMain } from "../main.ts";
import type { ServiceRun } from "../serviceRun.ts";
import { mayNotify, parseNotification } from "./notification.ts";
import { NOTIFY_SOCKETS } from "./notifySocket.ts";

/** Handles messages of the service until `stop` is called. */
export function listen(run: ServiceRun, path: string): { stop(): void } {
  for (const directory of [NOTIFY_SOCKETS, dirname(path)]) makeDirectory(directory, 0o755);
  const socket = openNotifySocket(path, (text, pid) => {
    const known = { main: run.main?.pid, control: run.control?.pid, all: () => run.fence.processes() };
    if (mayNotify(pid, run.lifecycle.notifyAccess, known)) handleNotification(run, text);
  });
  return { stop: socket.close };
}

function handleNotification(run: ServiceRun, text: string): void {
  const message = parseNotification(text);
  if (message.mainPid !== undefined && run.fence.processes().includes(message.mainPid))
    changeMain(run, message.mainPid);
  if (message.extendMicroseconds !== undefined) run.timer?.extend(message.extendMicroseconds / 1000);
  if (message.watchdog === "alive") run.watchdog?.restart();
  if (message.watchdog === "failed") run.watchdogExpired.resolve();
  if (message.ready) run.ready.resolve();
}
