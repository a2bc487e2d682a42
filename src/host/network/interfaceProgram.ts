import type { InterfaceRule } from "../../model/networkRule.ts";
import { exit, jumpIf, type Line, label, load, set } from "./assembler.ts";

/** Offset in `struct __sk_buff`. */
const INTERFACE_INDEX = 40;

/** Lets packets pass by the number of their network interface, as restrict-ifaces.bpf.c of systemd. */
export function interfaceProgram(indexes: readonly number[], listed: InterfaceRule["listed"]): readonly Line[] {
  const allowed = listed === "allowed" ? 1 : 0;
  return [
    load(4, 1, 1, INTERFACE_INDEX),
    ...indexes.map((index) => jumpIf(1, "==", index, "listed")),
    set(0, 1 - allowed),
    exit(),
    label("listed"),
    set(0, allowed),
    exit(),
  ];
}
