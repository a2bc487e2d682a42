import type { NAMESPACE_FLAGS } from "../values/namespaces.ts";
import recorded from "./assessors.json" with { type: "json" };

/** One row of systemd-analyze(1) security. */
export interface Assessor {
  /** `PrivateNetwork=`, or for one of several values `RestrictNamespaces=~user`. */
  readonly name: string;
  /** systemd's name of it in JSON. */
  readonly field: string;
  readonly weight: number;
  /** The worst badness; 0 is the best. */
  readonly range: number;
  /** What the container can do if the row is bad: `may …`. */
  readonly right: string;
  /** Bad if the bounding set has any of these capabilities. */
  readonly capabilities?: readonly string[];
  /** Bad if any system call of this group is allowed. */
  readonly group?: string;
  readonly namespace?: keyof typeof NAMESPACE_FLAGS;
}

/** systemd's table (src/analyze/analyze-security.c, security_assessor_table), in its order. */
export const ASSESSORS = recorded.rows as readonly Assessor[];

/** The systemd version of the weights. */
export const ASSESSORS_OF_SYSTEMD = recorded.systemd;
