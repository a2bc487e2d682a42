import { readOomKills } from "./host/usage.ts";
import { fail, type ServiceRun } from "./serviceRun.ts";

const LOOK_MS = 100;

/** Looks for processes that the kernel kills for want of memory, until `stop` is called. */
export function watchMemory(run: ServiceRun): { stop(): void } {
  const timer = setInterval(() => {
    if (noteOomKill(run)) run.outOfMemory.resolve();
  }, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}

/**
 * Fails the service if the kernel has killed a process of it for want of memory and OOMPolicy= does not tolerate that
 * (src/core/service.c, service_notify_cgroup_oom_event); whether it did.
 */
export function noteOomKill(run: ServiceRun): boolean {
  const { oomPolicy } = run.lifecycle;
  if (oomPolicy === "continue" || run.outcome.result !== "success" || !readOomKills(run.cgroups)) return false;
  fail(run, "oom-kill", "the kernel killed one of its processes for want of memory", KILLED);
  return true;
}

/** 128 + SIGKILL. */
const KILLED = 137;
