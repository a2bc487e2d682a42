import { test } from "uvu";
import * as assert from "uvu/assert";
import { completeConfiguration } from "../../../src/config/configuration.ts";
import { HOOKS_DOOR } from "../../../src/engine/hooks/door.ts";
import { checkStart } from "../../../src/engine/policy/admission.ts";
import type { Process } from "../../../src/oci/spec.ts";
import { contextOf, DYNAMIC } from "../../support/bundles/plan.ts";

function problems(annotations: Readonly<Record<string, string>>, process: Partial<Process>): readonly string[] {
  const { podman: rules, identity, pods: podRules } = completeConfiguration({});
  const request = { engine: "podman", rules, annotations, requested: [], profile: [], identity, podRules } as const;
  const spec = { ociVersion: "1.0.2", process: { user: { uid: 0, gid: 0 }, cwd: "/", ...process } };
  const context = contextOf("DynamicUser=yes", { spec, identity: DYNAMIC });
  return checkStart(
    { ...request, name: undefined, copiesImageAnnotations: false, staticUsers: false },
    context,
    { image: undefined, records: undefined, volumes: undefined },
    HOOKS_DOOR,
  );
}

test("exec can be kept to the dynamic user unless no_new_privs or another compiled filter undoes the guard", () => {
  assert.equal(problems({}, {}), []);
  assert.match(problems({}, { noNewPrivileges: true })[0]!, "found --security-opt no-new-privileges");
  assert.match(problems({ "run.oci.seccomp_bpf_data": "AAAA" }, {})[0]!, "with which crun loads no other filter");
  assert.equal(problems({ "run.oci.seccomp_bpf_data": "AAAA" }, { user: { uid: 63404, gid: 63404 } }), []);
});

test.run();
