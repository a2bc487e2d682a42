import { dirname, resolve } from "node:path";
import { statusOf } from "../sys/files/status.ts";

/** The places of a script that belongs to this program: as built, or as installed below a prefix. */
export function scriptPlaces(name: string): readonly string[] {
  const here = dirname(process.execPath);
  return [`${here}/libexec/${name}`, resolve(here, `../libexec/dynuser/${name}`)];
}

export function findScript(name: string): string | undefined {
  return scriptPlaces(name).find((path) => statusOf(path)?.isFile());
}
