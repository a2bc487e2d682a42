import { kindOfCaller, RuntimeDirectoryPreserve } from "../../directives/directoryKind.ts";
import { RuntimeDirectory } from "../../directives/execDirectories.ts";
import { performReleases } from "../../start/host/release.ts";
import type { Start } from "../../start/pipeline.ts";
import { DIRECTORY_KINDS } from "../../values/directoryKinds.ts";

/** Removes the runtime directories that RuntimeDirectoryPreserve=restart has kept between the starts of a service. */
export function removeKeptForRestarts({ service, scope }: Pick<Start, "service" | "scope">): void {
  if (service.get(RuntimeDirectoryPreserve) !== "restart") return;
  const { base } = kindOfCaller(DIRECTORY_KINDS.runtime, scope);
  const items = service.get(RuntimeDirectory) ?? [];
  performReleases(
    items.flatMap(({ source, links }) => {
      const link = `${base}/${source}`;
      const plain = { kind: "remove", base, path: link, links: links.map((one) => `${base}/${one}`) } as const;
      return [plain, { kind: "remove", base, path: `${base}/private/${source}`, links: [link] } as const];
    }),
  );
}
