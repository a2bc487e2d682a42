import type { Owned } from "../../model/plan.ts";
import type { Seccomp } from "../../oci/spec.ts";

/** What becomes of all filters of a container. */
export interface JoinedFilters {
  readonly seccomp: Seccomp | undefined;
  /** Where it cannot be what the settings say; the owner is the directive that forbids the calls. */
  readonly warnings: readonly Owned<string>[];
  /** It is the engine's profile as it was. */
  readonly isEngines?: true;
  /** What crun's libseccomp makes of it, in base64; absent where that is not known. */
  readonly program?: string | undefined;
}
