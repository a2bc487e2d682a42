import type { Origin } from "./holderRecord.ts";

export interface IdentityRequest {
  /** User= or the name derived from the unit; digits are a static user. */
  readonly name: string;
  /** Group=; the user's own group where it is absent. */
  readonly groupName?: string | undefined;
  /** The name was given to this service alone (--name): a user or group of the host must not have it. */
  readonly isOwnName?: boolean | undefined;
  /** DynamicUser=; otherwise user and group have to exist. */
  readonly dynamic: boolean;
  /** Directories of the service: their owners are the first candidates for the UID. */
  readonly owners: readonly string[];
  /** The container's ID, unique on the host, and the claiming process, whose end ends a claim without init. */
  readonly holder: { readonly id: string; readonly pid: number; readonly origin?: Origin | undefined };
  /** Groups that the user joins, by name or number; the host's tools show those given by name. */
  readonly supplementary: readonly string[];
}
