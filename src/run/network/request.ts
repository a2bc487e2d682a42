import type { Options } from "../../console/options.ts";
import { NetworkNamespacePath, PrivateNetwork } from "../../directives/namespaces.ts";
import { quote, UserError } from "../../errors.ts";
import type { Service } from "../../model/directive.ts";
import type { Setting } from "../../settings/setting.ts";
import { type Caller, thisCaller } from "../../start/caller.ts";
import type { AllowedHosts } from "./allowed.ts";

/** What --network and --allow-net ask for. */
export interface NetworkRequest {
  /** Absent: as the settings say. */
  readonly mode: NetworkMode | undefined;
  /** The only hosts that packets may go to; absent: all. */
  readonly allowed: AllowedHosts | undefined;
}

export type NetworkMode = "host" | "none" | "private";

/** PrivateNetwork= for each. */
const MODES: Readonly<Record<NetworkMode, string>> = { host: "no", none: "yes", private: "yes" };

/** @throws UserError for values that cannot be read, and for names without an address */
export async function readNetwork(options: Options): Promise<NetworkRequest> {
  const mode = options.get("network");
  if (mode !== undefined && !isMode(mode))
    throw new UserError(`cannot read --network: found ${quote(mode)}, expected host, none or private`);
  const values = options.all("allow-net");
  if (values.length === 0) return { mode, allowed: undefined };
  if (mode === "none") throw new UserError("cannot honour both --network none and --allow-net");
  const { resolveAllowed } = await import("./allowed.ts");
  return { mode: mode ?? ownNetworkOf(thisCaller()), allowed: await resolveAllowed(values) };
}

/** A user without root can only filter a network of the run alone. */
function ownNetworkOf({ kind }: Caller): NetworkMode | undefined {
  return kind === "user" ? "private" : undefined;
}

function isMode(word: string): word is NetworkMode {
  return Object.hasOwn(MODES, word);
}

/** The hosts of --allow-net are those of the host's network, unless it says otherwise. */
export function networkSettings({ mode, allowed }: NetworkRequest): readonly Setting[] {
  const [place, used] = mode === undefined ? ["--allow-net", allowed && "host"] : ["--network", mode];
  return used === undefined
    ? []
    : [{ name: PrivateNetwork.name, value: MODES[used as NetworkMode], place, lenient: false }];
}

/** One line where --network gives a network that the settings take. */
export function overriddenNetwork({ mode }: NetworkRequest, settings: readonly Setting[]): readonly string[] {
  const last = settings.findLast(({ name }) => name === PrivateNetwork.name);
  const isTaken = mode === "host" && last !== undefined && ["1", "yes", "y", "true", "t", "on"].includes(last.value);
  return isTaken ? [`--network host overrides PrivateNetwork=${last.value} (${last.place})`] : [];
}

/** @throws UserError for two networks */
export function refuseTwoNetworks({ mode }: NetworkRequest, service: Service): void {
  if (mode === undefined || service.get(NetworkNamespacePath) === undefined) return;
  throw new UserError(`cannot honour both --network ${mode} and NetworkNamespacePath=: expected one of them`);
}
