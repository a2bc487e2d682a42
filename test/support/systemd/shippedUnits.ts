import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { UnitFile } from "./comparison.ts";

const LIFE =
  /^(?:Exec\w+|Type|Bus\w+|PIDFile|NotifyAccess|Restart\w*|Watchdog\w+|Timeout\w+|Kill\w+|Send\w+|Standard\w+|Remain\w+|PermissionsStartOnly|SuccessExitStatus)=.*\n/gm;
const DEVICES = /^(?:PrivateDevices|DevicePolicy|DeviceAllow)=/m;
const OBSTACLE = "# not with crun: version 1.8.1 wants CAP_SYS_RESOURCE to limit devices in cgroups of version 2\n";

/**
 * The settings of a shipped unit around a program that prints their effect.
 * @param directory where the unit of the test is written
 */
export function sandboxOf(path: string, directory: string): UnitFile {
  const shipped = readFileSync(path, "utf8").replaceAll(/\\\n\s*/g, " ");
  const settings = shipped.slice(shipped.indexOf("[Service]")).replace(/\n\[Install\][\s\S]*/, "\n");
  const text = `${DEVICES.test(settings) ? OBSTACLE : ""}${settings.replaceAll(LIFE, "")}\nExecStart=/usr/local/bin/probe /etc\n`;
  const written = join(directory, `sandbox-of-${basename(path).replace("@", "-")}`);
  writeFileSync(written, text);
  return { path: written, text };
}
