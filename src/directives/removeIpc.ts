import { directive } from "../directive.ts";
import { boolean } from "../values/boolean.ts";

export const RemoveIPC = directive({
  name: "RemoveIPC",
  summary: "Removes the user's and group's IPC objects when the service ends",
  value: boolean,
  support: "full",
  effect: "neutral",
  *plan(enabled, { identity }) {
    // systemd leaves root's own alone.
    if (enabled && identity !== undefined && identity.uid !== 0) {
      yield { kind: "removeIpc", uid: identity.uid, gid: identity.gid };
    }
  },
});
