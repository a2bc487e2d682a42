import type { Release } from "../action.ts";
import { UserError } from "../errors.ts";
import { listDirectory, removeFile, replaceFile, tryReadText } from "../sys/files.ts";
import type { RuntimeState } from "./container.ts";
import { setAside } from "./damaged.ts";
import type { ProcessMark } from "./process.ts";
import { holdersIn, type Registry } from "./registry.ts";

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
  /** Who claimed it. */
  readonly claimer: ProcessMark;
  /** The container's init, once it runs. */
  readonly init?: ProcessMark;
  /** Absolute paths of directories; all processes below them are the container's. */
  readonly cgroups: readonly string[];
  readonly runtime?: RuntimeState;
  /** What is to be done after the last process has gone. */
  readonly releases: readonly Release[];
  readonly createdAt: string;
  readonly origin?: Origin;
}

/** Whose container it is, for people who look at the ledger. */
export interface Origin {
  /** `podman`, `kubernetes` …, or `dynuser` for one of our own. */
  readonly engine: string;
  /** The ID that the engine calls it by. */
  readonly container: string;
  /** As the engine tells it. */
  readonly image?: string;
}

/** All leases that the holder has. */
export function leasesOf({ lease, groupLease }: Holder): readonly string[] {
  return groupLease === undefined ? [lease] : [lease, groupLease];
}

export function refuseBadHolderId(id: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.+:@-]{0,199}$/.test(id)) return;
  throw new UserError(
    `cannot use container ID ${JSON.stringify(id)}: expected 1 to 200 letters, digits and _.+:@-, beginning with a letter, digit or _`,
  );
}

/** Undefined when there is none; a damaged one is set aside. */
export function readHolder(id: string, registry: Registry): Holder | undefined {
  const path = pathOf(id, registry);
  const text = tryReadText(path);
  if (text === undefined) return undefined;
  const holder = parseHolder(text);
  if (holder?.id === id) return holder;
  setAside(path, "a lease: found no valid holder", registry);
  return undefined;
}

/** Durable enough for /run: whole or not at all. */
export function writeHolder(holder: Holder, registry: Registry): void {
  replaceFile(pathOf(holder.id, registry), `${JSON.stringify(holder)}\n`, 0o644);
}

export function removeHolder(id: string, registry: Registry): void {
  removeFile(pathOf(id, registry));
}

export function listHolders(registry: Registry): readonly string[] {
  const names = listDirectory(holdersIn(registry.places.own));
  return names.filter((name) => name.endsWith(".json") && !name.startsWith(".")).map((name) => name.slice(0, -5));
}

/** Whether this container's file is there and in order. */
export function isHolder(id: string, registry: Registry): boolean {
  return readHolder(id, registry) !== undefined;
}

/** Undefined unless `text` is a holder in every field: what is read here is trusted with root's powers. */
export function parseHolder(text: string): Holder | undefined {
  if (text.length > 1024 * 1024) return undefined;
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const fits = Object.entries(FIELDS).every(([field, accepts]) => accepts(value[field]));
  return fits ? (value as unknown as Holder) : undefined;
}

type Check = (value: unknown) => boolean;

const FIELDS: Readonly<Record<keyof Holder, Check>> = {
  id: isText,
  lease: isLeaseName,
  groupLease: optional(isLeaseName),
  name: isText,
  groupName: isText,
  uid: isId,
  gid: isId,
  phase: (value) => value === "claimed" || value === "attached" || value === "releasing",
  claimer: isProcess,
  init: optional(isProcess),
  cgroups: listOf(isPath),
  runtime: optional((value) => isObject(value) && isPath(value.path) && isPath(value.root) && isContainerId(value.id)),
  releases: listOf(isRelease),
  createdAt: isText,
  origin: optional(isOrigin),
};

function isRelease(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (value.kind === "remove") return isPath(value.path) && optional(isPath)(value.base) && listOf(isPath)(value.links);
  return value.kind === "removeIpc" && isId(value.uid) && isId(value.gid);
}

function isOrigin(value: unknown): boolean {
  return isObject(value) && isText(value.engine) && isText(value.container) && optional(isText)(value.image);
}

function isProcess(value: unknown): boolean {
  if (!isObject(value)) return false;
  return isId(value.pid) && Number.isFinite(value.startTime) && isText(value.pidNamespace) && isText(value.bootId);
}

function isLeaseName(value: unknown): boolean {
  return isText(value) && /^(?:[A-Za-z_][A-Za-z0-9_-]{0,30}|static=[0-9]{1,10})$/.test(value);
}

/** What runc and crun take, so that it is neither an option nor a path. */
function isContainerId(value: unknown): boolean {
  return isText(value) && /^[A-Za-z0-9_+.][A-Za-z0-9_+.-]*$/.test(value) && !/^\.+$/.test(value);
}

function isPath(value: unknown): boolean {
  return isText(value) && value.startsWith("/") && !value.split("/").includes("..") && !value.includes("\0");
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 0xffffffff;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(accepts: Check): Check {
  return (value) => Array.isArray(value) && value.every(accepts);
}

function optional(accepts: Check): Check {
  return (value) => value === undefined || accepts(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pathOf(id: string, registry: Registry): string {
  return `${holdersIn(registry.places.own)}/${id}.json`;
}
