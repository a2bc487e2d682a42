import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  DYNUSER,
  type Laboratory,
  openLaboratory,
  RUNTIMES,
  type RuntimeName,
} from "../../support/hosts/comparisonHost.ts";
import { REFERENCE_TREE } from "../../support/hosts/systemdHost.ts";
import { holdAgainstSystemd, type UnitFile } from "../../support/systemd/comparison.ts";
import { FRESH_DIRECTORIES, REAL_SERVICES, type RealService } from "../../support/systemd/realServices.ts";
import { sandboxOf } from "../../support/systemd/shippedUnits.ts";

const UNITS = "/usr/lib/systemd/system";
const directory = mkdtempSync(join(tmpdir(), "dynuser-units-"));

const NAMES = REAL_SERVICES.map(({ unit }) => ({ unit, layer: "services" }));
function shippedUnit({ unit, layer }: { readonly unit: string; readonly layer: string }): UnitFile {
  return sandboxOf(`${REFERENCE_TREE}-${layer}${UNITS}/${unit}.service`, directory);
}

const shipped = suite("settings of shipped units");
holdAgainstSystemd(shipped, NAMES.map(shippedUnit), { layers: ["services"] });
shipped.run();

const timesyncd = suite("settings of systemd-timesyncd");
holdAgainstSystemd(timesyncd, [shippedUnit({ unit: "systemd-timesyncd", layer: "timesyncd" })], {
  layers: ["timesyncd"],
});
timesyncd.after(() => rmSync(directory, { recursive: true }));
timesyncd.run();

const running = suite("services of Debian");
let laboratory: Laboratory;

running.before(async () => {
  laboratory = await openLaboratory({ layers: ["services"] });
  const { status, stderr } = laboratory.reference.run(["sh", "-euc", FRESH_DIRECTORIES]);
  assert.is(status, 0, stderr);
});

running.after(() => laboratory?.stop());

for (const service of REAL_SERVICES.filter(({ question }) => question !== undefined)) {
  running(`${service.unit} answers`, () => {
    assert.match(ask(service, "runc"), service.question!.answer);
  });
}

/** Starts the service, asks until it answers or has ended, and stops it. */
function ask({ unit, question }: RealService, runtime: RuntimeName): string {
  const script = `
    ${DYNUSER} run --runtime ${RUNTIMES[runtime]} --unit ${UNITS}/${unit}.service >/tmp/service.log 2>&1 &
    pid=$!
    for try in $(seq 300); do
      answer=$( (${question!.command}) 2>/dev/null) && [ -n "$answer" ] && break
      kill -0 $pid 2>/dev/null || break
      read -t 0.1 <> <(:) || true
    done
    printf '%s\\n' "$answer"
    kill $pid
    wait $pid
    case $? in 0 | 143) ;; *) cat /tmp/service.log; exit 1 ;; esac`;
  const { stdout, stderr } = laboratory.reference.run(["bash", "-c", script], { timeoutSeconds: 90 });
  return stdout + stderr;
}

running.run();
