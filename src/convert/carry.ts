import type { Rules } from "../config/policy.ts";
import { BindPaths, BindReadOnlyPaths } from "../directives/bindPaths.ts";
import { isDynamic } from "../directives/dynamicUser.ts";
import { SERVICE_DIRECTORIES } from "../directives/execDirectories.ts";
import { DIRECTIVES } from "../directives/index.gen.ts";
import { PrivateNetwork } from "../directives/namespaces.ts";
import { WorkingDirectory } from "../directives/workingDirectory.ts";
import { isReadByHost } from "../engine/policy/hostNames.ts";
import type { Service } from "../model/directive.ts";
import type { Setting } from "../settings/setting.ts";
import type { BoundPath } from "../values/boundPaths.ts";
import { accountOf, capabilitiesOf } from "./account.ts";
import { commandOf } from "./command.ts";
import { environmentOf } from "./environment.ts";
import { type Carrier, carrierOf, type Words } from "./form.ts";
import { ulimitsOf } from "./limits.ts";
import { neededPaths } from "./needs.ts";
import { containerName, requestOf } from "./requests.ts";
import { timingOf, typeProblems } from "./timing.ts";
import type { Translation, Unit, Volume } from "./translation.ts";

/**
 * @param words what the form of the output has words for
 * @param rules the target's default policy for annotations
 */
export function carry(unit: Unit, words: Words, rules: Rules): Translation {
  const { service, settings } = unit;
  const carried = settings.flatMap((setting) => carriedSetting(setting, words, isDynamic({ service })));
  const environment = environmentOf(service, words.caller);
  const command = commandOf(unit, environment.environment, environment.files);
  const account = accountOf(service);
  const capabilities = capabilitiesOf(service);
  const volumes = volumesOf(service);
  const limits = words.limits ? ulimitsOf(service) : { ulimits: [], notes: [] };
  const needs = neededPaths(service, command.command ?? [], volumes);
  const place = words.workingDirectory ? service.get(WorkingDirectory)?.path : undefined;
  return {
    name: containerName(unit.name),
    ...requestOf(unit.name, ofKind(carried, "annotation"), service, rules),
    ...command,
    ...environment,
    ...account,
    ...capabilities,
    ...timingOf(unit),
    ...(place !== undefined && place !== "~" && { workingDirectory: place }),
    ulimits: limits.ulimits,
    volumes,
    keys: [],
    network: service.get(PrivateNetwork) === true ? "none" : "host",
    kept: ofKind(carried, "kept"),
    leftOut: [
      ...typeProblems(settings),
      ...carried.flatMap(({ setting, carrier }) =>
        carrier.kind === "nothing" ? [`${setting.name}=: ${carrier.reason} (${setting.place})`] : [],
      ),
      ...command.leftOut,
      ...environment.leftOut,
    ],
    notes: [
      ...(needs.length === 0 ? [] : [`the image needs ${needs.join(" ")}`]),
      ...[account, capabilities, limits, command, environment].flatMap(({ notes }) => notes),
    ],
  };
}

interface Carried {
  readonly setting: Setting;
  readonly carrier: Carrier;
}

/** An empty assignment takes part in the order of its directive and says nothing by itself. */
function carriedSetting(setting: Setting, words: Words, hasDynamicUser: boolean): readonly Carried[] {
  const row = DIRECTIVES.get(setting.name);
  if (row === undefined) return [];
  const refused = reasonToRefuse(setting);
  const carrier = refused ?? carrierOf(row, words, hasDynamicUser);
  return carrier.kind === "nothing" && setting.value === "" ? [] : [{ setting, carrier }];
}

/** What the gate refuses whatever an administrator allows. */
function reasonToRefuse({ name, value }: Setting): Carrier | undefined {
  const words = value.split(/\s+/);
  if (name === "NoExecPaths" && words.some((word) => /^[-+]*\/$/.test(word))) {
    return nothing("no runtime can make the root of a container noexec: list the directories in it");
  }
  const isDirectory = SERVICE_DIRECTORIES.some(({ row }) => row.name === name);
  const foreign = isDirectory ? words.find((word) => isReadByHost(word.split(":")[0]!)) : undefined;
  return foreign === undefined ? undefined : nothing(`programs of the host read its directory ${foreign}`);
}

function nothing(reason: string): Carrier {
  return { kind: "nothing", reason };
}

function ofKind(carried: readonly Carried[], kind: Carrier["kind"]): readonly Setting[] {
  return carried.filter(({ carrier }) => carrier.kind === kind).map(({ setting }) => setting);
}

function volumesOf(service: Service): readonly Volume[] {
  const toVolume =
    (access: "ro" | "rw") =>
    ({ source, path, recursive }: BoundPath): Volume => ({
      source,
      path,
      options: [access, recursive ? "rbind" : "bind"],
    });
  return [
    ...(service.get(BindPaths) ?? []).map(toVolume("rw")),
    ...(service.get(BindReadOnlyPaths) ?? []).map(toVolume("ro")),
  ];
}
