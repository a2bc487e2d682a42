import { directive } from "../directive.ts";
import type { Facts } from "../facts.ts";
import { needController } from "../values/controllers.ts";
import { amountOf, taskAmount } from "../values/resourceAmount.ts";
import { INFINITY } from "../values/size.ts";

export const TasksMax = directive({
  name: "TasksMax",
  summary: "Number of processes and threads that the service cannot go beyond",
  value: taskAmount,
  support: "full",
  effect: "takes",
  *plan(amount, { facts }) {
    needController("TasksMax", "pids", facts.cgroups);
    const tasks = amountOf(amount, mostTasks(facts));
    yield { kind: "resources", resources: { pids: { limit: tasks === INFINITY ? -1 : tasks } } };
  },
});

/** What the kernel can count (src/basic/limits-util.c, system_tasks_max). */
function mostTasks({ host }: Facts): bigint {
  const limits = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"].map((path) =>
    BigInt((host.read(path, 64) ?? "32768").trim()),
  );
  return limits.reduce((least, limit) => (limit < least ? limit : least));
}
