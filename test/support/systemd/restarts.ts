import { type LifecycleCase, LOG } from "./lifecycles.ts";

/** Units whose commands write what they see to `$LOG`, until they are not restarted any more. */

/** Says that it is start number `$n`, and then does `then`. */
const start = (then: string) => `ExecStart=/bin/sh -c 'echo start >>${LOG}; n=$(grep -c start ${LOG}); ${then}'`;
const WAIT = "echo waits >>/run/lifecycle/log; while :; do sleep 0.02; done";
const STOP_POST = `ExecStopPost=/bin/sh -c 'echo stop-post $\${SERVICE_RESULT} >>${LOG}'`;

const service = (title: string, ...lines: readonly string[]): LifecycleCase => ({
  title,
  unit: ["RestartSec=20ms", STOP_POST, ...lines].join("\n"),
});

/** Succeeds at its first starts, and does `last` at the fourth. */
const after = (title: string, last: string, ...lines: readonly string[]) =>
  service(title, start(`[ $n -lt 4 ] || { ${last}; }`), ...lines);

export const RESTARTS: readonly LifecycleCase[] = [
  service("on-failure after two failures", "Restart=on-failure", start("[ $n -ge 3 ]")),
  after("on-success until a failure", "exit 3", "Restart=on-success"),
  { ...after("always, until it is stopped", WAIT, "Restart=always"), stopAfter: "waits" },
  {
    ...service("always after a failure, too", start(`[ $n -lt 2 ] && exit 1; ${WAIT}`), "Restart=always"),
    stopAfter: "waits",
  },
  service("no is the default", start("exit 1")),
  service("on-abnormal not after an exit status", "Restart=on-abnormal", start("exit 1")),
  service("on-abnormal after a signal", "Restart=on-abnormal", start("[ $n -ge 3 ] || kill -KILL $$$$")),
  service(
    "on-abort after a signal, not after a status",
    "Restart=on-abort",
    start("[ $n -lt 2 ] && kill -KILL $$$$; exit 4"),
  ),
  service("on-abort not after a clean signal", "Restart=on-abort", start("kill -TERM $$$$")),
  service("on-watchdog not after a failure", "Restart=on-watchdog", start("exit 1")),
  service(
    "on-watchdog after silence",
    "Type=notify",
    "NotifyAccess=all",
    "WatchdogSec=100ms",
    "TimeoutAbortSec=1s",
    "Restart=on-watchdog",
    start(`[ $n -ge 3 ] && exit 5; systemd-notify --ready; sleep 10`),
  ),
  service("a status that prevents it", "Restart=always", "RestartPreventExitStatus=7", start("[ $n -lt 3 ] || exit 7")),
  service(
    "a signal that prevents it",
    "Restart=always",
    "RestartPreventExitStatus=SIGKILL",
    start("[ $n -lt 3 ] || kill -KILL $$$$"),
  ),
  service("a status that forces it", "RestartForceExitStatus=9 SIGUSR1", start("[ $n -lt 3 ] && exit 9; exit 0")),
  service(
    "a status that prevents it is stronger",
    "RestartForceExitStatus=9",
    "RestartPreventExitStatus=9",
    start("exit 9"),
  ),
  service(
    "a success by SuccessExitStatus= is none of on-failure",
    "Restart=on-failure",
    "SuccessExitStatus=9",
    start("exit 9"),
  ),
  service(
    "a command before the start fails",
    "Restart=on-failure",
    `ExecStartPre=/bin/sh -c 'echo pre >>${LOG}; [ $(grep -c pre ${LOG}) -ge 3 ]'`,
    start("exit 0"),
  ),
  service(
    "a condition that says no",
    "Restart=always",
    `ExecCondition=/bin/sh -c 'echo condition >>${LOG}; exit 1'`,
    start("exit 0"),
  ),
  service(
    "a condition that fails",
    "Restart=on-failure",
    `ExecCondition=/bin/sh -c 'echo condition >>${LOG}; [ $(grep -c cond ${LOG}) -ge 3 ] || exit 255'`,
    start("exit 0"),
  ),
  service(
    "a program that is not there",
    "Restart=on-failure",
    "ExecStartPre=/bin/sh -c 'echo pre >>/run/lifecycle/log; [ $(grep -c pre /run/lifecycle/log) -lt 3 ] || exit 1'",
    "RestartPreventExitStatus=1",
    "ExecStart=/nonexistent",
    "StartLimitBurst=3",
    "StartLimitInterval=1h",
  ),
  service("oneshot on-failure", "Type=oneshot", "Restart=on-failure", start("[ $n -ge 3 ]")),
  { ...service("oneshot always", "Type=oneshot", "Restart=always", start("exit 0")), isRefused: true },
  { ...service("oneshot on-success", "Type=oneshot", "Restart=on-success", start("exit 0")), isRefused: true },
  service(
    "the limit of starts in older units",
    "StartLimitInterval=1h",
    "StartLimitBurst=3",
    "Restart=always",
    start("exit 0"),
  ),
  service("a timeout", "Restart=on-failure", "RuntimeMaxSec=700ms", start("[ $n -ge 3 ] && exit 0; sleep 10")),
  service(
    "a notification that does not come",
    "Type=notify",
    "Restart=on-failure",
    start("[ $n -lt 3 ] || systemd-notify --ready; exit 0"),
  ),
  {
    ...service("steps", "RestartSteps=2", "RestartMaxDelaySec=60ms", "Restart=on-failure", start("[ $n -ge 4 ]")),
    concernsRuntime: true,
  },
  service(
    "debug",
    "RestartMode=debug",
    "Restart=on-failure",
    start(`echo debug $DEBUG_INVOCATION >>${LOG}; [ $n -ge 3 ]`),
  ),
  service("direct", "RestartMode=direct", "Restart=on-failure", start("[ $n -ge 3 ]")),
  {
    ...service(
      "a dynamic user's directories, credentials and private namespaces",
      "DynamicUser=yes",
      "StateDirectory=again",
      "RuntimeDirectory=again",
      "SetCredential=key:value",
      "PrivateNetwork=yes",
      "PrivateTmp=yes",
      "ReadWritePaths=/run/lifecycle",
      "Restart=on-failure",
      start(
        `cat $CREDENTIALS_DIRECTORY/key >>${LOG}; echo >>${LOG}; [ $n -gt 1 ] || rm -f $STATE_DIRECTORY/*; touch $STATE_DIRECTORY/$n $RUNTIME_DIRECTORY/$n /tmp/$n; ls $STATE_DIRECTORY $RUNTIME_DIRECTORY /tmp >>${LOG}; [ $n -ge 3 ]`,
      ),
    ),
    concernsRuntime: true,
  },
  service(
    "a runtime directory that is kept for restarts alone",
    "RuntimeDirectory=kept",
    "RuntimeDirectoryPreserve=restart",
    "Restart=on-failure",
    start(`touch /run/kept/$n; ls /run/kept >>${LOG}; [ $n -ge 3 ]`),
  ),
  service("it is gone at the next start", "RuntimeDirectory=kept", `ExecStart=/bin/sh -c 'ls /run/kept >>${LOG}'`),
];
