import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyCapabilities } from "../../src/apply/process/capabilities.ts";
import { CAPABILITIES } from "../../src/values/capabilities.ts";
import { capabilityLines, resolveCapabilities } from "../../src/values/capabilitySet.ts";
import { planAll, planOf } from "../support/bundles/plan.ts";
import { recordReading } from "../support/systemd/reading.ts";

/** As several assignments of one directive, in their order. */
function resolve(assignments: readonly string[], initial: "all" | "none" = "all"): readonly string[] {
  const lines = assignments.flatMap((text) => capabilityLines.parse(text, recordReading()));
  return [...resolveCapabilities(lines, initial)].map((name) => name.slice("CAP_".length).toLowerCase()).sort();
}

test("the first list replaces the initial set, later ones add, and lists with ~ remove", () => {
  assert.equal(resolve(["CAP_CHOWN CAP_KILL"]), ["chown", "kill"]);
  assert.equal(resolve(["CAP_CHOWN", "CAP_KILL", "~CAP_CHOWN"]), ["kill"]);
  assert.equal(resolve(["~CAP_CHOWN"]).length, CAPABILITIES.length - 1);
  assert.equal(resolve(["~CAP_CHOWN", "CAP_CHOWN"]).length, CAPABILITIES.length);
});

test("an empty assignment is the empty set and ~ alone the full one", () => {
  assert.equal(resolve([""]), []);
  assert.equal(resolve(["CAP_CHOWN", ""]), []);
  assert.equal(resolve(["CAP_CHOWN", "~"]).length, CAPABILITIES.length);
  assert.equal(resolve(["", "CAP_KILL"], "none"), ["kill"]);
});

test("capabilities are names in any case or numbers, and unknown ones are reported and dropped", () => {
  assert.equal(resolve(["cap_chown Cap_Kill 13"]), ["chown", "kill", "net_raw"]);
  const reading = recordReading();
  assert.equal(capabilityLines.parse("CAP_NONE CAP_KILL", reading)[0]!.names, ["CAP_KILL"]);
  assert.equal(reading.complaints, [["CAP_NONE", "a capability like CAP_NET_BIND_SERVICE"]]);
});

test("the bounding set never exceeds the engine's", () => {
  const capabilities = { bounding: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"] };
  const spec = { ociVersion: "1.0.2", process: { user: { uid: 0, gid: 0 }, cwd: "/", capabilities } };
  const edits = planAll(["CapabilityBoundingSet=CAP_KILL CAP_SYS_ADMIN"], spec).filter(
    (change) => change.kind === "capabilities",
  );
  assert.equal(applyCapabilities(spec, edits).process?.capabilities, {
    bounding: ["CAP_KILL"],
    effective: [],
    permitted: [],
    inheritable: [],
    ambient: [],
  });
});

test("an ambient capability outside the bounding set is dropped", () => {
  const changes = planOf(
    "AmbientCapabilities",
    "CapabilityBoundingSet=CAP_KILL\nAmbientCapabilities=CAP_CHOWN CAP_KILL",
  );
  assert.equal(
    changes.filter((change) => change.kind === "capabilities"),
    [{ kind: "capabilities", ambient: ["CAP_KILL"] }],
  );
});

test("an ambient capability outside the engine's bounding set is dropped with a warning", () => {
  assert.equal(planOf("AmbientCapabilities", "AmbientCapabilities=CAP_CHOWN")[1], {
    kind: "warning",
    text: "leaving out CAP_CHOWN: it is not in the container's bounding set, expected an engine that adds it",
  });
});

test.run();
