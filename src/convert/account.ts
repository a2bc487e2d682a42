import { AmbientCapabilities, CapabilityBoundingSet } from "../directives/capabilities.ts";
import { isDynamic } from "../directives/dynamicUser.ts";
import { ExecStart } from "../directives/execCommands.ts";
import { Group, SupplementaryGroups, User } from "../directives/user.ts";
import type { Service } from "../model/directive.ts";
import { resolveCapabilities } from "../values/capabilitySet.ts";
import type { Translation } from "./translation.ts";

/** What every engine's container has. */
const GIVEN = new Set(
  "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
    .split(" ")
    .map((name) => `CAP_${name}`),
);

/** A static user is that of the image of the same name; a dynamic user is dynuser's. */
export function accountOf(service: Service): Pick<Translation, "user" | "groups" | "notes"> {
  if (isDynamic({ service })) return { groups: [], notes: [] };
  if (needsRoot(service)) return { user: "0", groups: [], notes: [ROOT_COMMAND] };
  const [user, group] = [service.get(User), service.get(Group)];
  const groups = service.get(SupplementaryGroups) ?? [];
  const names = [
    ...(user === undefined ? [] : [`user ${user}`]),
    ...[group, ...groups].flatMap((name) => (name === undefined ? [] : [`group ${name}`])),
  ].filter((text) => !/ \d+$/.test(text));
  const both = group === undefined ? user : `${user ?? "0"}:${group}`;
  return {
    ...(both !== undefined && { user: both }),
    groups,
    notes: names.length === 0 ? [] : [`the image needs ${[...new Set(names)].join(", ")} (or --user dynamic)`],
  };
}

/** The prefixes `!` and `+`: the command starts as root, and often becomes the user by itself. */
function needsRoot(service: Service): boolean {
  return (service.get(ExecStart) ?? []).some(({ privileges }) => privileges !== "service");
}

const ROOT_COMMAND = "the container starts as root, as the command's prefix ! or + asks; the sandbox applies, too";

/** Capabilities that the unit lists and engines do not give. */
export function capabilitiesOf(service: Service): Pick<Translation, "capabilities" | "notes"> {
  const bounding = service.get(CapabilityBoundingSet);
  const isListed = bounding?.some(({ inverted, names }) => !inverted && names.length > 0) === true;
  const allowed = resolveCapabilities(bounding ?? [], "all");
  const wanted = isListed
    ? allowed
    : resolveCapabilities(service.get(AmbientCapabilities) ?? [], "none").intersection(allowed);
  const added = [...wanted].filter((name) => !GIVEN.has(name));
  const isRoot = (service.get(User) === undefined || needsRoot(service)) && !isDynamic({ service });
  return {
    capabilities: added.map((name) => name.replace(/^CAP_/, "")),
    notes:
      isRoot && !isListed && allowed.size > GIVEN.size
        ? [`root has the engine's capabilities, fewer than under systemd (--cap-add)`]
        : [],
  };
}
