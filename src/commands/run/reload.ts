import { sendSignal } from "../../sys/process.ts";
import type { Life } from "./life.ts";
import { runStep } from "./steps.ts";

/** SIGHUP is to us what `systemctl reload` is to systemd, for a service that can reload; to others it is passed on. */
export function reloadOnHangup(life: Life): void {
  const { type, commands } = life.lifecycle;
  if (type !== "notify-reload" && commands.ExecReload.length === 0) return;
  let last: Promise<unknown> = Promise.resolve();
  life.orders.onReload(() => {
    last = last.then(() => reload(life));
  });
}

async function reload(life: Life): Promise<void> {
  if (life.main !== undefined && life.lifecycle.type === "notify-reload") {
    sendSignal(life.main.pid, life.lifecycle.killing.reload);
  }
  await runStep(life, "ExecReload");
}
