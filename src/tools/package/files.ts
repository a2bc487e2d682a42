import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../compile.ts";

const DOCUMENTS = "usr/share/doc/dynuser";

/** Where each file of the project goes; directories with all that is in them. */
export const FILES: readonly (readonly [from: string, to: string])[] = [
  ["libexec/dynuser", "usr/libexec/dynuser/crun"],
  ["libexec/dynuser", "usr/libexec/dynuser/runc"],
  ["libexec/dynuser", "usr/libexec/dynuser/call"],
  ["hooks", "usr/share/dynuser/hooks.d"],
  ["selinux", "usr/share/dynuser/selinux"],
  ["schemas", "usr/share/dynuser/schemas"],
  ["examples/systemd/dynuser-standby@.service", "usr/lib/systemd/system/dynuser-standby@.service"],
  ["examples/systemd/dynuser-standby.service", "usr/lib/systemd/system/dynuser-standby.service"],
  ["examples/systemd/dynuser-standby.path", "usr/lib/systemd/system/dynuser-standby.path"],
  ["examples", `${DOCUMENTS}/examples`],
  ["README.md", `${DOCUMENTS}/README.md`],
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => /\.(?:md|svg)$/.test(name))
    .map((name) => [`docs/${name}`, `${DOCUMENTS}/docs/${name}`] as const),
  ["ARCHITECTURE.md", `${DOCUMENTS}/ARCHITECTURE.md`],
  ["tools/debian/copyright", `${DOCUMENTS}/copyright`],
  ["docs/completion/dynuser.bash", "usr/share/bash-completion/completions/dynuser"],
  ["docs/completion/_dynuser", "usr/share/zsh/vendor-completions/_dynuser"],
  ["docs/completion/dynuser.fish", "usr/share/fish/vendor_completions.d/dynuser.fish"],
  ...readdirSync(join(ROOT, "docs/man")).map(
    (page) => [`docs/man/${page}`, `usr/share/man/man${page.at(-1)}/${page}`] as const,
  ),
];

/** Below usr/. */
export const PROGRAMS = ["bin/dynuser", "libexec/dynuser/crun", "libexec/dynuser/runc", "libexec/dynuser/call"];
