import { cgroupFacts } from "../../host/cgroups.ts";
import { readMountTable } from "../../host/mountTable.ts";
import { hostSpecifier } from "../../host/specifiers.ts";
import { isWritable, listDirectory, readLink, readText, tryReadText } from "../../sys/files/files.ts";
import { matchPaths } from "../../sys/files/glob.ts";
import { statusOf, statusOfLink } from "../../sys/files/status.ts";
import { callerEnvironment, effectiveUser } from "../../sys/process/process.ts";
import { CAPABILITIES } from "../../values/capabilities.ts";
import { parseSize } from "../../values/size.ts";

type Test = (parameter: string) => boolean;

/**
 * What Condition…= and Assert…= of these names test on this host (src/shared/condition.c). Absent: what only a service
 * manager knows.
 */
export const CONDITION_TESTS: Readonly<Record<string, Test>> = {
  PathExists: (path) => statusOf(path) !== undefined,
  PathExistsGlob: (pattern) => matchPaths(pattern).length > 0,
  PathIsDirectory: (path) => statusOf(path)?.isDirectory() === true,
  PathIsSymbolicLink: (path) => readLink(path) !== undefined,
  PathIsMountPoint: (path) => readMountTable().some((mount) => mount.path === path),
  PathIsReadWrite: (path) => statusOf(path) !== undefined && isWritable(path),
  DirectoryNotEmpty: (path) => statusOf(path)?.isDirectory() === true && listDirectory(path).length > 0,
  FileNotEmpty: (path) => isFile(path) && statusOf(path)!.size > 0,
  FileIsExecutable: (path) => isFile(path) && (statusOf(path)!.mode & 0o111) !== 0,
  KernelCommandLine: (parameter) => hasKernelParameter(parameter),
  KernelVersion: (expression) => meetsVersion(hostSpecifier("kernelRelease"), expression),
  KernelModuleLoaded: (name) => statusOf(`/sys/module/${name.replaceAll("-", "_")}`) !== undefined,
  Architecture: (name) => name === "native" || name === hostSpecifier("architecture"),
  Host: (name) => isHost(name),
  Capability: (name) => hasCapability(name),
  User: (name) => isUser(name),
  Environment: (text) => hasVariable(text),
  Memory: (expression) => meetsNumber(totalMemory(), expression),
  CPUs: (expression) => meetsNumber(BigInt(navigator.hardwareConcurrency), expression),
  ControlGroupController: (names) => hasControllers(names),
  OSRelease: (expressions) => expressions.split(/\s+/).every(meetsRelease),
  Firmware: (name) => name === "uefi" && statusOf("/sys/firmware/efi") !== undefined,
  Security: (name) => isSecured(name),
  FirstBoot: (wanted) => isYes(wanted) === (statusOf("/run/systemd/first-boot") !== undefined),
  ACPower: (wanted) => isYes(wanted) === hasPower(),
};

function isFile(path: string): boolean {
  return statusOf(path)?.isFile() === true;
}

function isYes(text: string): boolean {
  return /^(?:1|yes|y|true|t|on)$/i.test(text);
}

/** `NAME` or `NAME=VALUE`, a whole word of the command line. */
function hasKernelParameter(parameter: string): boolean {
  const words = readText("/proc/cmdline").trim().split(/\s+/);
  return words.some((word) => word === parameter || (!parameter.includes("=") && word.startsWith(`${parameter}=`)));
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  "=": (order) => order === 0,
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<>": (order) => order !== 0,
  ">=": (order) => order >= 0,
  ">": (order) => order > 0,
};

/** An operator and what follows it; a shell pattern without one. */
function splitComparison(text: string): readonly [operator: string | undefined, operand: string] {
  const [, operator, operand = ""] = /^(<=|>=|<>|!=|==|<|>|=)?\s*(.*)$/s.exec(text)!;
  return [operator, operand];
}

/** Several expressions must all hold. */
function meetsVersion(version: string, expressions: string): boolean {
  return expressions.split(/\s+(?=[<>=!])|(?<=[^<>=!\s])\s+/).every((expression) => {
    const [operator, operand] = splitComparison(expression);
    if (operator === undefined) return matchesPattern(version, operand);
    return COMPARISONS[operator]!(compareVersions(version, operand));
  });
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0));
  const length = Math.max(left!.length, right!.length);
  for (let index = 0; index < Math.min(length, right!.length); index++) {
    const order = (left![index] ?? 0) - right![index]!;
    if (order !== 0) return order;
  }
  return 0;
}

/** Without an operator at least as much is needed. */
function meetsNumber(number: bigint, expression: string): boolean {
  const [operator = ">=", operand] = splitComparison(expression);
  const wanted = parseSize(operand);
  return COMPARISONS[operator]!(number < wanted ? -1 : number > wanted ? 1 : 0);
}

function totalMemory(): bigint {
  return BigInt(/^MemTotal: +(\d+) kB/m.exec(readText("/proc/meminfo"))?.[1] ?? 0) * 1024n;
}

function matchesPattern(text: string, pattern: string): boolean {
  const source = pattern.replace(/[*?]|[^*?]+/g, (part) =>
    part === "*" ? ".*" : part === "?" ? "." : RegExp.escape(part),
  );
  return new RegExp(`^${source}$`, "s").test(text);
}

/** A machine ID, or a pattern of the host's name. */
function isHost(name: string): boolean {
  const id = name.replaceAll("-", "");
  return /^[0-9a-f]{32}$/.test(id)
    ? id === hostSpecifier("machineId")
    : matchesPattern(hostSpecifier("hostName"), name);
}

/** Of the bounding set. */
function hasCapability(name: string): boolean {
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(readText("/proc/self/status"))?.[1] ?? "0"}`);
  const number = (CAPABILITIES as readonly string[]).indexOf(name.toUpperCase());
  return number >= 0 && ((bits >> BigInt(number)) & 1n) === 1n;
}

function isUser(name: string): boolean {
  return name === String(effectiveUser()) || name === "@system" || name === "root";
}

function hasVariable(text: string): boolean {
  const [name = "", value] = text.split(/=(.*)/s);
  const environment = callerEnvironment();
  return Object.hasOwn(environment, name) && (value === undefined || environment[name] === value);
}

/** `v2` and `v1` are the hierarchy itself. */
function hasControllers(names: string): boolean {
  const { unified, controllers } = cgroupFacts();
  return names
    .split(/\s+/)
    .every((name) => (name === "v2" ? unified : name === "v1" ? !unified : controllers.includes(name)));
}

function meetsRelease(expression: string): boolean {
  const [, field = "", operator = "=", text = ""] =
    /^([A-Z0-9_]+)\s*(<=|>=|<>|!=|==|<|>|=|\$=|!\$=)?(.*)$/s.exec(expression) ?? [];
  const release = tryReadText("/etc/os-release") ?? tryReadText("/usr/lib/os-release") ?? "";
  const value = new RegExp(`^${RegExp.escape(field)}=(["']?)(.*)\\1$`, "m").exec(release)?.[2] ?? "";
  const wanted = text.replace(/^(["'])(.*)\1$/s, "$2");
  if (operator === "=" || operator === "!=") return (value === wanted) === (operator === "=");
  return COMPARISONS[operator]?.(compareVersions(value, wanted)) ?? false;
}

const SECURITY: Readonly<Record<string, () => boolean>> = {
  selinux: () => statusOf("/sys/fs/selinux/enforce") !== undefined,
  apparmor: () => tryReadText("/sys/module/apparmor/parameters/enabled")?.trim() === "Y",
  smack: () => statusOf("/sys/fs/smackfs") !== undefined,
  ima: () => statusOf("/sys/kernel/security/ima") !== undefined,
  tomoyo: () => statusOf("/sys/kernel/security/tomoyo/version") !== undefined,
  tpm2: () => statusOf("/sys/class/tpmrm/tpmrm0") !== undefined,
};

function isSecured(name: string): boolean {
  return SECURITY[name]?.() ?? false;
}

/** A host without a power supply, or with one that is online (src/shared/power-util.c, on_ac_power). */
function hasPower(): boolean {
  const PLACE = "/sys/class/power_supply";
  const supplies = statusOfLink(PLACE) === undefined ? [] : listDirectory(PLACE);
  const mains = supplies.filter((name) => tryReadText(`${PLACE}/${name}/type`)?.trim() === "Mains");
  return mains.length === 0 || mains.some((name) => tryReadText(`${PLACE}/${name}/online`)?.trim() === "1");
}
