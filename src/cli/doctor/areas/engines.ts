import { type Area, type Finding, ok, problem } from "../finding.ts";
import type { Host } from "../host.ts";

interface Engine {
  readonly name: string;
  readonly programs: readonly string[];
  /** Its configuration files and directories. */
  readonly configuration: readonly string[];
  /** The word of `dynuser runtime configure --engine`. */
  readonly word: string;
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
    word: "podman",
  },
  {
    name: "Docker",
    programs: ["/usr/bin/dockerd", "/usr/sbin/dockerd"],
    configuration: ["/etc/docker/daemon.json"],
    word: "docker",
  },
  {
    name: "containerd",
    programs: ["/usr/bin/containerd", "/usr/local/bin/containerd"],
    configuration: ["/etc/containerd/config.toml", "/etc/containerd/conf.d"],
    word: "containerd",
  },
  {
    name: "CRI-O",
    programs: ["/usr/bin/crio", "/usr/local/bin/crio"],
    configuration: ["/etc/crio/crio.conf", "/etc/crio/crio.conf.d"],
    word: "crio",
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

function* probeEngine({ name, configuration, word }: Engine, host: Host): Iterable<Finding> {
  const named = configuration.flatMap((path) => filesAt(path, host)).flatMap((path) => ourPathsIn(path, host));
  if (named.length === 0) {
    yield {
      ...ok(`${name} does not call dynuser`),
      remedy: `to change that: dynuser runtime configure --engine ${word}`,
    };
  }
  for (const one of named) yield probeReach(name, one, host);
}

function filesAt(path: string, host: Host): readonly string[] {
  if (host.status(path)?.isDirectory() !== true) return [path];
  return host.list(path).map((name) => `${path}/${name}`);
}

interface Named {
  /** The file of the setting. */
  readonly file: string;
  /** The named runtime, or the directory of hooks. */
  readonly path: string;
}

/** Comments are ignored. */
function ourPathsIn(file: string, host: Host): readonly Named[] {
  const text = (host.read(file) ?? "").replace(/^\s*#.*$/gm, "");
  const paths = [...text.matchAll(/"(\/[^"\n]*)"/g)].map(([, path]) => path!);
  return paths.filter((path) => path.includes("dynuser")).map((path) => ({ file, path }));
}

function probeReach(engine: string, { file, path }: Named, host: Host): Finding {
  const status = host.status(path);
  if (status === undefined) {
    return problem(
      `${file} names ${path}, which is missing: ${engine} starts no container with it`,
      "install dynuser, or remove the entry",
    );
  }
  if (status.isDirectory()) return probeHooks(engine, { file, path }, host);
  if ((status.mode & 0o111) === 0)
    return problem(`${path}, which ${file} names, is not executable`, `chmod 0755 ${path}`);
  if (isTrampoline(path, host) && !hasBinary(path, host)) {
    return problem(`${path} does not find dynuser next to it`, "reinstall dynuser");
  }
  return ok(`${engine} calls dynuser (${path} in ${file})`);
}

function probeHooks(engine: string, { file, path }: Named, host: Host): Finding {
  const hooks = host.list(path).filter((name) => /"hook"/.test(host.read(`${path}/${name}`) ?? ""));
  if (hooks.length > 0) return ok(`${engine} calls dynuser's hooks (${path} in ${file})`);
  return problem(`${path}, which ${file} names, has no hooks`, `install dynuser's hooks there`);
}

/** A script that executes the low-level runtime of the same name. */
function isTrampoline(path: string, host: Host): boolean {
  return /\/(?:crun|runc)$/.test(path) && (host.read(path) ?? "").startsWith("#!/bin/sh");
}

/** The directories that libexec/dynuser searches. */
function hasBinary(path: string, host: Host): boolean {
  const here = path.slice(0, path.lastIndexOf("/"));
  return [`${here}/../dynuser`, `${here}/../../bin/dynuser`].some((one) => host.status(one)?.isFile());
}
