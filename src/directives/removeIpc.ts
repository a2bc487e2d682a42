import { directive } from "../model/directive.ts";
import { boolean } from "../values/boolean.ts";

export const RemoveIPC = directive({
  name: "RemoveIPC",
  summary: "Removes the IPC objects of the service's user and group when the service stops",
  value: boolean,
  support: "full",
  effect: "neutral",
  *plan(enabled, { identity }) {
    // systemd never removes root's IPC objects.
    if (enabled && identity !== undefined && identity.uid !== 0) {
      yield { kind: "removeIpc", uid: identity.uid, gid: identity.gid };
    }
  },
});
