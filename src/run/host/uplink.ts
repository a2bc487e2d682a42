import { UserError } from "../../errors.ts";
import { PLACES } from "../../host/runtimePlaces.ts";
import type { Spec } from "../../oci/spec.ts";
import { statusOf } from "../../sys/files/status.ts";
import { createFile } from "../../sys/files/write.ts";
import { mount } from "../../sys/kernel/mountCalls.ts";
import { type Beside, startReadyBeside } from "../../sys/process/beside.ts";
import { PRIVATE_MOUNTS } from "./privateMounts.ts";

/** A program that connects a network namespace to the host's network in user space. */
export interface UplinkProgram {
  readonly path: string;
  /** Its forwarder to the host's resolver. */
  readonly nameserver: string;
  /**
   * For the namespace of process `init`, which `file` refers to as well; it writes to descriptor 3 when it is ready, and ends
   * with its standard input.
   */
  args(init: number, file: string): readonly string[];
}

const SLIRP_OPTIONS = ["--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp"];

const PASTA_NAMESERVER = "169.254.1.1";
const PASTA_OPTIONS = [
  ...["--runas", "0"],
  ...["--quiet", "--config-net", "--no-map-gw", "--dns-forward", PASTA_NAMESERVER],
  ...["-t", "none", "-u", "none", "-T", "none", "-U", "none"],
];

/** pasta writes its PID when it is ready. It may not look into /proc/PID/ns, and root's pasta stays root for the file. */
const RUN_PASTA = `"$0" --foreground --pid "$1.pid" --netns "$@" 3>&- &
tries=0
until [ -s "$1.pid" ]; do
  [ $((tries += 1)) -lt 250 ] || exit
  sleep 0.02
done
echo ready >&3; exec 3>&-
cat; kill $!`;

/** The first that is installed is used. */
const PROGRAMS: readonly { readonly name: string; describe(path: string): UplinkProgram }[] = [
  {
    name: "slirp4netns",
    describe: (path) => ({
      path,
      nameserver: "10.0.2.3",
      args: (init) => [...SLIRP_OPTIONS, "--exit-fd=0", "--ready-fd=3", String(init), "uplink"],
    }),
  },
  {
    name: "pasta",
    describe: (path) => ({
      path: "/bin/sh",
      nameserver: PASTA_NAMESERVER,
      args: (_, file) => ["-c", RUN_PASTA, path, file, ...PASTA_OPTIONS],
    }),
  },
];

/** @throws UserError where none is installed */
export function findUplink(): UplinkProgram {
  for (const { name, describe } of PROGRAMS) {
    const path = PLACES.map((directory) => `${directory}/${name}`).find((one) => statusOf(one)?.isFile());
    if (path !== undefined) return describe(path);
  }
  throw new UserError(
    "cannot honour --network private: found no program for the uplink, expected slirp4netns or pasta",
  );
}

/** The uplinks of a run: one for all commands that share a network namespace. */
export interface Uplinks {
  /** Connects the network of a created container, unless it joined that of an earlier one. */
  attach(init: number, spec: Spec): void;
  close(): void;
}

/** @param limit applied to each network before it is connected */
export function openUplinks(program: UplinkProgram, limit: (file: string) => void = () => {}): Uplinks {
  const running: Beside[] = [];
  return {
    attach: (init, { linux }) => {
      if (linux?.namespaces?.find(({ type }) => type === "network")?.path !== undefined) return;
      const file = `${PRIVATE_MOUNTS.files}/network-${init}`;
      bindNamespace(init, file);
      limit(file);
      const started = startReadyBeside(program.path, program.args(init, file));
      if (started === undefined)
        throw new UserError(`cannot honour --network private: ${program.path} did not connect the network`);
      running.push(started);
    },
    close: () => {
      for (const one of running) one.close();
    },
  };
}

/** In the private mount namespace, which ends with the run. */
function bindNamespace(pid: number, file: string): void {
  const MS_BIND = 0x1000;
  createFile(file, "", 0o600);
  mount(`/proc/${pid}/ns/net`, file, "", MS_BIND);
}
