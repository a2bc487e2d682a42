import { UserError } from "../errors.ts";
import { type Directive, directive } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";
import { text } from "../values/text.ts";
import { PrivateUsers } from "./privateUsers.ts";

export const PrivateBPF = directive({
  name: "PrivateBPF",
  summary: "Mounts a private BPF file system at /sys/fs/bpf, which hides the host's",
  since: 258,
  value: boolean,
  support: "partial",
  effect: "restricts",
  suggest: "never",
  deviation:
    "refused in a user namespace (PrivateUsers=), where the kernel mounts no BPF file system for low-level runtimes",
  *plan(enabled, { service, spec }) {
    if (!enabled) return;
    const isMapped = (service.get(PrivateUsers) ?? "no") !== "no";
    if (isMapped || spec.linux?.namespaces?.some(({ type }) => type === "user")) refuseUserNamespace();
    const flags = { noSuid: true, noDevices: true, noExec: true } as const;
    yield { kind: "path", path: "/sys/fs/bpf", access: "kernel", fileSystem: "bpf", ...flags, options: ["mode=0700"] };
  },
});

function refuseUserNamespace(): never {
  throw new UserError(
    "cannot honour PrivateBPF=: found a user namespace, in which the kernel refuses to mount a BPF file system, expected none, or InaccessiblePaths=/sys/fs/bpf",
  );
}

/** Mount options of bpffs that only a process with CAP_SYS_ADMIN in the initial user namespace may set. */
const DELEGATED = ["Commands", "Maps", "Programs", "Attachments"] as const;

export const bpfDelegation: readonly Directive<string>[] = DELEGATED.map((what) =>
  directive({
    name: `BPFDelegate${what}`,
    summary: "Delegates BPF functionality to the service's user namespace",
    since: 258,
    value: text,
    support: "refused",
    effect: "grants",
    deviation: "low-level runtimes mount the BPF file system inside the user namespace, where it cannot delegate",
  }),
);
