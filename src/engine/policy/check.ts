import type { Context, Service } from "../../model/directive.ts";
import type { Spec } from "../../oci/spec.ts";
import type { ImageFiles } from "../image/files.ts";
import type { ContainerRequest } from "../request/request.ts";

/** A check of the request alone; the settings need not be readable. */
export type RequestCheck = (request: ContainerRequest) => Iterable<string>;

/** A check of the service that the profile and the annotations make together. */
export type ServiceCheck = (request: ContainerRequest, service: Service, bounds: Bounds) => Iterable<string>;

/** A check that needs the claimed identity; run before anything is made on the host. */
export type StartCheck = (request: ContainerRequest, context: Context, facts: StartFacts) => Iterable<string>;

/** Facts of a start in addition to its context. */
export interface StartFacts {
  /** Absent for a container that keeps the engine's user. */
  readonly image: ImageFiles | undefined;
  /** Absent for an unprivileged user, whose directories are all below its home. */
  readonly records: DirectoryRecords | undefined;
  /** Absent for an unprivileged user, which reaches its own files only. */
  readonly volumes: VolumeRecords | undefined;
}

/** What volumes are, by absolute paths without links. */
export interface VolumeRecords {
  /** The engine, with a namespace, of the containers that it belongs to; undefined without a record. */
  takerOf(path: string): string | undefined;
  isEmpty(path: string): boolean;
  /** Names of what is in a directory; none where it is missing. */
  namesIn(path: string): readonly string[];
}

/** Which container made a directory that outlasts it. */
export interface DirectoryRecords {
  /** Whether the directory, one above it or one below it was made for a container. */
  isRecorded(path: string): boolean;
  /** The engine of the last container that used it; undefined for directories of pods and without a record. */
  engineOf(path: string): string | undefined;
}

/** What a service is compared with. */
export interface Bounds {
  /** The profile alone. */
  readonly profile: Service;
  /** The maxima as if they were settings. */
  readonly maxima: Service;
  /** As the engine wrote it. */
  readonly spec: Spec;
}

/** Checks of one way in which engines call dynuser. */
export interface Door {
  readonly service: readonly ServiceCheck[];
  readonly start: readonly StartCheck[];
}
