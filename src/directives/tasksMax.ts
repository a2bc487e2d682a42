import { directive } from "../model/directive.ts";
import type { Facts } from "../model/facts.ts";
import { needController } from "../values/controllers.ts";
import { amountOf, taskAmount } from "../values/resourceAmount.ts";
import { INFINITY } from "../values/size.ts";

export const TasksMax = directive({
  name: "TasksMax",
  summary: "Limits the number of tasks (processes and threads)",
  value: taskAmount,
  support: "partial",
  deviation:
    "without it DefaultTasksMax= applies in a scope of systemd only; elsewhere the caller's limit does, of a container the engine's",
  effect: "restricts",
  suggest: "never",
  *plan(amount, { facts }) {
    needController("TasksMax", "pids", facts.cgroups);
    const tasks = amountOf(amount, mostTasks(facts));
    yield { kind: "resources", resources: { pids: { limit: tasks === INFINITY ? -1 : tasks } } };
  },
});

/** The system-wide maximum (src/basic/limits-util.c, system_tasks_max). */
function mostTasks({ host }: Facts): bigint {
  const limits = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"].map((path) =>
    BigInt((host.read(path, 64) ?? "32768").trim()),
  );
  return limits.reduce((least, limit) => (limit < least ? limit : least));
}
