import type { Release } from "../model/action.ts";
import { recordFormat } from "../sys/files/recordFile.ts";
import type { ProcessId } from "./process.ts";
import { validate } from "./validateHolder.gen.ts";

/** Where a container's low-level runtime keeps its state: `ROOT/ID` is there from create to delete. */
export interface RuntimeState {
  /** The program, absolute. */
  readonly path: string;
  readonly root: string;
  readonly id: string;
}

/** One container that uses a user, from its claim to the end of its release; kept as a file. */
export interface Holder {
  /** The container's, unique on the host. */
  readonly id: string;
  /** The lease of the user: its name, or `static=UID`. */
  readonly lease: string;
  /** The lease of the group where it is another one. */
  readonly groupLease?: string;
  readonly name: string;
  readonly groupName: string;
  readonly uid: number;
  readonly gid: number;
  readonly phase: "claimed" | "attached" | "releasing";
  /** The process that claimed it. */
  readonly claimer: ProcessId;
  /** The container's init, once it runs. */
  readonly init?: ProcessId;
  /** The main process of a run without cgroups: what is left of it ends with it. */
  readonly main?: ProcessId;
  /** Absolute paths of directories; all processes below them are the container's. */
  readonly cgroups: readonly string[];
  readonly runtime?: RuntimeState;
  /** What is removed after the last process has ended. */
  readonly releases: readonly Release[];
  readonly createdAt: string;
  readonly origin?: Origin;
}

/** The engine and its container, for readers of the ledger. */
export interface Origin {
  /** `podman`, `kubernetes` …, or `dynuser` for `dynuser run`. */
  readonly engine: string;
  /** The ID that the engine calls it by. */
  readonly container: string;
  /** As the engine reports it. */
  readonly image?: string;
}

export const holderFormat = recordFormat<Holder>("holder", validate);
