import { hashOfName } from "../../../src/identity/name.ts";
import { podUserName } from "../../../src/identity/podName.ts";
import type { Random } from "../random.ts";

/** A cluster as Kubernetes is tested at its limits. */
export interface Cluster {
  readonly nodes: number;
  readonly pods: number;
}

/** UIDs of systemd's range. */
export const DYNAMIC_UIDS = 65519 - 61184 + 1;

export interface Collisions {
  /** Containers whose first UID, that of their name, another one of the node had already. */
  readonly second: number;
  /** Most UIDs that one container had to try, and the sum of all. */
  readonly most: number;
  readonly tries: number;
  /** Containers that found none at all. */
  readonly none: number;
}

/** Puts every pod on a node as its scheduler would, one container each, and gives it a UID as allocate.ts does. */
export function simulateNodes({ nodes, pods }: Cluster, random: Random): Collisions {
  const taken = Array.from({ length: nodes }, () => new Set<number>());
  const sum = { second: 0, most: 0, tries: 0, none: 0 };
  for (const [index, name] of [...namesOf(pods)].entries()) {
    const tries = giveUid(name, taken[index % nodes]!, random);
    sum.tries += tries;
    sum.most = Math.max(sum.most, tries);
    if (tries > 1) sum.second += 1;
  }
  return sum;
}

function giveUid(name: string, taken: Set<number>, random: Random): number {
  let uid = hashOfName(name, DYNAMIC_UIDS);
  let tries = 1;
  while (taken.has(uid)) {
    uid = random.below(DYNAMIC_UIDS);
    tries += 1;
  }
  taken.add(uid);
  return tries;
}

/** Pairs of containers anywhere in the cluster that have the same fixed UID. */
export function countFixedPairs(pods: number, size: number): number {
  const counts = new Map<number, number>();
  for (const name of namesOf(pods)) {
    const uid = hashOfName(name, size);
    counts.set(uid, (counts.get(uid) ?? 0) + 1);
  }
  return [...counts.values()].reduce((pairs, count) => pairs + (count * (count - 1)) / 2, 0);
}

/** Deployments of ten pods each in namespaces of a hundred pods. */
function* namesOf(pods: number): Iterable<string> {
  for (let pod = 0; pod < pods; pod++) {
    const namespace = `team-${Math.floor(pod / 100)}`;
    yield podUserName({ namespace, name: `app-${Math.floor(pod / 10)}-${pod % 10}`, container: "main" }, undefined);
  }
}
