import type { Host } from "./host.ts";

interface Distribution {
  /** Words of ID= and ID_LIKE= (os-release(5)). */
  readonly ids: readonly string[];
  readonly install: (name: string) => string;
  /** Prints whether a package has fixes that its version does not show. */
  readonly changes?: (name: string) => string;
  /** Names of packages that differ from those of the programs. */
  readonly packages?: Readonly<Record<string, string>>;
}

const DISTRIBUTIONS: readonly Distribution[] = [
  {
    ids: ["debian", "ubuntu"],
    install: (name) => `apt-get install ${name}`,
    changes: (name) => `apt-get changelog ${name} | grep CVE`,
  },
  {
    ids: ["fedora", "rhel", "centos"],
    install: (name) => `dnf install ${name}`,
    changes: (name) => `rpm -q --changelog ${name} | grep CVE`,
    packages: { "libnss-systemd": "systemd-libs", uidmap: "shadow-utils" },
  },
  {
    ids: ["suse", "opensuse"],
    install: (name) => `zypper install ${name}`,
    changes: (name) => `rpm -q --changelog ${name} | grep CVE`,
    packages: { "libnss-systemd": "nss-systemd", uidmap: "shadow" },
  },
  { ids: ["alpine"], install: (name) => `apk add ${name}`, packages: { uidmap: "shadow-uidmap" } },
  {
    ids: ["arch"],
    install: (name) => `pacman -S ${name}`,
    packages: { "libnss-systemd": "systemd-libs", uidmap: "shadow" },
  },
  {
    ids: ["nixos"],
    install: (name) => `add pkgs.${name} to environment.systemPackages in /etc/nixos/configuration.nix`,
    packages: { "libnss-systemd": "systemd" },
  },
];

/** The command that installs a package, by its name in Debian. */
export function installCommand(name: string, host: Host): string {
  const distribution = distributionOf(host);
  return distribution?.install(distribution.packages?.[name] ?? name) ?? `install ${name}`;
}

/** The command that lists security fixes of a package; undefined where the distribution has none. */
export function changesCommand(name: string, host: Host): string | undefined {
  return distributionOf(host)?.changes?.(name);
}

function distributionOf(host: Host): Distribution | undefined {
  const release = host.read("/etc/os-release") ?? host.read("/usr/lib/os-release") ?? "";
  const words = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, value]) => value!.split(" "));
  return DISTRIBUTIONS.find(({ ids }) => ids.some((id) => words.includes(id)));
}
