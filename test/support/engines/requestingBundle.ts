import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../../src/oci/spec.ts";
import type { TestHost } from "../hosts/testHost.ts";
import { makeRootfs } from "./image.ts";

const ASKED = { DynamicUser: "yes", StateDirectory: "web", Name: "web" };

export interface AskingBundle {
  readonly directory: string;
  /** What an engine writes anew for each start, of a container that asks for a dynamic user, and for more. */
  write(args: readonly string[], more?: Readonly<Record<string, string>>): void;
}

/** A bundle in the test host's directory as the low-level runtime's `spec` makes one, with busybox. */
export function makeAskingBundle(testHost: TestHost, runtime: string): AskingBundle {
  const directory = join(testHost.directory, "bundle");
  const config = join(directory, "config.json");
  mkdirSync(directory);
  makeRootfs(join(directory, "rootfs"));
  testHost.run([runtime, "spec"], { cwd: directory });
  const spec = JSON.parse(readFileSync(config, "utf8")) as Spec;
  return {
    directory,
    write: (args, more = {}) => {
      const process = { ...spec.process, args, terminal: false };
      const asked = Object.entries({ ...ASKED, ...more }).map(([name, value]) => [`dynuser/${name}`, value]);
      writeFileSync(config, JSON.stringify({ ...spec, process, annotations: Object.fromEntries(asked) }));
    },
  };
}
