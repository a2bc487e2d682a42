import { quote, UserError } from "../../errors.ts";
import { attachFilters, closeMaps } from "../../host/network/filters.ts";
import { cgroupOfInit, requireUnifiedRoot } from "../../host/network/unifiedCgroups.ts";
import type { OwnedNetworkRule } from "../../model/networkRule.ts";
import { withContext } from "../../sys/failure.ts";

/**
 * Attaches the network filters of a container's cgroup.
 * @throws UserError also for a denied interface that is not there: the engine may add it later on
 */
export function filterNetwork(pid: number, rules: readonly OwnedNetworkRule[]): void {
  const cgroup = withContext(`honour ${rules[0]!.owner}=`, () => cgroupOfInit(pid, requireUnifiedRoot()));
  const { maps, missing } = attachFilters(rules, { pid, cgroup });
  closeMaps(maps);
  if (missing.length === 0) return;
  throw new UserError(
    `cannot honour RestrictNetworkInterfaces=: found no interface ${quote(missing[0]!)}, expected one of the container's network`,
  );
}
