import type { NAMESPACE_FLAGS } from "../values/namespaces.ts";
import recorded from "./assessors.json" with { type: "json" };

/** One row of systemd-analyze(1) security. */
export interface Assessor {
  /** `PrivateNetwork=`; of those for one of several values `RestrictNamespaces=~user`. */
  readonly name: string;
  /** systemd's own name of it in JSON. */
  readonly field: string;
  readonly weight: number;
  /** The worst there is; 0 is the best. */
  readonly range: number;
  /** What a container may do where the row is bad: `may …`. */
  readonly right: string;
  /** Bad with any of them in the bounding set. */
  readonly capabilities?: readonly string[];
  /** Bad with any of its system calls. */
  readonly group?: string;
  readonly namespace?: keyof typeof NAMESPACE_FLAGS;
}

/** systemd's table (src/analyze/analyze-security.c, security_assessor_table), in its order. */
export const ASSESSORS = recorded.rows as readonly Assessor[];

/** The version of systemd that the weights are from. */
export const ASSESSORS_OF_SYSTEMD = recorded.systemd;
