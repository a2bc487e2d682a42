import type { Directive } from "../../directive.ts";
import { BindPaths, BindReadOnlyPaths } from "../../directives/bindPaths.ts";
import { Environment } from "../../directives/environment.ts";
import { ExecStart } from "../../directives/execCommands.ts";
import { DIRECTIVES } from "../../directives/index.gen.ts";
import { KillSignal } from "../../directives/killing.ts";
import { PrivateNetwork } from "../../directives/namespaces.ts";
import { Type } from "../../directives/serviceType.ts";
import { RuntimeMaxSec, TimeoutStopSec } from "../../directives/timeouts.ts";
import { admits, type Rules } from "../../policy.ts";
import type { Service } from "../../service.ts";
import type { Setting } from "../../sources/setting.ts";
import type { BoundPath } from "../../values/boundPaths.ts";
import type { Command } from "../../values/commandLine.ts";
import { expandArguments } from "../../values/expansion.ts";
import { carrierOf } from "./carriers.ts";

/** A unit, read: what its words mean and the words themselves. */
export interface Unit {
  /** `web@one.service` */
  readonly name: string;
  readonly service: Service;
  /** As written, in their order. */
  readonly settings: readonly Setting[];
}

/** What a container is started with so that it is like the unit. */
export interface Carried {
  /** `web-one` */
  readonly name: string;
  /** Without prefix: `Name`, and directives with their assignments, one on each line. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Empty: the image's own. */
  readonly argv: readonly string[];
  readonly binds: readonly Bind[];
  readonly network: "host" | "none";
  readonly restart: "no" | "on-failure" | "always";
  readonly isNotifying: boolean;
  /** Number; absent: SIGTERM. */
  readonly stopSignal?: number;
  readonly stopSeconds?: number;
  readonly runSeconds?: number;
  /** One line for each setting that the container will not have, or not without more. */
  readonly leftOut: readonly string[];
}

export interface Bind extends BoundPath {
  readonly readOnly: boolean;
}

/** @param rules what annotations of the target may set unless its administrator has allowed more */
export function carry(unit: Unit, rules: Rules): Carried {
  const { service, settings } = unit;
  const rows = settings.flatMap((setting) => {
    const row = DIRECTIVES.get(setting.name);
    return row === undefined || setting.value === "" ? [] : [{ setting, row, carrier: carrierOf(row) }];
  });
  const annotated = settings.filter(({ name }) => {
    const row = DIRECTIVES.get(name);
    return row !== undefined && carrierOf(row).kind === "annotation";
  });
  const command = commandOf(service);
  return {
    name: stemOf(unit.name).replaceAll("@", "-"),
    annotations: annotationsOf(unit.name, annotated),
    argv: command.argv,
    binds: bindsOf(service),
    network: service.get(PrivateNetwork) === true ? "none" : "host",
    restart: restartOf(settings),
    isNotifying: service.get(Type)?.startsWith("notify") === true,
    ...numbersOf(service),
    leftOut: [
      ...rows.flatMap(({ setting, carrier }) =>
        carrier.kind === "nothing" ? [`${setting.name}=: ${carrier.reason} (${setting.place})`] : [],
      ),
      ...command.problems,
      ...notAdmitted(
        rows.filter(({ carrier }) => carrier.kind === "annotation").map(({ row }) => row),
        rules,
      ),
    ],
  };
}

function stemOf(unit: string): string {
  return unit.replace(/\.[^.]*$/, "");
}

/** The user is named as for the unit, which is the part before `@`. */
function annotationsOf(unit: string, settings: readonly Setting[]): ReadonlyMap<string, string> {
  const groups = Map.groupBy(settings, ({ name }) => name);
  const lines = [...groups].map(([name, members]) => {
    const values = members.map(({ value }) => withoutUnitSpecifiers(value, unit));
    return [name, values.join("\n")] as const;
  });
  return new Map([["Name", stemOf(unit).split("@")[0]!], ...lines]);
}

/** A container is no instance of a template: what its unit was called is written out. */
function withoutUnitSpecifiers(value: string, unit: string): string {
  const stem = stemOf(unit);
  const [prefix = "", ...instance] = stem.split("@");
  const words: Readonly<Record<string, string>> = {
    n: unit,
    N: stem,
    p: prefix,
    P: prefix,
    i: instance.join("@"),
    I: instance.join("@"),
    j: prefix.split("-").at(-1)!,
    J: prefix.split("-").at(-1)!,
  };
  return value.replace(/%(.)/g, (specifier, letter: string) => words[letter]?.replaceAll("%", "%%") ?? specifier);
}

interface CarriedCommand {
  readonly argv: readonly string[];
  readonly problems: readonly string[];
}

function commandOf(service: Service): CarriedCommand {
  const [command, ...more] = service.get(ExecStart) ?? [];
  if (command === undefined) return { argv: [], problems: [] };
  return {
    argv: argumentsOf(command, service),
    problems: [
      ...more.map(({ file }) => `ExecStart=: a container has one command, ${file} is not run`),
      ...(command.privileges === "service"
        ? []
        : ["ExecStart=: its prefix + or ! keeps rights that a container has not"]),
      ...unknownVariables(command, service).map(
        (name) => `ExecStart=: nobody puts in $${name}, which the unit does not set, use a shell`,
      ),
    ],
  };
}

/** Nobody replaces variables in a container's arguments; those that the unit itself sets can be put in now. */
function argumentsOf({ argv, expand }: Command, service: Service): readonly string[] {
  return expand ? expandArguments(argv, service.get(Environment) ?? {}) : argv;
}

function unknownVariables({ argv, expand }: Command, service: Service): readonly string[] {
  if (!expand) return [];
  const known = service.get(Environment) ?? {};
  const used = argv.flatMap((word) => [...word.matchAll(/(?<!\$)\$\{?([A-Za-z_]\w*)/g)].map(([, name]) => name!));
  return [...new Set(used)].filter((name) => !Object.hasOwn(known, name));
}

function bindsOf(service: Service): readonly Bind[] {
  return [
    ...(service.get(BindPaths) ?? []).map((bound) => ({ ...bound, readOnly: false })),
    ...(service.get(BindReadOnlyPaths) ?? []).map((bound) => ({ ...bound, readOnly: true })),
  ];
}

function restartOf(settings: readonly Setting[]): Carried["restart"] {
  const value = settings.findLast(({ name }) => name === "Restart")?.value ?? "no";
  return value === "no" || value === "always" ? value : "on-failure";
}

function numbersOf(service: Service): Pick<Carried, "stopSignal" | "stopSeconds" | "runSeconds"> {
  const stopSignal = service.get(KillSignal);
  const [stopSeconds, runSeconds] = [service.get(TimeoutStopSec), service.get(RuntimeMaxSec)].map(wholeSeconds);
  return {
    ...(stopSignal !== undefined && { stopSignal }),
    ...(stopSeconds !== undefined && { stopSeconds }),
    ...(runSeconds !== undefined && { runSeconds }),
  };
}

function wholeSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds !== undefined && Number.isFinite(milliseconds) ? Math.ceil(milliseconds / 1000) : undefined;
}

function notAdmitted(rows: readonly Directive[], rules: Rules): readonly string[] {
  const refused = [...new Set(rows)].filter((row) => !admits(rules, row));
  if (refused.length === 0) return [];
  const names = refused.map(({ name }) => `${name}=`).join(", ");
  return [
    `${names}: more than annotations may set unless the administrator allows it (policy in /etc/dynuser/config.yaml), or put the settings into a profile (--to profile, dynuser/Profile=NAME)`,
  ];
}
