import { type Directive, directive } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";
import { PERSISTENT_KINDS } from "../values/directoryKinds.ts";
import { quota } from "../values/resourceAmount.ts";

export const directoryQuotas: readonly Directive<boolean>[] = PERSISTENT_KINDS.map(({ directive: name }) =>
  directive({
    name: `${name}Quota`,
    summary: `Limits the disk space of the directories of ${name}=`,
    since: 258,
    value: quota,
    support: "refused",
    effect: "restricts",
    suggest: "never",
    deviation: "dynuser sets no project quotas: use a file system of limited size, or off",
  }),
);

export const directoryAccounting: readonly Directive<boolean>[] = PERSISTENT_KINDS.map(({ directive: name }) =>
  directive({
    name: `${name}Accounting`,
    summary: `Counts the disk space of the directories of ${name}=`,
    since: 258,
    value: boolean,
    support: "ignored",
    effect: "neutral",
    deviation: "dynuser assigns no project IDs: use the tools of the file system",
  }),
);
