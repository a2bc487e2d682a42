import { type Area, type Finding, ok, problem } from "../finding.ts";
import type { Host } from "../host.ts";

interface Engine {
  readonly name: string;
  readonly programs: readonly string[];
  /** Files and directories of its configuration. */
  readonly configuration: readonly string[];
  /** What makes it call us. */
  readonly setting: string;
}

const ENGINES: readonly Engine[] = [
  {
    name: "podman",
    programs: ["/usr/bin/podman", "/usr/local/bin/podman"],
    configuration: [
      "/usr/share/containers/containers.conf",
      "/etc/containers/containers.conf",
      "/etc/containers/containers.conf.d",
    ],
    setting: 'runtime = "/usr/libexec/dynuser/crun" below [engine] in /etc/containers/containers.conf.d/dynuser.conf',
  },
  {
    name: "Docker",
    programs: ["/usr/bin/dockerd", "/usr/sbin/dockerd"],
    configuration: ["/etc/docker/daemon.json"],
    setting: '"runtimes": {"dynuser": {"path": "/usr/libexec/dynuser/runc"}} in /etc/docker/daemon.json',
  },
  {
    name: "containerd",
    programs: ["/usr/bin/containerd", "/usr/local/bin/containerd"],
    configuration: ["/etc/containerd/config.toml", "/etc/containerd/conf.d"],
    setting: 'BinaryName = "/usr/libexec/dynuser/runc" in the options of a runtime in /etc/containerd/config.toml',
  },
  {
    name: "CRI-O",
    programs: ["/usr/bin/crio", "/usr/local/bin/crio"],
    configuration: ["/etc/crio/crio.conf", "/etc/crio/crio.conf.d"],
    setting:
      'runtime_path = "/usr/libexec/dynuser/crun" below [crio.runtime.runtimes.dynuser] in /etc/crio/crio.conf.d/dynuser.conf',
  },
];

export const engines: Area<Host> = {
  name: "engines",
  *probe(host) {
    const installed = ENGINES.filter(({ programs }) => programs.some((path) => host.status(path) !== undefined));
    if (installed.length === 0) yield ok("none is installed");
    for (const engine of installed) yield* probeEngine(engine, host);
  },
};

function* probeEngine({ name, configuration, setting }: Engine, host: Host): Iterable<Finding> {
  const named = configuration.flatMap((path) => filesAt(path, host)).flatMap((path) => ourPathsIn(path, host));
  if (named.length === 0) {
    yield { ...ok(`${name} does not call dynuser`), remedy: `to change that: ${setting}` };
  }
  for (const one of named) yield probeReach(name, one, host);
}

function filesAt(path: string, host: Host): readonly string[] {
  if (host.status(path)?.isDirectory() !== true) return [path];
  return host.list(path).map((name) => `${path}/${name}`);
}

interface Named {
  /** In which file. */
  readonly file: string;
  /** The runtime that it names, or the directory of hooks. */
  readonly path: string;
}

/** Comments count for nothing. */
function ourPathsIn(file: string, host: Host): readonly Named[] {
  const text = (host.read(file) ?? "").replace(/^\s*#.*$/gm, "");
  const paths = [...text.matchAll(/"(\/[^"\n]*)"/g)].map(([, path]) => path!);
  return paths.filter((path) => path.includes("dynuser")).map((path) => ({ file, path }));
}

function probeReach(engine: string, { file, path }: Named, host: Host): Finding {
  const status = host.status(path);
  if (status === undefined) {
    return problem(
      `${file} names ${path}, where nothing is: ${engine} starts no container with it`,
      "install dynuser, or take it out there",
    );
  }
  if (status.isDirectory()) return probeHooks(engine, { file, path }, host);
  if ((status.mode & 0o111) === 0)
    return problem(`${path}, which ${file} names, is not executable`, `chmod 0755 ${path}`);
  if (isTrampoline(path, host) && !hasBinary(path, host)) {
    return problem(`${path} does not find dynuser beside it`, "install dynuser where it was, or again");
  }
  return ok(`${engine} calls dynuser (${path} in ${file})`);
}

function probeHooks(engine: string, { file, path }: Named, host: Host): Finding {
  const hooks = host.list(path).filter((name) => /"hook"/.test(host.read(`${path}/${name}`) ?? ""));
  if (hooks.length > 0) return ok(`${engine} calls dynuser's hooks (${path} in ${file})`);
  return problem(`${path}, which ${file} names, has no hooks`, `install dynuser's hooks there`);
}

/** A script that ends in the low-level runtime of its own name. */
function isTrampoline(path: string, host: Host): boolean {
  return /\/(?:crun|runc)$/.test(path) && (host.read(path) ?? "").startsWith("#!/bin/sh");
}

/** Where libexec/dynuser looks. */
function hasBinary(path: string, host: Host): boolean {
  const here = path.slice(0, path.lastIndexOf("/"));
  return [`${here}/../dynuser`, `${here}/../../bin/dynuser`].some((one) => host.status(one)?.isFile());
}
