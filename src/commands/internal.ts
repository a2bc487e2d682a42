/** A command that others call and not people: it reads its arguments itself. */
export interface InternalCommand {
  readonly name: string;
  load(): Promise<(args: readonly string[]) => number | Promise<number>>;
}

export const INTERNAL_COMMANDS: readonly InternalCommand[] = [
  { name: "attributes", load: async () => (await import("./attributes.ts")).setContainerAttributes },
  { name: "prepare", load: async () => (await import("./prepare.ts")).prepareRuntimeCall },
  { name: "hook", load: async () => (await import("./hook.ts")).callHook },
  { name: "release", load: async () => (await import("./release.ts")).releaseContainer },
];
