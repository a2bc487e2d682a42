import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { devDependencies, license, name, version } from "../../../package.json";
import { ROOT } from "../compile.ts";
import { scanImports } from "../layers.ts";

/** What the program consists of, as CycloneDX 1.6 in JSON: Bun, and each npm package that its sources import. */
export function formatSbom(date: Date): string {
  const components = [component("bun", devDependencies.bun, "MIT"), ...embeddedPackages().map(npmComponent)];
  return `${JSON.stringify(
    {
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      metadata: {
        timestamp: date.toISOString(),
        component: { type: "application", name, version, licenses: [{ license: { id: license } }] },
      },
      components,
    },
    undefined,
    2,
  )}\n`;
}

/** Names of the packages that sources outside tools/ import. */
function embeddedPackages(): readonly string[] {
  const files = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !file.startsWith("src/tools/"));
  const imports = files.flatMap((file) => scanImports(file, readFileSync(join(ROOT, file), "utf8")));
  const names = imports.map(
    ({ target }) => /^(?!src\/|package\.json|node:|bun(?::|$))(?:@[^/]+\/)?[^/]+/.exec(target)?.[0],
  );
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function npmComponent(packageName: string) {
  const { version: installed, license: terms } = JSON.parse(
    readFileSync(join(ROOT, "node_modules", packageName, "package.json"), "utf8"),
  ) as { readonly version: string; readonly license: string };
  return component(packageName, installed, terms);
}

function component(packageName: string, itsVersion: string, terms: string) {
  return {
    type: "library",
    name: packageName,
    version: itsVersion,
    purl: `pkg:npm/${packageName.replace("@", "%40")}@${itsVersion}`,
    licenses: [{ license: { id: terms } }],
  };
}
