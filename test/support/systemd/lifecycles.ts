/** One unit whose commands write what they see to `$LOG`, and what is done to it while it runs. */
export interface LifecycleCase {
  /** systemd does not start it. */
  readonly isRefused?: true;
  readonly title: string;
  readonly unit: string;
  /** Held against both low-level runtimes. */
  readonly concernsRuntime?: true;
  /** Once the log has this line the service is stopped. */
  readonly stopAfter?: string;
  /** As `stopAfter`, once no command runs any more. */
  readonly stopWhenIdle?: true;
  /** Once the log has this line the service is reloaded. */
  readonly reloadAfter?: string;
}

/** What the commands write to; everybody may. */
export const LOG = "/run/lifecycle/log";

const say = (text: string) => `/bin/sh -c 'echo "${text}" >>${LOG}'`;
const sayResult = (step: string) =>
  `/bin/sh -c 'echo "${step} $\${SERVICE_RESULT-unset} $\${EXIT_CODE-unset} $\${EXIT_STATUS-unset} main $\${MAINPID:+known}" >>${LOG}'`;
const STOPS = `ExecStop=${sayResult("stop")}\nExecStopPost=${sayResult("stop-post")}`;
const AROUND = `ExecStartPost=${say("post")}\n${STOPS}`;
/** Says which signals it gets until it has said `last`. */
const listener = (last: string) =>
  `trap "echo main TERM >>${LOG}; ${last}" TERM; trap "echo main INT >>${LOG}; ${last}" INT; trap "echo main HUP >>${LOG}" HUP`;
/** Until the command after the start has ended, and that is known. */
const WAIT_FOR_POST = `read pid </run/lifecycle/fifo; while [ -e /proc/$pid ]; do sleep 0.02; done`;
const WAIT = "while :; do sleep 0.02; done";

/** Prints the identity, privileges and environment of a command. */
const SEE = `/bin/sh -c '\
echo uid $(id -u) gid $(id -g) groups $(id -G) >>${LOG}; \
grep -E "Cap(Bnd|Eff|Prm|Amb)|NoNewPrivs|Seccomp:" /proc/self/status >>${LOG}; \
echo files $(ulimit -n) mask $(umask) nice $(nice) oom $(cat /proc/self/oom_score_adj) in $(pwd) >>${LOG}; \
echo user $USER $LOGNAME state $STATE_DIRECTORY own $OWN >>${LOG}; \
echo srv $(stat -f -c %%T /srv) mnt $(ls /mnt | head -1) users $(wc -l </proc/self/uid_map) >>${LOG}; \
[ "$(readlink /proc/self/ns/net)" = "$(cat /run/lifecycle/net)" ] && echo the same network >>${LOG}; \
(: >/etc/never) 2>/dev/null && rm /etc/never && echo writes /etc >>${LOG}; \
(: >$STATE_DIRECTORY/x.$$$$) 2>/dev/null && echo writes state >>${LOG}; :'`;

/** Says what a command makes of a directory that others write too. */
const SHARE = `/bin/sh -c '\
tr -s " " </proc/self/uid_map >>${LOG}; \
cd $STATE_DIRECTORY; touch by-$(id -u); echo $(ls) >>${LOG}; stat -c "%%n %%u %%g" . * >>${LOG}; \
for file in *; do echo x >>$file && echo writes $file; done >>${LOG}'`;

const service = (title: string, ...lines: readonly string[]): LifecycleCase => ({ title, unit: lines.join("\n") });

const onBoth = (one: LifecycleCase): LifecycleCase => ({ ...one, concernsRuntime: true });

/** Whether systemd starts a unit with these lines in [Unit]. */
const CONDITIONS: readonly (readonly [isMet: boolean, ...lines: readonly string[]])[] = [
  [true, "ConditionPathExists=/etc/passwd", "AssertPathIsDirectory=/etc"],
  [false, "ConditionPathExists=/etc/passwd", "ConditionPathExists=!/etc"],
  [false, "AssertPathExists=/nowhere"],
  [true, "ConditionPathExists=|/nowhere", "ConditionFileNotEmpty=|/etc/passwd"],
  [false, "ConditionPathExists=|/nowhere", "ConditionPathExists=|!/etc", "ConditionPathExists=/etc"],
  [true, "ConditionPathExists=/nowhere", "ConditionPathExists="],
  [true, "ConditionPathExistsGlob=/etc/pass*", "ConditionFileIsExecutable=/bin/sh", "ConditionDirectoryNotEmpty=/usr"],
  [false, "ConditionPathIsSymbolicLink=/etc/passwd"],
  [true, "ConditionPathIsMountPoint=/proc", "ConditionUser=0", "ConditionCapability=CAP_CHOWN"],
  [false, "ConditionKernelVersion=<3", "ConditionMemory=>0"],
  [true, "ConditionKernelVersion=>=3.10", "ConditionCPUs=>0", "ConditionMemory=1M"],
  [false, "ConditionCPUs=>100000"],
  [true, "ConditionOSRelease=ID=debian", "ConditionArchitecture=!ppc64-le"],
  [false, "ConditionHost=nowhere.invalid"],
  [true, "ConditionPathExists=/etc/%%p", "ConditionPathExists=", "ConditionEnvironment=!NO_SUCH_VARIABLE"],
  [false, "ConditionKernelCommandLine=no-such-parameter", "Wants=nothing.service"],
  [true, "ConditionPathExists=relative", "AssertFileNotEmpty=relative", "ConditionPathIsDirectory=|relative"],
];

export const LIFECYCLES: readonly LifecycleCase[] = [
  service(
    "all steps of a oneshot service in their order",
    "Type=oneshot",
    `ExecCondition=${say("condition")}`,
    `ExecStartPre=${say("pre 1")}`,
    `ExecStartPre=${say("pre 2")}`,
    `ExecStart=${say("one")} ; ${say("two")}`,
    `ExecStart=${say("three")}`,
    AROUND,
  ),
  service(
    "all steps of a simple service in their order",
    `ExecStartPre=${say("pre")}`,
    `ExecStart=/bin/sh -c '${WAIT_FOR_POST}'`,
    `ExecStartPost=/bin/sh -c 'echo post >>${LOG}; echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "a condition that says no",
    "Type=oneshot",
    `ExecCondition=/bin/sh -c 'exit 3'`,
    `ExecStartPre=${say("pre")}`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a condition that fails",
    "Type=oneshot",
    `ExecCondition=/bin/sh -c 'exit 255'`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a condition that is killed",
    "Type=oneshot",
    `ExecCondition=/bin/sh -c 'kill -9 $$$$'`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "the second condition says no",
    "Type=oneshot",
    `ExecCondition=${say("yes")}`,
    "ExecCondition=/bin/false",
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a preparation that fails",
    `ExecStartPre=/bin/sh -c 'exit 5'`,
    `ExecStartPre=${say("pre 2")}`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a preparation that may fail",
    "Type=oneshot",
    `ExecStartPre=-/bin/sh -c 'exit 5'`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a preparation that is missing but may",
    "Type=oneshot",
    "ExecStartPre=-/nowhere/program",
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a preparation that is missing",
    "Type=oneshot",
    "ExecStartPre=/nowhere/program",
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service("a main program that is missing", "Type=oneshot", "ExecStart=/nowhere/program", AROUND),
  service("a main program that may be missing", "Type=oneshot", "ExecStart=-/nowhere/program", AROUND),
  service("a word with a bar before it is a program's name", "Type=oneshot", "ExecStart=|echo shell", AROUND),
  {
    title: "a path with a bar before it is no path",
    unit: `Type=oneshot\nExecStart=|${say("shell")}\n${AROUND}`,
    isRefused: true,
  },
  service(
    "a simple service that fails",
    `ExecStart=/bin/sh -c '${WAIT_FOR_POST}; exit 7'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "a simple service that may fail",
    `ExecStart=-/bin/sh -c '${WAIT_FOR_POST}; exit 7'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "exit statuses and signals that are a success",
    "SuccessExitStatus=7 TEMPFAIL SIGUSR1",
    `ExecStart=/bin/sh -c '${WAIT_FOR_POST}; exit 75'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "a signal that is a success",
    "SuccessExitStatus=SIGUSR1",
    `ExecStart=/bin/sh -c '${WAIT_FOR_POST}; kill -USR1 $$$$'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "a simple service that SIGTERM ends",
    `ExecStart=/bin/sh -c '${WAIT_FOR_POST}; kill -TERM $$$$'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service("a oneshot service that SIGTERM ends", "Type=oneshot", "ExecStart=/bin/sh -c 'kill -TERM $$$$'", AROUND),
  service(
    "a simple service that SIGUSR1 ends",
    `ExecStart=/bin/sh -c '${WAIT_FOR_POST}; kill -USR1 $$$$'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "a oneshot service whose second command fails",
    "Type=oneshot",
    `ExecStart=${say("one")}`,
    "ExecStart=/bin/sh -c 'exit 9'",
    `ExecStart=${say("three")}`,
    AROUND,
  ),
  service(
    "a oneshot service whose second command may fail",
    "Type=oneshot",
    `ExecStart=${say("one")}`,
    "ExecStart=-/bin/sh -c 'exit 9'",
    `ExecStart=${say("three")}`,
    AROUND,
  ),
  service(
    "a command after the start that fails",
    "ExecStart=/bin/sleep 1000",
    `ExecStartPost=/bin/sh -c 'exit 4'`,
    STOPS,
  ),
  service(
    "a stop command that fails",
    "Type=oneshot",
    `ExecStart=${say("start")}`,
    "ExecStop=/bin/sh -c 'exit 6'",
    `ExecStop=${say("stop 2")}`,
    `ExecStopPost=${sayResult("stop-post")}`,
  ),
  service(
    "a command after the stop that fails",
    "Type=oneshot",
    `ExecStart=${say("start")}`,
    `ExecStopPost=/bin/sh -c 'exit 6'`,
    `ExecStopPost=${say("2")}`,
  ),
  service(
    "nothing is left of what a stop command started",
    "Type=oneshot",
    `ExecStart=${say("start")}`,
    `ExecStop=/bin/sh -c '(trap "" HUP; ${WAIT}) & echo stop >>${LOG}'`,
    STOPS,
  ),
  service(
    "a start that takes too long",
    "TimeoutStartSec=1s",
    `ExecStartPre=/bin/sh -c 'trap "echo TERM >>${LOG}; exit 0" TERM; ${WAIT}'`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a start that takes too long and is aborted",
    "TimeoutStartSec=1s",
    "TimeoutStartFailureMode=abort",
    "WatchdogSignal=SIGINT",
    `ExecStartPre=/bin/sh -c 'trap "echo INT >>${LOG}; exit 0" INT; ${WAIT}'`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a start that takes too long and is killed",
    "TimeoutStartSec=1s",
    "TimeoutStartFailureMode=kill",
    `ExecStartPre=/bin/sh -c 'trap "echo TERM >>${LOG}" TERM; ${WAIT}'`,
    `ExecStart=${say("start")}`,
    AROUND,
  ),
  service(
    "a stop command that takes too long",
    "Type=oneshot",
    "TimeoutStopSec=200ms",
    `ExecStart=${say("start")}`,
    `ExecStop=/bin/sh -c '${WAIT}'`,
    `ExecStopPost=${sayResult("stop-post")}`,
  ),
  service("a service that runs for too long", "RuntimeMaxSec=200ms", "ExecStart=/bin/sleep 1000", AROUND),
  service(
    "a service that does not heed the end of its time",
    "RuntimeMaxSec=200ms",
    "TimeoutStopSec=200ms",
    `ExecStart=/bin/sh -c 'trap "" TERM; ${WAIT}'`,
    AROUND,
  ),
  service("a silent service", "WatchdogSec=200ms", "ExecStart=/bin/sleep 1000", AROUND),
  service(
    "a service that sends READY=1",
    "Type=notify",
    "NotifyAccess=all",
    `ExecStart=/bin/sh -c 'echo starting >>${LOG}; systemd-notify --ready --status=up; ${WAIT_FOR_POST}'`,
    `ExecStartPost=/bin/sh -c 'echo post >>${LOG}; echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service("a service that ends before it is ready", "Type=notify", `ExecStart=${say("start")}`, AROUND),
  service(
    "a service whose messages do not count",
    "Type=notify",
    "NotifyAccess=main",
    "TimeoutStartSec=300ms",
    `ExecStart=/bin/sh -c 'sh -c "systemd-notify --ready; :" & exec sleep 1000'`,
    AROUND,
  ),
  service(
    "a service that asks for more time",
    "Type=notify",
    "NotifyAccess=all",
    "TimeoutStartSec=500ms",
    `ExecStart=/bin/sh -c 'systemd-notify EXTEND_TIMEOUT_USEC=5000000; sleep 0.8; systemd-notify --ready; ${WAIT_FOR_POST}'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "a daemon with a PID file",
    "Type=forking",
    "PIDFile=/run/lifecycle/pid",
    `ExecStart=/bin/sh -c '(${WAIT_FOR_POST}; exit 3) & echo $! >/run/lifecycle/pid'`,
    `ExecStartPost=/bin/sh -c '[ $MAINPID = "$(cat /run/lifecycle/pid)" ] && echo same $PIDFILE >>${LOG}; echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service(
    "a daemon without a PID file",
    "Type=forking",
    `ExecStart=/bin/sh -c '(${WAIT_FOR_POST}) & exit 0'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  service("a daemon that does not start", "Type=forking", `ExecStart=/bin/sh -c 'exit 2'`, AROUND),
  service(
    "a service that ends with its last process",
    "ExitType=cgroup",
    `ExecStart=/bin/sh -c '(${WAIT_FOR_POST}; echo last >>${LOG}) & exit 0'`,
    `ExecStartPost=/bin/sh -c 'echo $$$$ >/run/lifecycle/fifo'`,
    STOPS,
  ),
  {
    title: "a service that remains",
    unit: `Type=oneshot\nRemainAfterExit=yes\nExecStart=${say("start")}\n${AROUND}`,
    stopAfter: "post",
    stopWhenIdle: true,
  },
  {
    title: "a service that is stopped",
    unit: `ExecStart=/bin/sh -c '${listener("exit 0")}; echo up >>${LOG}; ${WAIT}'\n${STOPS}`,
    stopAfter: "up",
  },
  {
    title: "all processes get the signal",
    unit: `ExecStart=/bin/sh -c '(sh -c "trap \\\\"echo child TERM >>${LOG}; exit 0\\\\" TERM; echo up >>${LOG}; ${WAIT}") & trap "wait; exit 0" TERM; wait'\n${STOPS}`,
    stopAfter: "up",
  },
  {
    title: "only the main process gets the signal, others are killed",
    unit: `KillMode=mixed\nExecStart=/bin/sh -c '(sh -c "trap \\\\"echo child TERM >>${LOG}; exit 0\\\\" TERM; echo up >>${LOG}; ${WAIT}") & ${listener("exit 0")}; ${WAIT}'\n${STOPS}`,
    stopAfter: "up",
  },
  {
    title: "another signal, and SIGHUP after it",
    unit: `KillSignal=SIGINT\nSendSIGHUP=yes\nExecStart=/bin/sh -c '${listener("sleep 0.1; exit 0")}; echo up >>${LOG}; ${WAIT}'\n${STOPS}`,
    stopAfter: "up",
  },
  {
    title: "a service that does not heed the stop",
    unit: `TimeoutStopSec=200ms\nExecStart=/bin/sh -c 'trap "" TERM; echo up >>${LOG}; ${WAIT}'\n${STOPS}`,
    stopAfter: "up",
  },
  {
    title: "a stop during the preparation",
    unit: `ExecStartPre=/bin/sh -c '${listener("exit 0")}; echo up >>${LOG}; ${WAIT}'\nExecStart=${say("start")}\n${AROUND}`,
    stopAfter: "up",
  },
  {
    title: "a service that reloads by a command",
    unit: `ExecReload=/bin/sh -c 'echo reload $\${MAINPID:+known} >>${LOG}'\nExecStart=/bin/sh -c 'echo up >>${LOG}; exec sleep 1000'\n${STOPS}`,
    reloadAfter: "up",
    stopAfter: "reload known",
  },
  {
    title: "a service that reloads by a signal",
    unit: `Type=notify-reload\nNotifyAccess=all\nExecStart=/bin/sh -c 'trap "systemd-notify --reloading; systemd-notify --ready; echo reloaded >>${LOG}" HUP; systemd-notify --ready; echo up >>${LOG}; ${WAIT}'\n${STOPS}`,
    reloadAfter: "up",
    stopAfter: "reloaded",
  },
  onBoth(
    service(
      "what commands with prefixes are and see",
      "Type=oneshot",
      "DynamicUser=yes",
      "User=lifecycle-user",
      "ReadWritePaths=/run/lifecycle",
      "PrivateNetwork=yes",
      "PrivateIPC=yes",
      "PrivateTmp=yes",
      "UMask=0077",
      "LimitNOFILE=100",
      "OOMScoreAdjust=100",
      "Nice=5",
      "TemporaryFileSystem=/srv",
      "BindPaths=/usr/share:/mnt",
      "WorkingDirectory=/usr",
      "StateDirectory=lifecycle",
      "CapabilityBoundingSet=CAP_CHOWN CAP_SETUID",
      "AmbientCapabilities=CAP_CHOWN",
      "LockPersonality=yes",
      "Environment=OWN=1",
      `ExecStartPre=+/bin/sh -c 'touch ${LOG}; chmod 666 ${LOG}; readlink /proc/self/ns/net >/run/lifecycle/net; chmod 644 /run/lifecycle/net'`,
      ...["+", "!", "!!", ""].map((prefix) => `ExecStart=${prefix}${SEE}`),
      `ExecStopPost=+${SEE}`,
    ),
  ),
  onBoth(
    service(
      "commands with prefixes share a directory in a user namespace",
      "Type=oneshot",
      "DynamicUser=yes",
      "User=lifecycle-user",
      "StateDirectory=lifecycle-shared",
      "PrivateUsers=yes",
      "ReadWritePaths=/run/lifecycle",
      `ExecStartPre=+/bin/sh -c 'touch ${LOG}; chmod 666 ${LOG}; rm -f /var/lib/private/lifecycle-shared/*'`,
      ...["", "!", "!!", "+"].map((prefix) => `ExecStart=${prefix}${SHARE}`),
      `ExecStopPost=!${SHARE}`,
    ),
  ),
  onBoth(
    service(
      "a variable file that an earlier command writes is read for the next one",
      "Type=oneshot",
      "DynamicUser=yes",
      "RuntimeDirectory=lifecycle-own",
      "EnvironmentFile=-/run/lifecycle-own/variables",
      `ExecStartPre=+/bin/sh -c 'echo before $T >>${LOG}; chmod 666 ${LOG}; echo T=1 >/run/lifecycle-own/variables'`,
      "ReadWritePaths=/run/lifecycle",
      `ExecStart=/bin/sh -c 'echo start $T >>${LOG}; id -u >/run/lifecycle-own/x && echo writes >>${LOG}'`,
      `ExecStopPost=+/bin/sh -c 'echo stop $T >>${LOG}'`,
    ),
  ),
  onBoth(
    service(
      "paths that an earlier command makes are seen by the next one",
      "Type=oneshot",
      "BindPaths=-/run/lifecycle/d:/mnt",
      "ReadOnlyPaths=/run/lifecycle/r",
      "InaccessiblePaths=-/run/lifecycle/hidden",
      "WorkingDirectory=-/run/lifecycle/d",
      `ExecStartPre=+/bin/sh -c 'pwd >>${LOG}; mkdir /run/lifecycle/d /run/lifecycle/r /run/lifecycle/hidden; touch /run/lifecycle/hidden/x'`,
      `ExecStart=/bin/sh -c 'pwd >>${LOG}; touch /mnt/x; ls /run/lifecycle/d >>${LOG}; touch /run/lifecycle/r/x || echo read-only >>${LOG}; ls /run/lifecycle/hidden 2>/dev/null || echo hidden >>${LOG}'`,
    ),
  ),
  ...["", "DynamicUser=yes\n"].map((dynamic) =>
    onBoth(
      service(
        `owner and mode of a directory are restored before each command${dynamic && ", of a dynamic user"}`,
        "Type=oneshot",
        `${dynamic}User=${dynamic === "" ? "daemon" : "lifecycle-user"}`,
        "RuntimeDirectory=lifecycle-own",
        "RuntimeDirectoryMode=0750",
        "ReadWritePaths=/run/lifecycle",
        `ExecStartPre=+/bin/sh -c 'touch ${LOG}; chmod 666 ${LOG}; chmod 700 /run/lifecycle-own; chown 0:0 /run/lifecycle-own'`,
        `ExecStart=/bin/sh -c 'touch /run/lifecycle-own/x && stat -c "%%a %%U" /run/lifecycle-own/. >>${LOG}'`,
      ),
    ),
  ),
  onBoth(
    service(
      "settings may name directories that the service itself gets",
      "Type=oneshot",
      "DynamicUser=yes",
      "RuntimeDirectory=lifecycle-own/a lifecycle-own/b",
      "ReadOnlyPaths=/run/lifecycle-own/a",
      "InaccessiblePaths=/run/lifecycle-own/b",
      "BindPaths=/run/lifecycle-own/a:/mnt",
      "ReadWritePaths=/run/lifecycle",
      `ExecStartPre=+/bin/sh -c 'touch ${LOG}; chmod 666 ${LOG}'`,
      `ExecStart=/bin/sh -c '(: >/run/lifecycle-own/a/x) || echo read-only >>${LOG}; ls /run/lifecycle-own/b || echo hidden >>${LOG}; (: >/mnt/x) && echo bound >>${LOG}'`,
    ),
  ),
  onBoth(
    service(
      "commands with prefixes read the credentials",
      "Type=oneshot",
      "DynamicUser=yes",
      "User=lifecycle-user",
      "ReadWritePaths=/run/lifecycle",
      "SetCredential=token:abc",
      `ExecStartPre=+/bin/sh -c 'touch ${LOG}; chmod 666 ${LOG}'`,
      ...["+", "!", ""].map(
        (prefix) => `ExecStart=${prefix}/bin/sh -c 'cat $CREDENTIALS_DIRECTORY/token >>${LOG}; echo >>${LOG}'`,
      ),
      `ExecStopPost=+/bin/sh -c 'echo stop $CREDENTIALS_DIRECTORY >>${LOG}'`,
    ),
  ),
  ...CONDITIONS.map(([isMet, ...lines]) => ({
    title: `conditions of [Unit]: ${lines.join(" ")}`,
    unit: `Type=oneshot\nExecStart=${say("start")}\n[Unit]\n${lines.join("\n")}`,
    ...(!isMet && { isRefused: true as const }),
  })),
  {
    title: "several main commands need Type=oneshot",
    unit: `ExecStart=${say("one")}\nExecStart=${say("two")}`,
    isRefused: true,
  },
  service(
    "variables become words and parts of words",
    "Type=oneshot",
    `StandardOutput=append:${LOG}`,
    "Environment=ONE=1 'TWO=a  b' EMPTY=",
    "ExecStart=/usr/bin/printf '<%%s>' $ONE $TWO ${TWO} x${ONE}y $EMPTY ${EMPTY} $UNSET $$ONE '$TWO' $ONE$TWO",
    "ExecStart=:/usr/bin/printf '<%%s>' $ONE ${TWO} $$ONE",
  ),
  service(
    "output is appended, and errors go the same way",
    "Type=oneshot",
    `StandardOutput=append:${LOG}`,
    "ExecStartPre=/bin/echo pre",
    "ExecStart=/bin/sh -c 'echo out; echo err >&2'",
    "ExecStopPost=/bin/echo post",
  ),
  service(
    "output is cut off for each command",
    "Type=oneshot",
    `StandardOutput=truncate:${LOG}`,
    "ExecStart=/bin/echo a longer line",
    "ExecStart=/bin/echo short",
  ),
  service(
    "output is written over what is there",
    "Type=oneshot",
    `StandardOutput=file:${LOG}`,
    "ExecStart=/bin/echo a longer line",
    "ExecStart=/bin/echo short",
  ),
  service(
    "errors go elsewhere",
    "Type=oneshot",
    "StandardOutput=null",
    `StandardError=append:${LOG}`,
    "ExecStart=/bin/sh -c 'echo out; echo err >&2'",
  ),
  service(
    "input comes from the unit",
    "Type=oneshot",
    "StandardInputText=one \\x41 %%p %p",
    "StandardInputText=",
    "StandardInputText=two \\x41 %%p",
    "StandardInputData=dGhyZWUK",
    `StandardOutput=append:${LOG}`,
    "ExecStartPre=/bin/cat",
    "ExecStart=/bin/cat",
  ),
  service(
    "input and output are one file",
    "Type=oneshot",
    `StandardInput=file:${LOG}`,
    `StandardOutput=file:${LOG}`,
    "ExecStart=/bin/sh -c 'echo more; cat'",
    "ExecStart=/bin/cat",
  ),
  service(
    "input comes from a file and output goes to another",
    "Type=oneshot",
    "StandardInput=file:/etc/hostname",
    `StandardOutput=append:${LOG}`,
    "ExecStart=/bin/cat",
  ),
  service(
    "there is no input",
    "Type=oneshot",
    "StandardInput=null",
    `StandardOutput=append:${LOG}`,
    "ExecStart=/bin/sh -c 'cat; echo end'",
  ),
  service(
    "commands beside the main one read nothing",
    "Type=oneshot",
    `StandardOutput=append:${LOG}`,
    "ExecStartPre=/bin/cat",
    "ExecStart=/bin/echo start",
    "ExecStopPost=/bin/cat",
  ),
];
