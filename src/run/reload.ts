import { sendSignal } from "../sys/process/process.ts";
import type { ServiceRun } from "./serviceRun.ts";
import { runStep } from "./steps.ts";

/** SIGHUP reloads a service that can reload, as `systemctl reload` does; other services get the signal. */
export function reloadOnHangup(run: ServiceRun): void {
  const { type, commands } = run.lifecycle;
  if (type !== "notify-reload" && commands.ExecReload.length === 0) return;
  let last: Promise<unknown> = Promise.resolve();
  run.stopRequest.onReload(() => {
    last = last.then(() => reload(run));
  });
}

async function reload(run: ServiceRun): Promise<void> {
  if (run.main !== undefined && run.lifecycle.type === "notify-reload") {
    sendSignal(run.main.pid, run.lifecycle.killing.reload);
  }
  if (await runStep(run, "ExecReload")) await runStep(run, "ExecReloadPost");
}
