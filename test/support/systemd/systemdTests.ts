/** How one unit file of systemd's own test-execute is tried, where that is more than to start it and to expect success. */
export interface Trial {
  /** How it ends: an exit code, 128 + n for a signal; 0 when left out. */
  readonly ends?: number;
  /** Exit code of `dynuser run` for that end, where a shell has another number than systemd. */
  readonly endsHere?: number;
  /** Shell commands before it. */
  readonly before?: string;
  /** Ends otherwise by what the row of this directive declares, with this runtime or with both. */
  readonly deviates?: { readonly directive: string; readonly ends: Readonly<Partial<Record<"crun" | "runc", number>>> };
  /** Variables of the caller. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly instance?: string;
  /** Another unit than the one that it is about. */
  readonly unit?: string;
  /** What had to be done for it that its unit file does not say. */
  readonly adapted?: string;
}

/** Why it says nothing about us, or nothing on this machine. */
export interface Excluded {
  readonly notApplicable: string;
}

/** What several units need of the machine; put right before every one of them. */
export const PREPARATION = `
  for directory in /dev/shm /root /tmp /var/tmp /var/lib; do
    mountpoint -q $directory && [ $(stat -fc %T $directory) = tmpfs ] || mount -t tmpfs -o nosuid,nodev tmpfs $directory
    find $directory -mindepth 1 -delete
  done
  chmod 1777 /dev/shm /tmp /var/tmp
  chmod 700 /root
  rm -rf /run/test-exec* /run/private/test-exec*
  mkdir -p -m 700 /run/credstore
  printf foo >/run/credstore/test-execute.load-credential
  touch /tmp/test-exec_privatetmp
  mkdir /tmp/test-exec-bindpaths /tmp/test-exec-bindreadonlypaths /tmp/test-exec_workingdirectory
  [ -e /dev/kmsg ] || mknod -m 644 /dev/kmsg c 1 11
  [ -e /sys/class/net/dummy-test-exec ] || ip link add dummy-test-exec type dummy 2>/dev/null || ip link add dummy-test-exec type bridge
  if [ ! -e /run/netns/test-execute-netns ]; then
    ip netns add test-execute-netns
    ip netns exec test-execute-netns sh -c "ip link add dummy-test-ns type dummy 2>/dev/null || ip link add dummy-test-ns type bridge"
  fi
`;

/** exit-status.h of systemd */
const EXIT_EXEC = 203;
const EILSEQ = 84;
const EACCES = 13;
const SIGSYS = 128 + 31;
const SIGPIPE = 128 + 13;

const VARIABLES = {
  VAR1: "word1 word2",
  VAR2: "word3",
  VAR3: "$word 5 6",
  VAR4: "new\nline",
  VAR5: "passwordwithbackslashes",
};
const BY_CALLER = "the variables are those of dynuser's caller, not a manager's";

function environmentFile(path: string, more = ""): Trial {
  const lines = String.raw`VAR1='word1 word2'
VAR2=word3 
# comment1

; comment2
 ; # comment3
line without an equal
VAR3='$word 5 6'
VAR4='new
line'
VAR5=password\with\backslashes
${more}`;
  return { before: `cat >${path} <<'END'\n${lines}\nEND\n`, adapted: "the file is written first" };
}

const NO_NFSNOBODY: Excluded = { notApplicable: "Debian's user of ID 65534 is not called nfsnobody" };
const NO_NOBODY_GROUP: Excluded = { notApplicable: "Debian's group of ID 65534 is called nogroup" };
const NO_NAMESPACE: Excluded = {
  notApplicable: "asserts that the service sees the host's own mounts, as no container does",
};
const OTHER_ARCHITECTURE: Excluded = { notApplicable: "another architecture's" };

/** What a runtime calls itself before it starts the program stays allowed. */
function needsCalls(ends: NonNullable<Trial["deviates"]>["ends"]): NonNullable<Trial["deviates"]> {
  return { directive: "SystemCallFilter", ends };
}

/** By the name of the unit without `exec-` and `.service`; a list is tried in its order, each finding what is left. */
export const TRIALS: Readonly<Record<string, Trial | readonly Trial[] | Excluded>> = {
  "ambientcapabilities-merge-nfsnobody": NO_NFSNOBODY,
  "ambientcapabilities-nfsnobody": NO_NFSNOBODY,
  "group-nfsnobody": NO_NFSNOBODY,
  "group-nobody": NO_NOBODY_GROUP,
  "runtimedirectory-owner-nfsnobody": NO_NFSNOBODY,
  "runtimedirectory-owner-nobody": NO_NOBODY_GROUP,
  "systemcallfilter-system-user-nfsnobody": NO_NFSNOBODY,
  "user-nfsnobody": NO_NFSNOBODY,

  "personality-aarch64": OTHER_ARCHITECTURE,
  "personality-loongarch64": OTHER_ARCHITECTURE,
  "personality-ppc64": OTHER_ARCHITECTURE,
  "personality-ppc64le": OTHER_ARCHITECTURE,
  "personality-s390": OTHER_ARCHITECTURE,
  "personality-s390x": OTHER_ARCHITECTURE,

  "condition-failed": { ends: 255 },
  "condition-skip": { ends: 254, endsHere: 0 },
  "dynamicuser-runtimedirectory2": [{ unit: "dynamicuser-runtimedirectory1" }, {}],
  "dynamicuser-runtimedirectory3": [
    { unit: "dynamicuser-runtimedirectory1" },
    { unit: "dynamicuser-runtimedirectory2" },
    {},
  ],
  "dynamicuser-statedir-migrate-step2": [
    { unit: "dynamicuser-statedir-migrate-step1" },
    {},
    { unit: "dynamicuser-statedir-migrate-step1" },
  ],
  environmentfile: environmentFile("/tmp/test-exec_environmentfile.conf"),
  execsearchpath: [
    {
      before: "mkdir /tmp/test-exec_execsearchpath && cp /bin/ls /tmp/test-exec_execsearchpath/ls_temp",
      adapted: "the program is put there first, and started once more when it is gone",
    },
    { before: "rm -r /tmp/test-exec_execsearchpath", ends: EXIT_EXEC, endsHere: 127 },
  ],
  "execsearchpath-environmentfile": environmentFile("/tmp/test-exec_execsearchpath_environmentfile.conf"),
  "execsearchpath-environmentfile-set": environmentFile(
    "/tmp/test-exec_execsearchpath_environmentfile-set.conf",
    "PATH=/usr",
  ),
  "execsearchpath-passenvironment": { variables: VARIABLES, adapted: BY_CALLER },
  "execsearchpath-passenvironment-set": { variables: { ...VARIABLES, PATH: "/usr" }, adapted: BY_CALLER },
  passenvironment: { variables: VARIABLES, adapted: BY_CALLER },
  "passenvironment-empty": { variables: VARIABLES, adapted: BY_CALLER },
  "passenvironment-repeated": { variables: VARIABLES, adapted: BY_CALLER },
  // Its ExecStop= fails under systemd as well, which dynuser's exit code shows and the status of the main process does not.
  "credentials-dir-specifier": { endsHere: 1 },
  "ignoresigpipe-no": { ends: SIGPIPE },
  "ignoresigpipe-yes": { deviates: { directive: "IgnoreSIGPIPE", ends: { crun: SIGPIPE, runc: SIGPIPE } } },
  "personality-x86": { deviates: { directive: "Personality", ends: { runc: 125 } } },
  "privatetmp-disconnected-defaultdependencies-no": {
    deviates: { directive: "PrivateTmp", ends: { crun: 1, runc: 1 } },
  },
  // It has a name with the byte 7.
  "runtimedirectory@": { instance: "foo-bar", deviates: { directive: "RuntimeDirectory", ends: { crun: 1, runc: 1 } } },
  "restrictnamespaces-mnt-deny-list": { ends: 1 },
  "restrictnamespaces-yes": { ends: 1 },
  "specifier@": { instance: "foo-bar" },
  "dynamicuser-fixeduser-adm": { notApplicable: "Debian has no user adm, only a group" },
  "mount-apivfs-no": { notApplicable: "RootDirectory= is refused: --rootfs does the same" },
  "networknamespacepath-privatemounts-no": NO_NAMESPACE,
  "privatenetwork-yes-privatemounts-no": NO_NAMESPACE,
  "specifier-user": { notApplicable: "for a manager of a user" },
  "systemcallerrornumber-name": { ends: EACCES },
  "systemcallerrornumber-number": { ends: 255 },
  "systemcallfilter-failing": { ends: SIGSYS, deviates: needsCalls({ crun: 125 }) },
  "systemcallfilter-failing2": { ends: SIGSYS, deviates: needsCalls({ runc: 0 }) },
  "systemcallfilter-failing3": { ends: SIGSYS, deviates: needsCalls({ runc: 0 }) },
  "systemcallfilter-override-error-action": { ends: SIGSYS },
  "systemcallfilter-override-error-action2": { ends: EILSEQ },
  "systemcallfilter-with-errno-in-allow-list": { ends: EILSEQ },
  "systemcallfilter-with-errno-multi": { ends: EILSEQ },
  "systemcallfilter-with-errno-name": { ends: EILSEQ },
  "systemcallfilter-with-errno-number": { ends: 255 },
};
