import type { Directive } from "../../directive.ts";

/** How a container of an engine comes to have what a setting says. */
export type Carrier =
  | { readonly kind: "annotation" }
  /** An option or a field of the engine's own. */
  | { readonly kind: "option" }
  | { readonly kind: "nothing"; readonly reason: string };

/** What engines have words of their own for, and do themselves. */
const OPTIONS: ReadonlySet<string> = new Set([
  ...["ExecStart", "Restart", "KillSignal", "TimeoutStopSec", "TimeoutSec", "RuntimeMaxSec"],
  ...["BindPaths", "BindReadOnlyPaths", "PrivateNetwork"],
]);

/** Without effect on a container, and nothing is lost by that. */
const SILENT: ReadonlySet<string> = new Set(["Type"]);

export function carrierOf(row: Directive): Carrier {
  if (OPTIONS.has(row.name) || SILENT.has(row.name)) return { kind: "option" };
  if (row.onlyRun !== undefined) return { kind: "nothing", reason: row.onlyRun };
  if (row.support === "ignored" || row.support === "refused") {
    return { kind: "nothing", reason: row.deviation ?? "it has no effect" };
  }
  return { kind: "annotation" };
}
