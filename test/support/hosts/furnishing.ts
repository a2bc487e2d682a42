import { appendFileSync, chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";

interface Piece {
  readonly path: string;
  readonly owner: number;
  readonly mode: number;
  /** Absent: a directory. */
  readonly content?: string;
}

const ALICE = 4242;
const CREW = 4343;

/** What the units below test/integration/run/units expect of the system that they run in. */
const PIECES: readonly Piece[] = [
  { path: "/home/alice", owner: ALICE, mode: 0o755 },
  { path: "/home/alice/diary", owner: ALICE, mode: 0o644, content: "dear diary\n" },
  { path: "/srv/open", owner: 0, mode: 0o1777 },
  { path: "/srv/open/file", owner: 0, mode: 0o666, content: "open\n" },
  { path: "/srv/open/below", owner: 0, mode: 0o1777 },
  { path: "/srv/open/below/secret", owner: 0, mode: 0o644, content: "secret\n" },
  { path: "/srv/crew", owner: 0, mode: 0o2775 },
  { path: "/srv/crew/file", owner: 0, mode: 0o664, content: "crew\n" },
  { path: "/srv/here", owner: 0, mode: 0o755 },
  { path: "/srv/alice", owner: 0, mode: 0o755 },
  { path: "/srv/team", owner: 0, mode: 0o755 },
  { path: "/etc/hostname", owner: 0, mode: 0o644, content: "reference\n" },
  { path: "/tmp/of-host", owner: 0, mode: 0o644, content: "of the host\n" },
  {
    path: "/srv/environment",
    owner: 0,
    mode: 0o600,
    content: `# a comment
FROM_FILE=file
SHARED=file
QUOTED="two words"  
SINGLE='it is $HOME'
CONTINUED=one \\
two
ESCAPED="a\\"b\\nc"
 SPACED = around
; another comment
no assignment here
BAD-NAME=x
EMPTY=
`,
  },
];

/** Users, groups and files beyond those of a bare Debian, in the system whose root is `root` on this host. */
export function furnish(root: string): void {
  appendFileSync(`${root}/etc/passwd`, `alice:x:${ALICE}:${ALICE}:Alice:/home/alice:/bin/sh\n`);
  appendFileSync(`${root}/etc/group`, `alice:x:${ALICE}:\ncrew:x:${CREW}:guest\nhelpers:x:4344:alice,guest\n`);
  for (const { path, owner, mode, content } of PIECES) {
    if (content === undefined) mkdirSync(root + path, { recursive: true });
    else writeFileSync(root + path, content);
    chownSync(root + path, owner, path.startsWith("/srv/crew") ? CREW : owner);
    chmodSync(root + path, mode);
  }
  symlinkSync("open", `${root}/srv/link`);
  symlinkSync("/srv/crew/file", `${root}/srv/link-to-file`);
}
