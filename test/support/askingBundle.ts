import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../src/oci/spec.ts";
import { makeRootfs } from "./image.ts";
import type { World } from "./world.ts";

const ASKED = { DynamicUser: "yes", StateDirectory: "web", Name: "web" };

export interface AskingBundle {
  readonly directory: string;
  /** What an engine writes anew for each start, of a container that asks for a dynamic user, and for more. */
  write(args: readonly string[], more?: Readonly<Record<string, string>>): void;
}

/** A bundle in the world's directory as the low-level runtime's `spec` makes one, with busybox. */
export function makeAskingBundle(world: World, runtime: string): AskingBundle {
  const directory = join(world.directory, "bundle");
  const config = join(directory, "config.json");
  mkdirSync(directory);
  makeRootfs(join(directory, "rootfs"));
  world.run([runtime, "spec"], { cwd: directory });
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
