import { rootlessPodmanCommand, startRootlessPodman } from "../support/engines/engines.ts";
import { IMAGE } from "../support/engines/image.ts";
import { DYNUSER } from "../support/hosts/dynuser.ts";
import { makeUser, type OrdinaryUser } from "../support/hosts/ordinaryUser.ts";
import { openTestHost } from "../support/hosts/testHost.ts";
import { measureIn } from "./measureIn.ts";
import { tell } from "./tell.ts";

/* What a start costs an ordinary user, beside bubblewrap and podman without root. */

const ROUNDS = 20;
const SYSTEM = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"];

export async function measureWithoutRoot(): Promise<void> {
  const testHost = await openTestHost();
  try {
    const [several, one] = [makeUser(testHost, "several", 4324, "several"), makeUser(testHost, "single", 4325, "one")];
    startRootlessPodman(testHost);
    const plan = {
      rounds: ROUNDS,
      cold: "no",
      fill: {},
      commands: {
        bwrap: [...several.drop, "bwrap", ...SYSTEM, "--unshare-all", "true"],
        "dynuser, several IDs": dynuser(several),
        "dynuser, one ID": dynuser(one),
        "dynuser, profile agent": dynuser(several, "--profile", "agent"),
        podman: rootlessPodmanCommand(testHost, ["run", "--rm", "--network", "none", IMAGE, "true"]),
      },
    } as const;
    tell("start of true without root", plan, measureIn(testHost, plan));
  } finally {
    await testHost.close();
  }
}

function dynuser({ drop }: OrdinaryUser, ...options: readonly string[]): readonly string[] {
  return [...drop, DYNUSER, "run", ...options, "--", "true"];
}
