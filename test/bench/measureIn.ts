import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestHost } from "../support/hosts/testHost.ts";
import type { Measurement, MeasurePlan } from "./measure.ts";

/** Runs a plan in a test host. */
export function measureIn(testHost: TestHost, plan: MeasurePlan): Measurement {
  const path = join(testHost.directory, "plan.json");
  writeFileSync(path, JSON.stringify(plan));
  const { status, stdout, stderr } = testHost.run([process.execPath, join(import.meta.dirname, "measure.ts"), path]);
  if (status !== 0) throw new Error(`measuring failed: ${stderr}`);
  return JSON.parse(stdout);
}
